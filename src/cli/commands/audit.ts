import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, ConfigError } from "../../config/config.ts";
import { existingKeyEncryptionKey, previousKeys } from "../../config/key-file.ts";
import { CheckpointKey } from "../../crypto/checkpoint-key.ts";
import { KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import {
  type AuditPosition,
  type AuditQuery,
  type AuditRecord,
  verifyTrail,
} from "../../domain/audit/index.ts";
import { loadServerKey } from "../../domain/server-keys/index.ts";
import { type Instant, SECOND } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import type { AuditReader } from "../../storage/audit-reader.ts";
import { StorageError } from "../../storage/errors.ts";
import { configFrom, type Options } from "../settings.ts";

const PAGE = 500;
const TAIL_RECORDS = 10;
const FAULTS_FOUND = 3;

async function openTrail({ databaseUrl, dataDir }: Config): Promise<AuditReader> {
  const { openPostgresAudit, openSqliteAudit } = await import("../../storage/audit-reader.ts");
  return databaseUrl ? openPostgresAudit(databaseUrl) : openSqliteAudit(join(dataDir, "cognate.sqlite"));
}

async function checkpointKey(config: Config, { serverKeys }: AuditReader): Promise<CheckpointKey> {
  const key = existingKeyEncryptionKey(config, [config.dataDir]);
  const keyEncryptionKey = new KeyEncryptionKey(key, systemRandom, previousKeys(config));
  if (!(await serverKeys.find())) throw new ConfigError("the database has no key of a server yet");
  try {
    const serverKey = await loadServerKey({ store: { serverKeys }, keyEncryptionKey });
    return new CheckpointKey(serverKey.seed("audit-checkpoint"));
  } catch (fault) {
    if (!(fault instanceof SealBroken)) throw fault;
    throw new ConfigError("the key-encryption key is not the one this database was made with");
  }
}

async function withTrail(options: Options, work: (reader: AuditReader, config: Config) => Promise<number>) {
  try {
    const config = await configFrom(options);
    const reader = await openTrail(config);
    try {
      return await work(reader, config);
    } finally {
      await reader.close();
    }
  } catch (fault) {
    process.stderr.write(`cognate: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return fault instanceof ConfigError || fault instanceof StorageError ? 2 : 1;
  }
}

/**
 * `cognate audit verify`: reads the whole trail and says what was altered, removed, added or put in another order.
 * @returns 0 for a whole trail, 3 for another, 2 when it cannot be read
 */
export const verifyAudit = (options: Options): Promise<number> =>
  withTrail(options, async (reader, config) => {
    const { trail } = reader;
    const key = await checkpointKey(config, reader);
    const { records, checkpoints, uncovered, faults } = await verifyTrail(trail, (content, signature) =>
      key.verify(content, signature),
    );
    process.stdout.write(
      `${records} records, ${checkpoints} checkpoints, ${uncovered} records since the last one\n`,
    );
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.stdout.write(faults.length === 0 ? "the trail is whole\n" : "the trail was changed\n");
    return faults.length === 0 ? 0 : FAULTS_FOUND;
  });

function instant(text: unknown, option: string): Instant | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(String(text));
  if (Number.isNaN(time)) throw new ConfigError(`--${option}: give a time such as 2026-11-20T12:00:00Z`);
  return time as Instant;
}

function queryOf({ operation, user, principal, userPoolId, from, until }: Options): AuditQuery {
  const start = instant(from, "from");
  const end = instant(until, "until");
  return {
    ...(operation === undefined ? {} : { operation: String(operation) }),
    ...(user === undefined ? {} : { sub: String(user) }),
    ...(principal === undefined ? {} : { principal: String(principal) }),
    ...(userPoolId === undefined ? {} : { userPoolId: String(userPoolId) }),
    ...(start === undefined ? {} : { from: start }),
    ...(end === undefined ? {} : { until: end }),
  };
}

const FILTERS = ["operation", "user", "principal", "userPoolId", "from", "until"] as const;

/** What the database is asked for apart from where it is. */
function apart(options: Options): { place: Options; query: AuditQuery } {
  const place = Object.fromEntries(
    Object.entries(options).filter(([name]) => !FILTERS.some((one) => one === name)),
  );
  return { place, query: queryOf(options) };
}

const positionOf = ({ occurredAt, id }: AuditRecord): AuditPosition => ({ occurredAt, id });

/** `cognate audit export`: records as CloudTrail writes them, a line of JSON each, newest first. */
export const exportAudit = (options: Options): Promise<number> => {
  const { place, query } = apart(options);
  return withTrail(place, async ({ trail }) => {
    let after: AuditPosition | null = null;
    for (;;) {
      const page: AuditRecord[] = await trail.search(query, after, PAGE);
      for (const { record } of page) process.stdout.write(`${record}\n`);
      const last = page.at(-1);
      if (page.length < PAGE || !last) return 0;
      after = positionOf(last);
    }
  });
};

const line = ({ occurredAt, operation, errorCode, principal, sub, userPoolId }: AuditRecord): string => {
  const what = errorCode === null ? operation : `${operation} ${errorCode}`;
  const about = [userPoolId, sub].filter(Boolean).join("/");
  return `${new Date(occurredAt).toISOString()}  ${what}  ${principal}  ${about}\n`;
};

/** `cognate audit tail`: the newest records in short, and with --follow those that come. */
export const tailAudit = ({ follow, ...options }: Options): Promise<number> => {
  const { place, query } = apart(options);
  return withTrail(place, async ({ trail }) => {
    const newest = (await trail.search(query, null, TAIL_RECORDS)).reverse();
    for (const record of newest) process.stdout.write(line(record));
    const seen = new Set(newest.map(({ id }) => id));
    let from = newest.at(-1)?.occurredAt ?? (0 as Instant);
    while (follow) {
      await sleep(SECOND);
      // Records of the last moments may become visible late, as their transactions end.
      const recent = await trail.search({ ...query, from: (from - 10 * SECOND) as Instant }, null, PAGE);
      for (const record of recent.reverse()) {
        if (seen.has(record.id)) continue;
        seen.add(record.id);
        process.stdout.write(line(record));
        from = record.occurredAt;
      }
    }
    return 0;
  });
};
