import { join } from "node:path";
import { type Config, ConfigError } from "../../config/config.ts";
import { existingKeyEncryptionKey, previousKeys } from "../../config/key-file.ts";
import { KeyEncryptionKey, SealBroken } from "../../crypto/encryption-at-rest.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { systemRandom } from "../../runtime/random.ts";
import { StorageError } from "../../storage/errors.ts";
import { openArchive, writeArchive } from "../../storage/transfer/archive.ts";
import type { RowSource, RowTarget, TableSummary } from "../../storage/transfer/rows.ts";
import { type PoolCheck, transfer } from "../../storage/transfer/transfer.ts";
import { configFrom, type Options } from "../settings.ts";

/** A database: an embedded one's directory, or a shared one's URL. */
type Place = { readonly dataDir: string } | { readonly databaseUrl: string };

const placeOf = ({ databaseUrl, dataDir }: Config): Place => (databaseUrl ? { databaseUrl } : { dataDir });

const placeNamed = (name: string): Place =>
  /^postgres(ql)?:\/\//.test(name) ? { databaseUrl: name } : { dataDir: name };

const fileIn = (dataDir: string): string => join(dataDir, "cognate.sqlite");

async function openSource(place: Place): Promise<RowSource> {
  if ("databaseUrl" in place)
    return (await import("../../storage/transfer/postgres.ts")).openPostgresSource(place.databaseUrl);
  return (await import("../../storage/transfer/sqlite.ts")).openSqliteSource(fileIn(place.dataDir));
}

async function openTarget(place: Place, migrations: readonly string[]): Promise<RowTarget> {
  if ("databaseUrl" in place) {
    const { openPostgresTarget } = await import("../../storage/transfer/postgres.ts");
    return openPostgresTarget(place.databaseUrl, migrations, silentLogger);
  }
  const { openSqliteTarget } = await import("../../storage/transfer/sqlite.ts");
  return openSqliteTarget(fileIn(place.dataDir), migrations, silentLogger);
}

/** Rows whose secrets the key at hand does not open would be of no use: they are refused before anything is kept. */
function underKey(config: Config, dataDirs: readonly string[]): PoolCheck {
  let key: KeyEncryptionKey | null = null;
  return ({ id, wrappedDataKey }) => {
    key ??= new KeyEncryptionKey(
      existingKeyEncryptionKey(config, dataDirs),
      systemRandom,
      previousKeys(config),
    );
    try {
      key.dataKey(id, wrappedDataKey);
    } catch (fault) {
      if (!(fault instanceof SealBroken)) throw fault;
      throw new ConfigError(
        "the key-encryption key is not the one these rows were sealed under; give the right key or key file. Nothing was changed",
      );
    }
  };
}

const directoriesOf = (...places: readonly Place[]): string[] =>
  places.flatMap((place) => ("dataDir" in place ? [place.dataDir] : []));

/** What was written, for people: rows and digest of each table that holds any. */
function report(summaries: readonly TableSummary[]): void {
  const filled = summaries.filter(({ rows }) => rows > 0);
  for (const { table, rows, digest } of filled)
    process.stdout.write(`${table.padEnd(28)} ${String(rows).padStart(10)}  ${digest}\n`);
}

async function reporting(work: () => Promise<readonly TableSummary[]>): Promise<number> {
  try {
    report(await work());
    return 0;
  } catch (fault) {
    const isExpected = fault instanceof ConfigError || fault instanceof StorageError;
    process.stderr.write(`cognate: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return isExpected ? 2 : 1;
  }
}

/**
 * `cognate backup`: writes the whole database into a file, also while servers work with it.
 * @returns 0; 2 when the database or the file cannot be had
 */
export const backup = ({ output, ...options }: Options): Promise<number> =>
  reporting(async () => {
    const source = await openSource(placeOf(await configFrom(options)));
    try {
      return await writeArchive(source, String(output));
    } finally {
      await source.close();
    }
  });

/**
 * `cognate restore`: fills an empty database from a backup.
 * @returns 0; 2 when the backup is damaged, its key is not at hand, or the database is not empty: nothing is changed then
 */
export const restore = (file: string, options: Options): Promise<number> =>
  reporting(async () => {
    const config = await configFrom(options);
    return copy(await openArchive(file), placeOf(config), config, directoriesOf(placeOf(config)));
  });

/**
 * `cognate migrate`: copies one database into another, empty one, in the same way.
 * @returns 0; 2 as for restore
 */
export const migrate = ({ from, to, ...options }: Options): Promise<number> =>
  reporting(async () => {
    const config = await configFrom(options);
    const [source, target] = [placeNamed(String(from)), placeNamed(String(to))];
    return copy(await openSource(source), target, config, directoriesOf(source, target));
  });

async function copy(
  source: RowSource,
  to: Place,
  config: Config,
  keyDirectories: readonly string[],
): Promise<TableSummary[]> {
  try {
    const target = await openTarget(to, source.migrations);
    return await transfer(source, target, underKey(config, keyDirectories));
  } finally {
    await source.close();
  }
}
