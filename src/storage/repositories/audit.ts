import { type Selectable, sql } from "kysely";
import {
  ANONYMOUS,
  type AuditPosition,
  type AuditQuery,
  type AuditRecord,
  type AuditTrail,
  type Checkpoint,
  type FoundRecord,
  type Segment,
  USER_POOL_API,
} from "../../domain/audit/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import type { AuditCheckpointTable, AuditRecordTable, AuditSegmentTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

/**
 * A search. Place alone has an index; beside anything more particular it is looked at row by row, for a planner without figures
 * would take account and region for the rarer thing.
 */
function searched(db: QueryBuilder["db"], wanted: AuditQuery, after: AuditPosition | null, limit: number) {
  const { operation, userPoolId, sub, principal, id, from, until, place, source, accessKeyId } = wanted;
  const { username, about } = wanted;
  let select = db
    .selectFrom("audit_record")
    .selectAll()
    .orderBy("occurred_at", "desc")
    .orderBy("id", "desc")
    .limit(limit);
  if (id !== undefined) select = select.where("id", "=", id);
  if (sub !== undefined) select = select.where("sub", "=", sub);
  if (principal !== undefined) select = select.where("principal", "=", principal);
  // Says no more, but that the index of those with a name will do.
  if (principal !== undefined && principal !== NOBODY)
    select = select.where("principal", "<>", sql.lit(NOBODY));
  if (operation !== undefined) select = select.where("operation", "=", operation);
  if (userPoolId !== undefined) select = select.where("pool_id", "=", userPoolId);
  if (accessKeyId !== undefined) select = select.where("access_key_id", "=", accessKeyId);
  if (username !== undefined) select = select.where("username", "=", username);
  if (source !== undefined)
    select =
      source === USER_POOL_API
        ? select.where("other_source", "is", null)
        : select.where("other_source", "=", source);
  if (about !== undefined) select = select.where(about === "user" ? "sub" : "pool_id", "is not", null);
  if (place !== undefined) {
    const particular = [id, sub, principal, operation, userPoolId, accessKeyId, username].some(
      (one) => one !== undefined,
    );
    const { accountId, region } = place;
    select =
      particular || (source !== undefined && source !== USER_POOL_API)
        ? select.where(({ eb, fn, val }) =>
            eb.and([
              eb(fn.coalesce("account_id", val("")), "=", accountId),
              eb(fn.coalesce("region", val("")), "=", region),
            ]),
          )
        : select.where("account_id", "=", accountId).where("region", "=", region);
  }
  if (from !== undefined) select = select.where("occurred_at", ">=", from);
  if (until !== undefined) select = select.where("occurred_at", "<", until);
  if (after)
    select = select
      // Says no more than what follows, and is what an index can begin at.
      .where("occurred_at", "<=", after.occurredAt)
      .where(({ eb, or }) => or([eb("occurred_at", "<", after.occurredAt), eb("id", "<", after.id)]));
  return query(select);
}

const NOBODY = ANONYMOUS.principalId;

/** Without those that the database derives from the record: reading these reads the JSON anew. */
const WRITTEN_COLUMNS = [
  "id",
  "node",
  "position",
  "occurred_at",
  "operation",
  "pool_id",
  "sub",
  "principal",
  "error_code",
  "record",
] as const;
type WrittenColumn = (typeof WRITTEN_COLUMNS)[number];

export function auditStatements({ db, dialect }: QueryBuilder) {
  return {
    search: (wanted: AuditQuery, after: AuditPosition | null, limit: number) =>
      searched(db, wanted, after, limit),
    append: prepared((p: Slots<Pick<AuditRecordTable, WrittenColumn>>) =>
      db.insertInto("audit_record").values({
        id: p.id,
        node: p.node,
        position: p.position,
        occurred_at: p.occurred_at,
        operation: p.operation,
        pool_id: p.pool_id,
        sub: p.sub,
        principal: p.principal,
        error_code: p.error_code,
        record: p.record,
      }),
    ),
    chain: prepared((p: Slots<{ node: string; after: number; through: number; limit: number }>) =>
      db
        .selectFrom("audit_record")
        .select(WRITTEN_COLUMNS)
        .where("node", "=", p.node)
        .where("position", ">", p.after)
        .where("position", "<=", p.through)
        .orderBy("position")
        .limit(p.limit),
    ),
    newest: prepared((p: Slots<{ node: string }>) =>
      db
        .selectFrom("audit_record")
        .select(WRITTEN_COLUMNS)
        .where("node", "=", p.node)
        .orderBy("position", "desc")
        .limit(1),
    ),
    nodes: prepared((_: Slots<{ none: null }>) => db.selectFrom("audit_record").select("node").distinct()),
    openChain: prepared((p: Slots<{ node: string; at: number }>) =>
      db
        .insertInto("audit_chain")
        .values({ node: p.node, opened_at: p.at, closed: 0 })
        .onConflict((conflict) => conflict.column("node").doUpdateSet({ closed: 0 })),
    ),
    openChains: prepared((_: Slots<{ none: null }>) =>
      db.selectFrom("audit_chain").select("node").where("closed", "=", 0),
    ),
    lockChain: prepared((p: Slots<{ node: string }>) =>
      db
        .selectFrom("audit_chain")
        .select("node")
        .where("node", "=", p.node)
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    closeChain: prepared((p: Slots<{ node: string }>) =>
      db.updateTable("audit_chain").set({ closed: 1 }).where("node", "=", p.node),
    ),
    addSegment: prepared((p: Slots<AuditSegmentTable>) =>
      db
        .insertInto("audit_segment")
        .values({ node: p.node, number: p.number, position: p.position, count: p.count, link: p.link })
        .onConflict((conflict) => conflict.columns(["node", "number"]).doNothing()),
    ),
    lastSegment: prepared((p: Slots<{ node: string }>) =>
      db
        .selectFrom("audit_segment")
        .selectAll()
        .where("node", "=", p.node)
        .orderBy("number", "desc")
        .limit(1),
    ),
    segments: prepared((p: Slots<{ node: string; after: number; limit: number }>) =>
      db
        .selectFrom("audit_segment")
        .selectAll()
        .where("node", "=", p.node)
        .where("number", ">", p.after)
        .orderBy("number")
        .limit(p.limit),
    ),
    addCheckpoint: prepared((p: Slots<AuditCheckpointTable>) =>
      db
        .insertInto("audit_checkpoint")
        .values({
          number: p.number,
          node: p.node,
          position: p.position,
          count: p.count,
          link: p.link,
          signed_at: p.signed_at,
          previous: p.previous,
          signature: p.signature,
        })
        .onConflict((conflict) => conflict.column("number").doNothing()),
    ),
    lastCheckpoint: prepared((_: Slots<{ none: null }>) =>
      db.selectFrom("audit_checkpoint").selectAll().orderBy("number", "desc").limit(1),
    ),
    lastCheckpointOf: prepared((p: Slots<{ node: string }>) =>
      db
        .selectFrom("audit_checkpoint")
        .selectAll()
        .where("node", "=", p.node)
        .orderBy("number", "desc")
        .limit(1),
    ),
    checkpoints: prepared((p: Slots<{ after: number; limit: number }>) =>
      db
        .selectFrom("audit_checkpoint")
        .selectAll()
        .where("number", ">", p.after)
        .orderBy("number")
        .limit(p.limit),
    ),
  };
}

const toRecord = (row: Pick<AuditRecordTable, WrittenColumn>): AuditRecord => ({
  id: row.id,
  node: row.node,
  position: row.position,
  occurredAt: row.occurred_at as Instant,
  operation: row.operation,
  userPoolId: row.pool_id,
  sub: row.sub,
  principal: row.principal,
  errorCode: row.error_code,
  record: row.record,
});

const toFound = (row: Selectable<AuditRecordTable>): FoundRecord => ({
  ...toRecord(row),
  username: row.username,
});

const toCheckpoint = (row: AuditCheckpointTable): Checkpoint => ({
  number: row.number,
  node: row.node,
  position: row.position,
  count: row.count,
  link: row.link,
  signedAt: row.signed_at as Instant,
  previous: row.previous,
  signature: row.signature,
});

export class AuditRepository implements AuditTrail {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof auditStatements>;

  constructor(session: Session, statements: ReturnType<typeof auditStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async append(record: AuditRecord): Promise<void> {
    await this.#session.write(
      this.#statements.append({
        id: record.id,
        node: record.node,
        position: record.position,
        occurred_at: record.occurredAt,
        operation: record.operation,
        pool_id: record.userPoolId,
        sub: record.sub,
        principal: record.principal,
        error_code: record.errorCode,
        record: record.record,
      }),
    );
  }

  async search(wanted: AuditQuery, after: AuditPosition | null, limit: number): Promise<FoundRecord[]> {
    return (await this.#session.read(this.#statements.search(wanted, after, limit))).map(toFound);
  }

  async chain(node: string, after: number, through: number, limit: number): Promise<AuditRecord[]> {
    const rows = await this.#session.read(this.#statements.chain({ node, after, through, limit }));
    return rows.map(toRecord);
  }

  async newest(node: string): Promise<AuditRecord | null> {
    const row = await first(this.#session.read(this.#statements.newest({ node })));
    return row && toRecord(row);
  }

  async nodes(): Promise<string[]> {
    return (await this.#session.read(this.#statements.nodes({ none: null }))).map(({ node }) => node);
  }

  async openChain(node: string, at: Instant): Promise<void> {
    await this.#session.write(this.#statements.openChain({ node, at }));
  }

  async openChains(): Promise<string[]> {
    return (await this.#session.read(this.#statements.openChains({ none: null }))).map(({ node }) => node);
  }

  async lockChain(node: string): Promise<void> {
    await this.#session.read(this.#statements.lockChain({ node }));
  }

  async closeChain(node: string): Promise<void> {
    await this.#session.write(this.#statements.closeChain({ node }));
  }

  async addSegment(segment: Segment): Promise<boolean> {
    return (await this.#session.write(this.#statements.addSegment(segment))).changed > 0;
  }

  async lastSegment(node: string): Promise<Segment | null> {
    return await first(this.#session.read(this.#statements.lastSegment({ node })));
  }

  async segments(node: string, afterNumber: number, limit: number): Promise<Segment[]> {
    return [...(await this.#session.read(this.#statements.segments({ node, after: afterNumber, limit })))];
  }

  async addCheckpoint(checkpoint: Checkpoint): Promise<boolean> {
    const { signedAt, ...row } = checkpoint;
    const written = await this.#session.write(
      this.#statements.addCheckpoint({ ...row, signed_at: signedAt }),
    );
    return written.changed > 0;
  }

  async lastCheckpoint(): Promise<Checkpoint | null> {
    const row = await first(this.#session.read(this.#statements.lastCheckpoint({ none: null })));
    return row && toCheckpoint(row);
  }

  async lastCheckpointOf(node: string): Promise<Checkpoint | null> {
    const row = await first(this.#session.read(this.#statements.lastCheckpointOf({ node })));
    return row && toCheckpoint(row);
  }

  async checkpoints(afterNumber: number, limit: number): Promise<Checkpoint[]> {
    const rows = await this.#session.read(this.#statements.checkpoints({ after: afterNumber, limit }));
    return rows.map(toCheckpoint);
  }
}
