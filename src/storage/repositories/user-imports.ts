import type {
  ClaimedImport,
  ImportFile,
  ImportFileKey,
  ImportLease,
  ImportProgress,
  UserImportJob,
  UserImportJobKey,
  UserImports,
} from "../../domain/user-imports/index.ts";
import type { PoolKey } from "../../domain/user-pools/index.ts";
import type { Instant } from "../../runtime/clock.ts";
import { prepared, type QueryBuilder, query, type Slots } from "../query.ts";
import type { UserImportJobTable, UserImportRunTable } from "../schema.ts";
import { first, type Session } from "../session.ts";

/** Chunks that are removed at once: a few megabytes. */
const CHUNKS_PER_BATCH = 16;
const BEFORE_ALL = Number.MAX_SAFE_INTEGER;

type ChangingColumns = Omit<
  UserImportJobTable,
  "id" | "pool_key" | "name" | "role_arn" | "algorithm" | "created_at"
>;

export function userImportStatements({ db, dialect }: QueryBuilder) {
  const byId = (p: Slots<{ poolKey: number; id: string }>) =>
    db.selectFrom("user_import_job").selectAll().where("pool_key", "=", p.poolKey).where("id", "=", p.id);
  const held = (p: Slots<{ jobKey: number; owner: string }>) =>
    db.updateTable("user_import_run").where("job_key", "=", p.jobKey).where("owner", "=", p.owner);
  return {
    insert: prepared((p: Slots<UserImportJobTable>) =>
      db.insertInto("user_import_job").values({
        key: p.key,
        id: p.id,
        pool_key: p.pool_key,
        name: p.name,
        role_arn: p.role_arn,
        algorithm: p.algorithm,
        status: p.status,
        created_at: p.created_at,
        started_at: p.started_at,
        completed_at: p.completed_at,
        completion_message: p.completion_message,
        imported: p.imported,
        skipped: p.skipped,
        failed: p.failed,
        file_key: p.file_key,
        file_rows: p.file_rows,
      }),
    ),
    count: prepared((p: Slots<{ poolKey: number; cap: number }>) =>
      db
        .selectFrom(
          db
            .selectFrom("user_import_job")
            .select("key")
            .where("pool_key", "=", p.poolKey)
            .limit(p.cap)
            .as("counted"),
        )
        .select((eb) => eb.fn.countAll<number>().as("count")),
    ),
    find: prepared(byId),
    lock: prepared((p: Slots<{ poolKey: number; id: string }>) =>
      byId(p).$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    lockByKey: prepared((p: Slots<{ key: number }>) =>
      db
        .selectFrom("user_import_job")
        .selectAll()
        .where("key", "=", p.key)
        .$if(dialect === "postgres", (select) => select.forUpdate()),
    ),
    list: prepared((p: Slots<{ poolKey: number; beforeKey: number; limit: number }>) =>
      db
        .selectFrom("user_import_job")
        .selectAll()
        .where("pool_key", "=", p.poolKey)
        .where("key", "<", p.beforeKey)
        .orderBy("key", "desc")
        .limit(p.limit),
    ),
    save: prepared((p: Slots<ChangingColumns>) =>
      db
        .updateTable("user_import_job")
        .set({
          status: p.status,
          started_at: p.started_at,
          completed_at: p.completed_at,
          completion_message: p.completion_message,
          imported: p.imported,
          skipped: p.skipped,
          failed: p.failed,
          file_key: p.file_key,
          file_rows: p.file_rows,
        })
        .where("key", "=", p.key),
    ),
    unstarted: prepared((p: Slots<{ createdBefore: number; limit: number }>) =>
      db
        .selectFrom("user_import_job")
        .select(["key", "file_key"])
        .where("status", "=", "Created")
        .where("created_at", "<=", p.createdBefore)
        .orderBy("created_at")
        .limit(p.limit),
    ),
    expire: prepared((p: Slots<{ key: number; at: number; message: string }>) =>
      db
        .updateTable("user_import_job")
        .set({
          status: "Expired",
          completed_at: p.at,
          completion_message: p.message,
          file_key: null,
          file_rows: null,
        })
        .where("key", "=", p.key)
        .where("status", "=", "Created"),
    ),

    enter: prepared((p: Slots<Pick<UserImportRunTable, "account" | "job_key" | "pool_key">>) =>
      db
        .insertInto("user_import_run")
        .values({
          account: p.account,
          job_key: p.job_key,
          pool_key: p.pool_key,
          owner: "",
          leased_until: 0,
          next_offset: 0,
          next_line: 1,
          log_bytes: 0,
          log_pending: "",
        })
        .onConflict((conflict) => conflict.column("account").doNothing()),
    ),
    underWay: prepared((p: Slots<{ poolKey: number }>) =>
      db.selectFrom("user_import_run").select("job_key").where("pool_key", "=", p.poolKey).limit(1),
    ),
    /** Asked every few seconds, so that it costs no write when there is nothing to do. */
    unclaimed: prepared((p: Slots<{ now: number }>) =>
      db.selectFrom("user_import_run").select("account").where("leased_until", "<=", p.now).limit(1),
    ),
    claim: prepared((p: Slots<{ account: string; owner: string; now: number; until: number }>) =>
      db
        .updateTable("user_import_run")
        .set({ owner: p.owner, leased_until: p.until })
        .where("account", "=", p.account)
        .where("leased_until", "<=", p.now)
        .returningAll(),
    ),
    advance: prepared(
      (
        p: Slots<{
          jobKey: number;
          owner: string;
          until: number;
          from: number;
          offset: number;
          line: number;
          logBytes: number;
          logPending: string;
        }>,
      ) =>
        held(p).where("next_offset", "=", p.from).set({
          leased_until: p.until,
          next_offset: p.offset,
          next_line: p.line,
          log_bytes: p.logBytes,
          log_pending: p.logPending,
        }),
    ),
    yield: prepared((p: Slots<{ jobKey: number; owner: string }>) => held(p).set({ leased_until: 0 })),
    leave: prepared((p: Slots<{ jobKey: number; owner: string }>) =>
      db.deleteFrom("user_import_run").where("job_key", "=", p.jobKey).where("owner", "=", p.owner),
    ),

    beginFile: prepared((p: Slots<{ key: number; jobKey: number; discardAt: number }>) =>
      db.insertInto("user_import_file").values({ key: p.key, job_key: p.jobKey, discard_at: p.discardAt }),
    ),
    addChunk: prepared((p: Slots<{ fileKey: number; ordinal: number; sealed: Uint8Array }>) =>
      db
        .insertInto("user_import_chunk")
        .values({ file_key: p.fileKey, ordinal: p.ordinal, sealed: p.sealed }),
    ),
    keepFile: prepared((p: Slots<{ key: number }>) =>
      db.updateTable("user_import_file").set({ discard_at: null }).where("key", "=", p.key),
    ),
    chunk: prepared((p: Slots<{ fileKey: number; ordinal: number }>) =>
      db
        .selectFrom("user_import_chunk")
        .select("sealed")
        .where("file_key", "=", p.fileKey)
        .where("ordinal", "=", p.ordinal),
    ),
    discardFile: prepared((p: Slots<{ key: number; at: number }>) =>
      db.updateTable("user_import_file").set({ discard_at: p.at }).where("key", "=", p.key),
    ),
    discarded: prepared((p: Slots<{ now: number }>) =>
      db
        .selectFrom("user_import_file")
        .select("key")
        .where("discard_at", "<=", p.now)
        .orderBy("discard_at")
        .limit(1),
    ),
    removeChunks: (p: { fileKey: number; limit: number }) =>
      query(
        db
          .deleteFrom("user_import_chunk")
          .where("file_key", "=", p.fileKey)
          .where("ordinal", "in", (eb) =>
            eb
              .selectFrom("user_import_chunk")
              .select("ordinal")
              .where("file_key", "=", p.fileKey)
              .orderBy("ordinal")
              .limit(p.limit),
          ),
      ),
    removeFile: prepared((p: Slots<{ key: number }>) =>
      db.deleteFrom("user_import_file").where("key", "=", p.key),
    ),
  };
}

const toJob = (row: UserImportJobTable): UserImportJob => ({
  key: row.key as UserImportJobKey,
  id: row.id,
  poolKey: row.pool_key as PoolKey,
  name: row.name,
  cloudWatchLogsRoleArn: row.role_arn,
  passwordHashingAlgorithm: row.algorithm as UserImportJob["passwordHashingAlgorithm"],
  status: row.status as UserImportJob["status"],
  createdAt: row.created_at as Instant,
  startedAt: row.started_at as Instant | null,
  completedAt: row.completed_at as Instant | null,
  completionMessage: row.completion_message,
  imported: row.imported,
  skipped: row.skipped,
  failed: row.failed,
  file: row.file_key === null ? null : { key: row.file_key as ImportFileKey, rows: row.file_rows ?? 0 },
});

const changingColumns = (job: UserImportJob): ChangingColumns => ({
  key: job.key,
  status: job.status,
  started_at: job.startedAt,
  completed_at: job.completedAt,
  completion_message: job.completionMessage,
  imported: job.imported,
  skipped: job.skipped,
  failed: job.failed,
  file_key: job.file?.key ?? null,
  file_rows: job.file?.rows ?? null,
});

export class UserImportRepository implements UserImports {
  readonly #session: Session;
  readonly #statements: ReturnType<typeof userImportStatements>;

  constructor(session: Session, statements: ReturnType<typeof userImportStatements>) {
    this.#session = session;
    this.#statements = statements;
  }

  async insert(job: UserImportJob): Promise<void> {
    await this.#session.write(
      this.#statements.insert({
        ...changingColumns(job),
        id: job.id,
        pool_key: job.poolKey,
        name: job.name,
        role_arn: job.cloudWatchLogsRoleArn,
        algorithm: job.passwordHashingAlgorithm,
        created_at: job.createdAt,
      }),
    );
  }

  async count(poolKey: PoolKey, cap: number): Promise<number> {
    return (await first(this.#session.read(this.#statements.count({ poolKey, cap }))))?.count ?? 0;
  }

  async find(poolKey: PoolKey, id: string): Promise<UserImportJob | null> {
    return await this.#one(this.#statements.find({ poolKey, id }));
  }

  async lock(poolKey: PoolKey, id: string): Promise<UserImportJob | null> {
    return await this.#one(this.#statements.lock({ poolKey, id }));
  }

  async lockByKey(key: UserImportJobKey): Promise<UserImportJob | null> {
    return await this.#one(this.#statements.lockByKey({ key }));
  }

  async list(poolKey: PoolKey, page: { beforeKey: number | null; limit: number }): Promise<UserImportJob[]> {
    const { list } = this.#statements;
    const rows = await this.#session.read(
      list({ poolKey, beforeKey: page.beforeKey ?? BEFORE_ALL, limit: page.limit }),
    );
    return rows.map(toJob);
  }

  async save(job: UserImportJob): Promise<void> {
    await this.#session.write(this.#statements.save(changingColumns(job)));
  }

  async expire(
    createdBefore: Instant,
    { at, message }: { at: Instant; message: string },
    limit: number,
  ): Promise<number> {
    const { unstarted, expire, discardFile } = this.#statements;
    const rows = await this.#session.read(unstarted({ createdBefore, limit }));
    let expired = 0;
    for (const { key, file_key: file } of rows)
      expired += await this.#session.atomically(async (session) => {
        const { changed } = await session.write(expire({ key, at, message }));
        if (changed > 0 && file !== null) await session.write(discardFile({ key: file, at }));
        return changed;
      });
    return expired;
  }

  async enter(account: string, job: Pick<UserImportJob, "key" | "poolKey">): Promise<boolean> {
    const entered = this.#statements.enter({ account, job_key: job.key, pool_key: job.poolKey });
    return (await this.#session.write(entered)).changed > 0;
  }

  async isUnderWay(poolKey: PoolKey): Promise<boolean> {
    return (await first(this.#session.read(this.#statements.underWay({ poolKey })))) !== null;
  }

  async claim(owner: string, now: Instant, until: Instant): Promise<ClaimedImport | null> {
    const { unclaimed, claim } = this.#statements;
    const found = await first(this.#session.read(unclaimed({ now })));
    if (!found) return null;
    const { rows } = await this.#session.write(claim({ account: found.account, owner, now, until }));
    const [row] = rows;
    if (!row) return null;
    return {
      jobKey: row.job_key as UserImportJobKey,
      poolKey: row.pool_key as PoolKey,
      progress: {
        offset: row.next_offset,
        line: row.next_line,
        logBytes: row.log_bytes,
        logPending: row.log_pending,
      },
    };
  }

  async advance(
    lease: ImportLease,
    until: Instant,
    from: ImportProgress,
    to: ImportProgress,
  ): Promise<boolean> {
    const advanced = this.#statements.advance({ ...lease, until, from: from.offset, ...to });
    return (await this.#session.write(advanced)).changed > 0;
  }

  async yield(lease: ImportLease): Promise<void> {
    await this.#session.write(this.#statements.yield({ ...lease }));
  }

  async leave(lease: ImportLease): Promise<boolean> {
    return (await this.#session.write(this.#statements.leave({ ...lease }))).changed > 0;
  }

  async beginFile(key: ImportFileKey, jobKey: UserImportJobKey, discardAt: Instant): Promise<void> {
    await this.#session.write(this.#statements.beginFile({ key, jobKey, discardAt }));
  }

  async addChunk(file: ImportFileKey, ordinal: number, sealed: Uint8Array): Promise<void> {
    await this.#session.write(this.#statements.addChunk({ fileKey: file, ordinal, sealed }));
  }

  async keepFile(file: ImportFileKey): Promise<boolean> {
    return (await this.#session.write(this.#statements.keepFile({ key: file }))).changed > 0;
  }

  async chunk(file: ImportFileKey, ordinal: number): Promise<Uint8Array | null> {
    const row = await first(this.#session.read(this.#statements.chunk({ fileKey: file, ordinal })));
    return row?.sealed ?? null;
  }

  async discardFile(file: ImportFile, now: Instant): Promise<void> {
    await this.#session.write(this.#statements.discardFile({ key: file.key, at: now }));
  }

  async removeDiscarded(now: Instant): Promise<boolean> {
    const { discarded, removeChunks, removeFile } = this.#statements;
    const file = await first(this.#session.read(discarded({ now })));
    if (!file) return false;
    const limit = CHUNKS_PER_BATCH;
    const { changed } = await this.#session.write(removeChunks({ fileKey: file.key, limit }));
    if (changed < limit) await this.#session.write(removeFile({ key: file.key }));
    return true;
  }

  async #one(
    statement: ReturnType<ReturnType<typeof userImportStatements>["find"]>,
  ): Promise<UserImportJob | null> {
    const row = await first(this.#session.read(statement));
    return row && toJob(row);
  }
}
