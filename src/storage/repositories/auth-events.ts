import type { AuthEvent, AuthEvents, EventFeedback } from "../../domain/threat-protection/index.ts";
import type { UserKey } from "../../domain/users/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { fromJson } from "../json.ts";
import { prepared, type QueryBuilder, type Slots } from "../query.ts";
import type { AuthEventTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

const BEYOND_EVERY_KEY = Number.MAX_SAFE_INTEGER;

export function authEventStatements({ db }: QueryBuilder) {
  return {
    insert: prepared((p: Slots<AuthEventTable>) =>
      db.insertInto("auth_event").values({
        key: p.key,
        id: p.id,
        user_key: p.user_key,
        client_id: p.client_id,
        type: p.type,
        response: p.response,
        risk_decision: p.risk_decision,
        risk_level: p.risk_level,
        compromised: p.compromised,
        challenges: p.challenges,
        ip_address: p.ip_address,
        device_name: p.device_name,
        device_id: p.device_id,
        timezone: p.timezone,
        city: p.city,
        country: p.country,
        has_context: p.has_context,
        request_id: p.request_id,
        feedback_value: p.feedback_value,
        feedback_provider: p.feedback_provider,
        feedback_at: p.feedback_at,
        created_at: p.created_at,
      }),
    ),
    find: prepared((p: Slots<{ userKey: number; id: string }>) =>
      db.selectFrom("auth_event").selectAll().where("user_key", "=", p.userKey).where("id", "=", p.id),
    ),
    list: prepared((p: Slots<{ userKey: number; beforeKey: number; limit: number }>) =>
      db
        .selectFrom("auth_event")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("key", "<", p.beforeKey)
        .orderBy("key", "desc")
        .limit(p.limit),
    ),
    findOpen: prepared((p: Slots<{ userKey: number; type: string }>) =>
      db
        .selectFrom("auth_event")
        .selectAll()
        .where("user_key", "=", p.userKey)
        .where("type", "=", p.type)
        .where("response", "=", "InProgress")
        .orderBy("key", "desc")
        .limit(1),
    ),
    settle: prepared((p: Slots<{ userKey: number; id: string; response: string; challenges: string }>) =>
      db
        .updateTable("auth_event")
        .set({ response: p.response, challenges: p.challenges })
        .where("user_key", "=", p.userKey)
        .where("id", "=", p.id)
        .returningAll(),
    ),
    giveFeedback: prepared(
      (p: Slots<{ userKey: number; id: string; value: string; provider: string; at: number }>) =>
        db
          .updateTable("auth_event")
          .set({ feedback_value: p.value, feedback_provider: p.provider, feedback_at: p.at })
          .where("user_key", "=", p.userKey)
          .where("id", "=", p.id)
          .returningAll(),
    ),
  };
}

const toEvent = (row: AuthEventTable): AuthEvent => ({
  key: row.key,
  id: row.id,
  userKey: row.user_key as UserKey,
  clientId: row.client_id,
  type: row.type as AuthEvent["type"],
  response: row.response as AuthEvent["response"],
  risk: {
    decision: row.risk_decision as AuthEvent["risk"]["decision"],
    level: row.risk_level as AuthEvent["risk"]["level"],
    compromised: row.compromised === 1,
  },
  challenges: fromJson(row.challenges),
  context: {
    ipAddress: row.ip_address,
    deviceName: row.device_name,
    deviceId: row.device_id,
    timezone: row.timezone,
    city: row.city,
    country: row.country,
    hasContext: row.has_context === 1,
    requestId: row.request_id,
  },
  feedback:
    row.feedback_value === null
      ? null
      : {
          value: row.feedback_value as EventFeedback["value"],
          provider: row.feedback_provider ?? "",
          at: (row.feedback_at ?? 0) as Instant,
        },
  createdAt: row.created_at as Instant,
});

export class AuthEventRepository implements AuthEvents {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof authEventStatements>;

  constructor(session: Session, statements: ReturnType<typeof authEventStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert({ risk, context, feedback, ...event }: AuthEvent): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        key: event.key,
        id: event.id,
        user_key: event.userKey,
        client_id: event.clientId,
        type: event.type,
        response: event.response,
        risk_decision: risk.decision,
        risk_level: risk.level,
        compromised: risk.compromised ? 1 : 0,
        challenges: JSON.stringify(event.challenges),
        ip_address: context.ipAddress,
        device_name: context.deviceName,
        device_id: context.deviceId,
        timezone: context.timezone,
        city: context.city,
        country: context.country,
        has_context: context.hasContext ? 1 : 0,
        request_id: context.requestId,
        feedback_value: feedback?.value ?? null,
        feedback_provider: feedback?.provider ?? null,
        feedback_at: feedback?.at ?? null,
        created_at: event.createdAt,
      }),
    );
  }

  async find(userKey: UserKey, id: string): Promise<AuthEvent | null> {
    const row = await first(this.#session.read(this.#statements.find({ userKey, id })));
    return row && toEvent(row);
  }

  async list(userKey: UserKey, page: { beforeKey: number | null; limit: number }): Promise<AuthEvent[]> {
    const { beforeKey, limit } = page;
    const rows = await this.#session.read(
      this.#statements.list({ userKey, beforeKey: beforeKey ?? BEYOND_EVERY_KEY, limit }),
    );
    return rows.map(toEvent);
  }

  async findOpen(userKey: UserKey, type: AuthEvent["type"]): Promise<AuthEvent | null> {
    const row = await first(this.#session.read(this.#statements.findOpen({ userKey, type })));
    return row && toEvent(row);
  }

  async settle(
    userKey: UserKey,
    id: string,
    { response, challenges }: Pick<AuthEvent, "response" | "challenges">,
  ): Promise<AuthEvent | null> {
    const { rows } = await this.#session.write(
      this.#statements.settle({ userKey, id, response, challenges: JSON.stringify(challenges) }),
    );
    return rows[0] ? toEvent(rows[0]) : null;
  }

  async giveFeedback(
    userKey: UserKey,
    id: string,
    { value, provider, at }: EventFeedback,
  ): Promise<AuthEvent | null> {
    const { rows } = await this.#session.write(
      this.#statements.giveFeedback({ userKey, id, value, provider, at }),
    );
    return rows[0] ? toEvent(rows[0]) : null;
  }
}
