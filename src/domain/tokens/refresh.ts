import type { AuthenticationResultType } from "../../api/generated/shapes.ts";
import { SECOND } from "../../runtime/clock.ts";
import type { Client } from "../clients/index.ts";
import {
  refreshTokenExpired,
  refreshTokenInvalid,
  refreshTokenReused,
  refreshTokenRevoked,
  userDisabled,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { TriggerCall } from "../triggers/index.ts";
import { deviceTracking, type UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { RefreshSession } from "./ports.ts";
import { openRefreshToken, sealRefreshToken } from "./refresh-token.ts";
import { type IssuerServices, issueTokens } from "./token-issuer.ts";
import { noteActivity, type Sighting } from "./user-sessions.ts";

/** How far the clock of the node that replaced a token may be ahead for its grace period to count here. */
const CLOCK_TOLERANCE_MS = 10 * SECOND;

/** What a refresh token leads to: the live session and its user. */
export interface RefreshBearer {
  readonly session: RefreshSession;
  readonly user: User;
}

/** A live session, and which member of its family the presented token is. */
interface Presented extends RefreshBearer {
  readonly counter: number;
}

/** Where the pool tracks devices, a sign-in is refreshed by its own device and no other, once that is confirmed. */
function requireSameDevice(pool: UserPool, { device }: RefreshSession, given: string | undefined): void {
  if (!device || !deviceTracking(pool)) return;
  if (device.state !== "confirmed" || device.key !== given) throw refreshTokenInvalid();
}

async function presentedToken(
  services: Pick<Services, "store" | "clock" | "keyEncryptionKey">,
  { pool, client }: RefreshPlace,
  { token, deviceKey }: PresentedRefresh,
): Promise<Presented> {
  const content = openRefreshToken(services.keyEncryptionKey, pool, client.id, token);
  const found = content && (await services.store.refreshSessions.findWithUser(content.sessionId));
  if (!found || found.session.clientId !== client.id || found.user.poolKey !== pool.key)
    throw refreshTokenInvalid();
  requireSameDevice(pool, found.session, deviceKey);
  if (found.session.revokedAt !== null) throw refreshTokenRevoked();
  if (found.session.expiresAt <= services.clock.now()) throw refreshTokenExpired();
  if (!found.user.enabled) throw userDisabled();
  return { ...found, counter: content.counter };
}

/** Where a refresh token is presented. */
export interface RefreshPlace extends Sighting {
  readonly pool: UserPool;
  readonly client: Client;
}

/** A refresh token as a client presents it. */
export interface PresentedRefresh {
  readonly token: string;
  readonly deviceKey: string | undefined;
}

const rotates = (client: Client): boolean => client.settings.RefreshTokenRotation?.Feature === "ENABLED";

/**
 * Opens a refresh token that this client presents; one that rotation has replaced is refused.
 * @throws NotAuthorizedException: invalid, of another device, revoked, expired, user disabled; RefreshTokenReuseException
 */
export async function authenticateRefreshToken(
  services: Pick<Services, "store" | "clock" | "keyEncryptionKey">,
  place: RefreshPlace,
  given: PresentedRefresh,
): Promise<RefreshBearer> {
  const { session, user, counter } = await presentedToken(services, place, given);
  if (counter !== session.counter) throw refreshTokenReused();
  return { session, user };
}

/** New ID and access token of the same sign-in: auth_time, origin_jti and event_id stay, groups and attributes are read afresh. */
export async function refreshTokens(
  services: IssuerServices,
  { pool, client, ...sighting }: RefreshPlace,
  { session, user }: RefreshBearer,
  call: TriggerCall,
): Promise<AuthenticationResultType> {
  const issue = { source: "RefreshTokens", call } as const;
  const result = await issueTokens(services, { pool, client, user }, session, "without-refresh-token", issue);
  await noteActivity(services, pool, session, sighting);
  return result;
}

/**
 * The session after the presented token was replaced by its successor. Of several calls with one token a single one moves the
 * family on; the others, and a retry within the client's grace period, get the same successor, so that there is never a second
 * branch.
 */
async function rotated(
  services: IssuerServices,
  client: Client,
  presented: Presented,
): Promise<RefreshSession> {
  const { session, counter } = presented;
  const now = services.clock.now();
  // In a transaction, though it is one statement: when the answer to its commit is lost, the database can be asked about it, and the
  // client is not left with a token that was replaced by one it never got.
  const isRotated =
    counter === session.counter &&
    (await services.store.transaction(({ refreshSessions }) =>
      refreshSessions.rotate(session.id, counter, now),
    ));
  if (isRotated) return { ...session, counter: counter + 1, rotatedAt: now };
  const current = (await services.store.refreshSessions.findWithUser(session.id))?.session;
  if (!current) throw refreshTokenInvalid();
  if (current.revokedAt !== null) throw refreshTokenRevoked();
  const graceMs = (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * SECOND;
  // Without a grace period nobody is within it, also when the winner's clock or its last look at it was ahead of this one.
  // Nor when the clock was set back since: a period that is over must not begin again.
  const sinceMs = current.rotatedAt === null ? null : now - current.rotatedAt;
  const withinGrace = graceMs > 0 && sinceMs !== null && sinceMs > -CLOCK_TOLERANCE_MS && sinceMs < graceMs;
  if (current.counter !== counter + 1 || !withinGrace) throw refreshTokenReused();
  return current;
}

/**
 * GetTokensFromRefreshToken: new tokens, and where the client rotates a new refresh token that lives as long as the first would.
 * @throws NotAuthorizedException, RefreshTokenReuseException
 */
export async function tokensFromRefreshToken(
  services: IssuerServices,
  place: RefreshPlace,
  given: PresentedRefresh,
  call: TriggerCall,
): Promise<AuthenticationResultType> {
  const presented = await presentedToken(services, place, given);
  const { client } = place;
  if (!rotates(client)) {
    if (presented.counter !== presented.session.counter) throw refreshTokenReused();
    return refreshTokens(services, place, presented, call);
  }
  // A function that fails must not cost the family its current token: the new ones are ready before the old one is replaced.
  const result = await refreshTokens(services, place, presented, call);
  const { id: sessionId, counter } = await rotated(services, client, presented);
  const successor = sealRefreshToken(services.keyEncryptionKey, place.pool, client.id, {
    sessionId,
    counter,
  });
  return { ...result, RefreshToken: successor };
}
