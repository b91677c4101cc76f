import type { Instant } from "../../runtime/clock.ts";
import {
  currentSessionNotRevocable,
  sessionIdInvalid,
  sessionTrackingOff,
  userSessionNotFound,
} from "../errors.ts";
import type { Services } from "../services.ts";
import type { Repositories } from "../store.ts";
import { sessionTracking, type UserPool } from "../user-pools/index.ts";
import type { User } from "../users/index.ts";
import type { RefreshSession, SessionActivity, SessionDevice, TrackedSession } from "./ports.ts";
import { newRefreshSession, type TokenSubject } from "./token-issuer.ts";
import { describeUserAgent } from "./user-agent.ts";

/** Where a request came from, as far as it is known. */
export interface Sighting {
  /** The address the request came from. */
  readonly sourceIp?: string | undefined;
  /** The User-Agent header of the person's own program. */
  readonly userAgent?: string | undefined;
}

const activity = (at: Instant, { sourceIp, userAgent }: Sighting): SessionActivity => ({
  lastActiveAt: at,
  deviceType: describeUserAgent(userAgent),
  lastIp: sourceIp ?? null,
});

/** A user who has the most sessions that the pool allows loses those that were used least recently. */
async function makeRoom(repositories: Repositories, user: User, most: number, now: Instant): Promise<void> {
  // Sign-ins of one user take turns here, so that two at once do not both find the last free place.
  await repositories.users.lock(user.key);
  const sessions = await repositories.refreshSessions.trackedOfUser(user.key, now);
  for (const { id } of sessions.slice(most - 1)) await repositories.refreshSessions.revoke(id, now);
}

/**
 * Starts a session in the transaction that completes the sign-in. Where the pool tracks sessions it is one of those that the user
 * can see, and takes the place of the least recently used one if there are too many.
 * @param id that of the sign-in's event, where the pool records them
 */
export async function startSession(
  services: Pick<Services, "clock" | "identifiers">,
  repositories: Repositories,
  subject: TokenSubject,
  device: SessionDevice | null,
  sighting: Sighting,
  id = services.identifiers.uuid(),
): Promise<RefreshSession> {
  const tracking = sessionTracking(subject.pool);
  const untracked = { ...newRefreshSession(services, subject, device), id };
  const session: RefreshSession = tracking
    ? {
        ...untracked,
        tracked: {
          sessionId: services.identifiers.tokenSessionId(),
          ...activity(untracked.signedInAt, sighting),
        },
      }
    : untracked;
  if (tracking) await makeRoom(repositories, subject.user, tracking.maxPerUser, session.signedInAt);
  await repositories.refreshSessions.insert(session);
  return session;
}

/** Notes that the session's tokens were refreshed, where the pool tracks sessions. */
export async function noteActivity(
  { store, clock }: Pick<Services, "store" | "clock">,
  pool: UserPool,
  session: RefreshSession,
  sighting: Sighting,
): Promise<void> {
  if (session.tracked && sessionTracking(pool))
    await store.refreshSessions.noteActivity(session.id, activity(clock.now(), sighting));
}

/** A session with what tracking knows of it. */
export type UserSession = RefreshSession & { readonly tracked: TrackedSession };

/**
 * The user's active sessions, the most recently used one first: those that began while the pool tracked sessions and have not
 * ended. At most as many as a pool can allow, 100.
 * @throws OperationNotEnabledException where the pool tracks none
 */
export async function userSessions(
  { store, clock }: Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
): Promise<UserSession[]> {
  if (!sessionTracking(pool)) throw sessionTrackingOff();
  return store.refreshSessions.trackedOfUser(user.key, clock.now());
}

/** `tkn` for a session of tokens, `sso` for one of the managed login pages. */
const SESSION_ID = /^(?:tkn|sso)[a-z0-9]{25}$/;

/**
 * RevokeUserSession and AdminRevokeUserSession: ends one of the user's sessions, its refresh token and its access tokens. Sessions
 * that began through the API are linked to no other.
 * @param own the session that asks for it, which cannot be ended so; null for an administrator
 * @throws InvalidParameterException, ResourceNotFoundException, OperationNotEnabledException
 */
export async function revokeUserSession(
  services: Pick<Services, "store" | "clock">,
  pool: UserPool,
  user: User,
  sessionId: string,
  own: RefreshSession | null,
): Promise<void> {
  if (!SESSION_ID.test(sessionId)) throw sessionIdInvalid();
  const sessions = await userSessions(services, pool, user);
  const session = sessions.find(({ tracked }) => tracked.sessionId === sessionId);
  if (!session) throw userSessionNotFound();
  if (session.id === own?.id) throw currentSessionNotRevocable();
  await services.store.transaction(({ refreshSessions }) =>
    refreshSessions.revoke(session.id, services.clock.now()),
  );
}
