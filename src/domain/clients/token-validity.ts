import type { TimeUnitsType, UpdateUserPoolClientRequest } from "../../api/generated/shapes.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../runtime/clock.ts";
import { invalidParameter } from "../errors.ts";
import type { ClientSettings } from "./client.ts";

const UNIT_MS: Record<TimeUnitsType, number> = { seconds: SECOND, minutes: MINUTE, hours: HOUR, days: DAY };

const DEFAULT_TOKEN_MS = HOUR;
const DEFAULT_REFRESH_DAYS = 30;
const TOKEN_RANGE = { min: 5 * MINUTE, max: DAY };
const REFRESH_RANGE = { min: HOUR, max: 3650 * DAY };
const DEFAULT_SESSION_MINUTES = 3;

/** How long what the client gets is valid, in ms. */
export interface ClientValidity {
  readonly accessTokenMs: number;
  readonly idTokenMs: number;
  readonly refreshTokenMs: number;
  /** A challenge session, from its issue. */
  readonly sessionMs: number;
}

type ValidityMembers = Pick<
  ClientSettings & UpdateUserPoolClientRequest,
  | "AccessTokenValidity"
  | "IdTokenValidity"
  | "RefreshTokenValidity"
  | "TokenValidityUnits"
  | "AuthSessionValidity"
>;

/** Units default to hours for access and ID tokens and days for refresh tokens; a refresh validity of 0 means 30 days. */
export function clientValidity(settings: ValidityMembers): ClientValidity {
  const units = settings.TokenValidityUnits ?? {};
  const tokenMs = (value: number | undefined, unit: TimeUnitsType | undefined) =>
    value ? value * UNIT_MS[unit ?? "hours"] : DEFAULT_TOKEN_MS;
  return {
    accessTokenMs: tokenMs(settings.AccessTokenValidity, units.AccessToken),
    idTokenMs: tokenMs(settings.IdTokenValidity, units.IdToken),
    refreshTokenMs: settings.RefreshTokenValidity
      ? settings.RefreshTokenValidity * UNIT_MS[units.RefreshToken ?? "days"]
      : DEFAULT_REFRESH_DAYS * DAY,
    sessionMs: (settings.AuthSessionValidity ?? DEFAULT_SESSION_MINUTES) * MINUTE,
  };
}

/** @throws InvalidParameterException when a validity is outside 5 min–1 day (tokens) or 60 min–3650 days (refresh) */
export function checkTokenValidity(settings: ValidityMembers): void {
  const { accessTokenMs, idTokenMs, refreshTokenMs } = clientValidity(settings);
  const inside = (ms: number, range: { min: number; max: number }) => ms >= range.min && ms <= range.max;
  if (
    !inside(accessTokenMs, TOKEN_RANGE) ||
    !inside(idTokenMs, TOKEN_RANGE) ||
    !inside(refreshTokenMs, REFRESH_RANGE) ||
    Math.max(accessTokenMs, idTokenMs) > refreshTokenMs
  )
    throw invalidParameter("Invalid range for token validity.");
}
