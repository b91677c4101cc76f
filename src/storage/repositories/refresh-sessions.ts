import type {
  RefreshSession,
  RefreshSessions,
  SessionActivity,
  SessionDevice,
  SessionDeviceState,
  TrackedSession,
  UserSession,
} from "../../domain/tokens/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { User, UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { RefreshSessionTable } from "../schema.ts";
import { first, type Session } from "../session.ts";
import { toUser, USER_COLUMNS } from "./users.ts";

export function refreshSessionStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<RefreshSessionTable>) =>
      db.insertInto("refresh_session").values({
        id: p.id,
        origin_jti: p.origin_jti,
        pool_key: p.pool_key,
        user_key: p.user_key,
        client_id: p.client_id,
        signed_in_at: p.signed_in_at,
        expires_at: p.expires_at,
        revoked_at: p.revoked_at,
        counter: p.counter,
        rotated_at: p.rotated_at,
        device_key: p.device_key,
        device_state: p.device_state,
        session_id: p.session_id,
        last_active_at: p.last_active_at,
        last_device_type: p.last_device_type,
        last_ip: p.last_ip,
      }),
    ),
    findWithUser: prepared((p: Slots<{ id: string }>) =>
      db
        .selectFrom("refresh_session")
        .innerJoin("user_account", "user_account.key", "refresh_session.user_key")
        .select(USER_COLUMNS)
        .select([
          "refresh_session.id",
          "refresh_session.origin_jti",
          "refresh_session.user_key",
          "refresh_session.client_id",
          "refresh_session.signed_in_at",
          "refresh_session.expires_at",
          "refresh_session.revoked_at",
          "refresh_session.counter",
          "refresh_session.rotated_at",
          "refresh_session.device_key",
          "refresh_session.device_state",
          "refresh_session.session_id",
          "refresh_session.last_active_at",
          "refresh_session.last_device_type",
          "refresh_session.last_ip",
        ])
        .where("refresh_session.id", "=", p.id),
    ),
    trackedOfUser: prepared((p: Slots<{ userKey: number; now: number }>) =>
      db
        .selectFrom("refresh_session")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("session_id", "is not", null)
        .where("revoked_at", "is", null)
        .where("expires_at", ">", p.now)
        .orderBy("last_active_at", "desc"),
    ),
    noteActivity: prepared((p: Slots<{ id: string; at: number; deviceType: string; ip: string | null }>) =>
      db
        .updateTable("refresh_session")
        .set({ last_active_at: p.at, last_device_type: p.deviceType, last_ip: p.ip })
        .where("id", "=", p.id)
        .where("session_id", "is not", null),
    ),
    revoke: prepared((p: Slots<{ id: string; at: number }>) =>
      db
        .updateTable("refresh_session")
        .set({ revoked_at: p.at })
        .where("id", "=", p.id)
        .where("revoked_at", "is", null),
    ),
    revokeAllOfUser: prepared((p: Slots<{ userKey: number; at: number }>) =>
      db
        .updateTable("refresh_session")
        .set({ revoked_at: p.at })
        .where("user_key", "=", p.userKey)
        .where("revoked_at", "is", null),
    ),
    rotate: prepared((p: Slots<{ id: string; from: number; to: number; at: number }>) =>
      db
        .updateTable("refresh_session")
        .set({ counter: p.to, rotated_at: p.at })
        .where("id", "=", p.id)
        .where("counter", "=", p.from)
        .where("revoked_at", "is", null),
    ),
    moveDevice: prepared((p: Slots<{ userKey: number; deviceKey: string; from: string; to: string }>) =>
      db
        .updateTable("refresh_session")
        .set({ device_state: p.to })
        .where("user_key", "=", p.userKey)
        .where("device_key", "=", p.deviceKey)
        .where("device_state", "=", p.from),
    ),
  };
}

function toSessionDevice(row: RefreshSessionTable): SessionDevice | null {
  if (row.device_key === null || row.device_state === null) return null;
  return { key: row.device_key, state: row.device_state as SessionDeviceState };
}

function toTracked(row: RefreshSessionTable): TrackedSession | null {
  if (row.session_id === null || row.last_active_at === null) return null;
  return {
    sessionId: row.session_id,
    lastActiveAt: row.last_active_at as Instant,
    deviceType: row.last_device_type ?? "unknown",
    lastIp: row.last_ip,
  };
}

function toSession(row: RefreshSessionTable): RefreshSession {
  const tracked = toTracked(row);
  return { ...ofEvery(row), ...(tracked ? { tracked } : {}) };
}

const ofEvery = (row: RefreshSessionTable): RefreshSession => ({
  id: row.id,
  originJti: row.origin_jti,
  poolKey: row.pool_key as PoolKey,
  userKey: row.user_key as UserKey,
  clientId: row.client_id,
  signedInAt: row.signed_in_at as Instant,
  expiresAt: row.expires_at as Instant,
  revokedAt: row.revoked_at as Instant | null,
  counter: row.counter,
  rotatedAt: row.rotated_at as Instant | null,
  device: toSessionDevice(row),
});

export class RefreshSessionRepository implements RefreshSessions {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof refreshSessionStatements>;

  constructor(session: Session, statements: ReturnType<typeof refreshSessionStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(session: RefreshSession): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        id: session.id,
        origin_jti: session.originJti,
        pool_key: session.poolKey,
        user_key: session.userKey,
        client_id: session.clientId,
        signed_in_at: session.signedInAt,
        expires_at: session.expiresAt,
        revoked_at: session.revokedAt,
        counter: session.counter,
        rotated_at: session.rotatedAt,
        device_key: session.device?.key ?? null,
        device_state: session.device?.state ?? null,
        session_id: session.tracked?.sessionId ?? null,
        last_active_at: session.tracked?.lastActiveAt ?? null,
        last_device_type: session.tracked?.deviceType ?? null,
        last_ip: session.tracked?.lastIp ?? null,
      }),
    );
  }

  async findWithUser(id: string): Promise<{ session: RefreshSession; user: User } | null> {
    const row = await first(this.#session.read(this.#statements.findWithUser({ id })));
    return row && { session: toSession(row), user: toUser(row) };
  }

  async trackedOfUser(userKey: UserKey, now: Instant): Promise<UserSession[]> {
    const rows = await this.#session.read(this.#statements.trackedOfUser({ userKey, now }));
    return rows.flatMap((row) => {
      const tracked = toTracked(row);
      return tracked ? [{ ...ofEvery(row), tracked }] : [];
    });
  }

  async noteActivity(id: string, { lastActiveAt, deviceType, lastIp }: SessionActivity): Promise<void> {
    await this.#session.write(
      this.#statements.noteActivity({ id, at: lastActiveAt, deviceType, ip: lastIp }),
    );
  }

  async revoke(id: string, at: Instant): Promise<void> {
    await this.#session.write(this.#statements.revoke({ id, at }));
  }

  async revokeAllOfUser(userKey: UserKey, at: Instant): Promise<void> {
    await this.#session.write(this.#statements.revokeAllOfUser({ userKey, at }));
  }

  async rotate(id: string, from: number, at: Instant): Promise<boolean> {
    const { changed } = await this.#session.write(this.#statements.rotate({ id, from, to: from + 1, at }));
    return changed > 0;
  }

  async confirmDevice(userKey: UserKey, deviceKey: string): Promise<boolean> {
    return (await this.#moveDevice(userKey, deviceKey, "new", "confirmed")) > 0;
  }

  async forgetDevice(userKey: UserKey, deviceKey: string): Promise<void> {
    await this.#moveDevice(userKey, deviceKey, "confirmed", "forgotten");
  }

  async #moveDevice(
    userKey: UserKey,
    deviceKey: string,
    from: SessionDeviceState,
    to: SessionDeviceState,
  ): Promise<number> {
    return (await this.#session.write(this.#statements.moveDevice({ userKey, deviceKey, from, to }))).changed;
  }
}
