import type { SetUserPoolSessionConfigurationRequest } from "../../api/generated/shapes.ts";
import { featureUnavailableInTier, valueOutOfRange } from "../errors.ts";
import type { UserPool } from "./user-pool.ts";

/** How a pool tracks its users' sessions, in the API's own shape. */
export type SessionConfiguration = Omit<SetUserPoolSessionConfigurationRequest, "UserPoolId">;

const DEFAULTS: SessionConfiguration = {
  UserSessionTracking: "DISABLED",
  TokenSession: { MaxPerUser: 20 },
};

const MAX_PER_USER = { min: 1, max: 100 };

/** What GetUserPoolSessionConfiguration shows: the defaults where nothing was ever set. */
export const sessionConfiguration = (pool: UserPool): SessionConfiguration => pool.sessions ?? DEFAULTS;

/** Null for a pool that tracks no sessions; the LITE tier has no tracking, whatever was set in another tier before. */
export function sessionTracking(pool: UserPool): { readonly maxPerUser: number } | null {
  const { UserSessionTracking, TokenSession } = sessionConfiguration(pool);
  if (UserSessionTracking === "DISABLED" || pool.settings.UserPoolTier === "LITE") return null;
  return { maxPerUser: TokenSession.MaxPerUser };
}

/** @throws FeatureUnavailableInTierException */
export function requireTierWithSessions(pool: UserPool): void {
  if (pool.settings.UserPoolTier === "LITE") throw featureUnavailableInTier("User session tracking");
}

/**
 * The pool after SetUserPoolSessionConfiguration, which replaces all.
 * @throws InvalidParameterException (MaxPerUser is 1–100), FeatureUnavailableInTierException
 */
export function withSessionConfiguration(
  pool: UserPool,
  { UserSessionTracking, TokenSession: { MaxPerUser } }: SessionConfiguration,
): UserPool & { readonly sessions: SessionConfiguration } {
  if (MaxPerUser < MAX_PER_USER.min || MaxPerUser > MAX_PER_USER.max)
    throw valueOutOfRange("tokenSession.maxPerUser", MaxPerUser, MAX_PER_USER);
  requireTierWithSessions(pool);
  return { ...pool, sessions: { UserSessionTracking, TokenSession: { MaxPerUser } } };
}
