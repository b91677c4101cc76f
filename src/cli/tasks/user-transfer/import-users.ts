import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { PasswordHashingAlgorithmType, UserPoolType } from "../../../api/generated/shapes.ts";
import { csvFields, MFA_ENABLED, PASSWORD_HASH, USERNAME } from "../../../domain/user-imports/csv-fields.ts";
import type { ConnectionOptions } from "../../connection/connection.ts";
import { patientCalls } from "../../connection/patience.ts";
import { findPool } from "../../connection/pools.ts";
import { nameEndpoint, requireConsent, task, UsageFault } from "../../connection/task.ts";
import { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { FORMATS } from "./export-users.ts";
import {
  type CreationSettings,
  type ImportCounts,
  type ImportLine,
  type ImportSource,
  importByCalls,
} from "./import-by-calls.ts";
import { algorithmOf, importByJob } from "./import-by-job.ts";
import { ImportReport } from "./import-report.ts";
import { type LeftBehind, LeftBehindList } from "./left-behind.ts";
import { csvLine, csvRow, OWN_COLUMNS, readCsvRow } from "./user-csv.ts";
import { LineFault, readJsonLine, type UserRecord } from "./user-record.ts";

export interface ImportOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly format?: string;
  readonly invite?: boolean;
  readonly suppress?: boolean;
  readonly report?: string;
  readonly hashes?: string;
  readonly logsRole?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const BYTE_ORDER_MARK = /^\ufeff/;
const REPLACEMENT = "\ufffd";

async function* linesOf(file: string): AsyncGenerator<ImportLine> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number++;
    const text = number === 1 ? line.replace(BYTE_ORDER_MARK, "") : line;
    if (text.trim() !== "") yield { number, text };
  }
}

/** What a look through the file tells: which way its users go. */
interface FileLook {
  readonly lines: number;
  /** Null for JSON Lines. */
  readonly columns: readonly string[] | null;
  /** The first hash; null when there is none. */
  readonly hash: string | null;
  /** Something that an import job does not do: groups, disabled users, second factors of JSON Lines. */
  readonly beyondJob: boolean;
  readonly passwords: boolean;
}

const readable =
  (read: (text: string) => UserRecord) =>
  (text: string): UserRecord => {
    if (text.includes(REPLACEMENT)) throw new LineFault("not in UTF-8");
    return read(text);
  };

async function lookAtCsv(file: string): Promise<FileLook> {
  let columns: string[] | null = null;
  let lines = 0;
  let hash: string | null = null;
  for await (const { text } of linesOf(file)) {
    if (!columns) {
      columns = csvFields(text);
      continue;
    }
    lines++;
    hash ??= csvFields(text)[columns.indexOf(PASSWORD_HASH)] || null;
  }
  if (!columns) throw new UsageFault(`${file} is empty: its first line is to name the columns`);
  const passwords = columns.some((column) => column !== PASSWORD_HASH && OWN_COLUMNS.has(column));
  return { lines, columns, hash, beyondJob: false, passwords };
}

async function lookAtJson(file: string): Promise<FileLook> {
  let lines = 0;
  let hash: string | null = null;
  let beyondJob = false;
  let passwords = false;
  for await (const { text } of linesOf(file)) {
    lines++;
    try {
      const user = readJsonLine(text);
      hash ??= user.password_hash ?? null;
      passwords ||= user.password !== undefined || user.temporary_password !== undefined;
      beyondJob ||=
        (user.groups?.length ?? 0) > 0 || user.enabled === false || (user.mfa?.enabled.length ?? 0) > 0;
    } catch {
      // Told in its turn.
    }
  }
  return { lines, columns: null, hash, beyondJob, passwords };
}

type Way =
  | {
      readonly kind: "job";
      readonly algorithm: PasswordHashingAlgorithmType | null;
      readonly because: string;
    }
  | { readonly kind: "calls"; readonly because: string };

/** Import job or call by call: the file decides. @throws UsageFault */
function wayOf(look: FileLook, header: readonly string[], pool: UserPoolType, options: ImportOptions): Way {
  const canImport = (pool.AutoVerifiedAttributes ?? []).length > 0;
  if (look.hash !== null || look.columns?.includes(PASSWORD_HASH)) {
    if (look.passwords)
      throw new UsageFault(
        "the file has hashes and passwords in the clear: divide it, an import job takes hashes only",
      );
    if (options.invite)
      throw new UsageFault("users with password hashes are imported by a job, which sends no invitations");
    if (!canImport)
      throw new UsageFault(
        "import jobs, which password hashes need, are for pools with auto-verified attributes; this one has none",
      );
    const given = options.hashes?.toUpperCase().replace("-", "_");
    const algorithm =
      (given as PasswordHashingAlgorithmType | undefined) ??
      (look.hash === null ? null : algorithmOf(look.hash));
    if (!algorithm)
      throw new UsageFault("the password hashes are of no known form; name the algorithm with --hashes");
    return { kind: "job", algorithm, because: `the file has ${PASSWORD_HASH}` };
  }
  if (!look.columns) return { kind: "calls", because: "JSON Lines without password hashes" };
  if (options.invite || options.suppress)
    return { kind: "calls", because: options.invite ? "--invite" : "--suppress" };
  if (look.passwords) return { kind: "calls", because: "the file has passwords" };
  const present = new Set(look.columns);
  const missing = header.filter((column) => !present.has(column));
  if (missing.length > 0)
    return { kind: "calls", because: `not all columns of the import format are there (no ${missing[0]})` };
  if (!canImport)
    return { kind: "calls", because: "the pool has no auto-verified attributes, which import jobs need" };
  return { kind: "job", algorithm: null, because: "the file has the columns of the import format" };
}

/** @throws UsageFault */
function checkColumns({ columns }: FileLook, header: readonly string[]): void {
  if (!columns) return;
  const known = new Set([...header, ...OWN_COLUMNS, USERNAME, MFA_ENABLED]);
  const unknown = columns.filter((column) => !known.has(column));
  if (unknown.length > 0)
    throw new UsageFault(
      `the pool has no attribute for the column ${unknown.join(", ")}; it has ${header.join(", ")}`,
    );
  if (!columns.includes(USERNAME)) throw new UsageFault(`there is no column ${USERNAME}`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new UsageFault(`the column ${twice} is there twice`);
}

/** JSON Lines as the CSV file that a job takes. Lines that cannot be read or written are left to the caller's report. */
async function convert(
  source: ImportSource,
  header: readonly string[],
  pool: UserPoolType,
  to: string,
  report: ImportReport,
) {
  const columns = [...header, PASSWORD_HASH];
  const stream = createWriteStream(to, { mode: 0o600 });
  stream.write(csvLine(columns));
  let failed = 0;
  for await (const { number, text } of source.lines()) {
    let reason: string;
    try {
      const { line, unwritten } = csvRow(columns, source.read(text), pool.UsernameAttributes);
      if (unwritten.length === 0) {
        if (!stream.write(line)) await once(stream, "drain");
        continue;
      }
      reason = `an import job cannot take ${unwritten.join(", ")}`;
    } catch (fault) {
      if (!(fault instanceof LineFault)) throw fault;
      reason = fault.message;
    }
    failed++;
    report.fail(number, 0, undefined, reason, false);
    terminal.note(`line ${number}: ${reason}`);
  }
  stream.end();
  await once(stream, "close");
  return failed;
}

interface Summary extends ImportCounts {
  readonly way: Way["kind"];
  /** Those that were there already, by an import job. */
  readonly skipped: number;
}

/** `cognate user import`. @returns the exit status; 1 when a line failed */
export const importUsers = (file: string, options: ImportOptions): Promise<number> =>
  task(options, async (connection) => {
    const format = options.format ?? (file.endsWith(".csv") ? "csv" : "jsonl");
    if (!FORMATS.has(format)) throw new UsageFault(`--format is csv or jsonl, not ${format}`);
    if (options.invite && options.suppress)
      throw new UsageFault("--invite and --suppress exclude each other");
    if (!existsSync(file)) throw new UsageFault(`${file} is not there`);
    const { Id: UserPoolId, Name } = await findPool(connection, options.pool);
    const call = patientCalls(connection);
    const [{ CSVHeader: header = [] }, { UserPool: pool = {} }] = await Promise.all([
      call("GetCSVHeader", { UserPoolId }),
      call("DescribeUserPool", { UserPoolId }),
    ]);
    const look = format === "csv" ? await lookAtCsv(file) : await lookAtJson(file);
    checkColumns(look, header);
    const way = wayOf(look, header, pool, options);
    const isAmazon = connection.endpoint.hostname.endsWith(".amazonaws.com");
    if (way.kind === "job" && isAmazon && options.logsRole === undefined)
      throw new UsageFault(
        "Amazon Cognito writes the log of an import job as a role of yours: name it with --logs-role, or give --suppress",
      );
    nameEndpoint(connection);
    const count = `${look.lines.toLocaleString("en")} users`;
    if (
      !connection.local &&
      !(await requireConsent(`Import ${count} into ${Name} (${UserPoolId})?`, options))
    )
      return 1;
    terminal.note(
      way.kind === "job"
        ? `${count} into ${Name} (${UserPoolId}) by import job, since ${way.because}${way.algorithm ? ` (${way.algorithm})` : ""}`
        : `${count} into ${Name} (${UserPoolId}) one by one (AdminCreateUser), since: ${way.because}; ${options.invite ? "each is sent an invitation" : "nobody is sent a message"}`,
    );
    const columns = look.columns;
    const source: ImportSource = {
      lines: columns
        ? async function* () {
            let isHeader = true;
            for await (const line of linesOf(file)) {
              if (!isHeader) yield line;
              isHeader = false;
            }
          }
        : () => linesOf(file),
      read: readable(columns ? (text) => readCsvRow(columns, text) : readJsonLine),
    };
    const report = await ImportReport.open(options.report ?? `${file}.${UserPoolId}.report.jsonl`);
    const settings: CreationSettings = {
      call,
      UserPoolId,
      addresses: pool.UsernameAttributes,
      invite: options.invite === true,
      report,
      left: new LeftBehindList(),
    };
    const work = (): Promise<Summary> =>
      way.kind === "calls"
        ? oneByOne(source, settings, look)
        : throughJob(file, look, {
            source,
            settings,
            header,
            pool,
            algorithm: way.algorithm,
            logsRole: options.logsRole,
          });
    const summary = await work().catch((fault: unknown) => {
      terminal.note(`${report.path} tells what was done; the same command goes on from there`);
      throw fault;
    });
    report.close();
    say(summary, { report: report.path, left: settings.left.list() }, options.json === true);
    return summary.failed > 0 ? 1 : 0;
  });

async function oneByOne(source: ImportSource, settings: CreationSettings, look: FileLook): Promise<Summary> {
  const counts = await importByCalls(source, settings, new Progress("users", look.lines));
  return { way: "calls", skipped: 0, ...counts };
}

async function throughJob(
  file: string,
  look: FileLook,
  given: {
    readonly source: ImportSource;
    readonly settings: CreationSettings;
    readonly header: readonly string[];
    readonly pool: UserPoolType;
    readonly algorithm: PasswordHashingAlgorithmType | null;
    readonly logsRole: string | undefined;
  },
): Promise<Summary> {
  const { source, settings, header, pool } = given;
  const csv = look.columns ? file : `${settings.report.path}.csv`;
  const job = { ...settings, algorithm: given.algorithm, logsRole: given.logsRole };
  try {
    const unreadable = look.columns ? 0 : await convert(source, header, pool, csv, settings.report);
    const { imported, skipped, failed } = await importByJob(csv, job, new Progress("users", look.lines));
    if (failed > 0)
      terminal.note(
        `why lines failed is in the log group /aws/cognito/userpools/${settings.UserPoolId}/${pool.Name}, which a server of this kind keeps in its importLogDir`,
      );
    const rest = look.beyondJob
      ? await importByCalls(
          source,
          { ...settings, existing: true },
          new Progress("groups and standing", look.lines),
        )
      : { failed: 0 };
    return { way: "job", created: imported, before: 0, skipped, failed: failed + unreadable + rest.failed };
  } finally {
    if (!look.columns) rmSync(csv, { force: true });
  }
}

function say(
  { way, created, before, skipped, failed }: Summary,
  { report, left }: { readonly report: string; readonly left: readonly LeftBehind[] },
  json: boolean,
): void {
  if (json) {
    terminal.print(JSON.stringify({ way, created, before, skipped, failed, report, leftBehind: left }));
    return;
  }
  const parts = [
    `${created.toLocaleString("en")} imported`,
    ...(before > 0 ? [`${before.toLocaleString("en")} by an earlier run`] : []),
    ...(skipped > 0 ? [`${skipped.toLocaleString("en")} were there already`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString("en")} failed`] : []),
  ];
  terminal.print(`${parts.join(", ")}; report: ${report}`);
  for (const { what, why, count = 1 } of left)
    terminal.print(`  not imported: ${what} (${count.toLocaleString("en")}): ${why}`);
}
