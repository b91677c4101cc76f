import { once } from "node:events";
import { createWriteStream, existsSync, rmSync } from "node:fs";
import type { PasswordHashingAlgorithmType, UserPoolType } from "../../../api/generated/shapes.ts";
import { PASSWORD_HASH } from "../../../domain/user-imports/csv-fields.ts";
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
  type ImportSource,
  importByCalls,
} from "./import-by-calls.ts";
import { importByJob } from "./import-by-job.ts";
import { ImportReport } from "./import-report.ts";
import {
  checkColumns,
  type FileLook,
  linesOf,
  lookAtCsv,
  lookAtJson,
  type Way,
  type WayOptions,
  wayOf,
} from "./import-way.ts";
import { type LeftBehind, LeftBehindList } from "./left-behind.ts";
import { csvLine, csvRow, readCsvRow } from "./user-csv.ts";
import { LineFault, readJsonLine, type UserRecord } from "./user-record.ts";

export interface ImportOptions extends ConnectionOptions, WayOptions {
  readonly pool?: string;
  readonly format?: string;
  readonly report?: string;
  readonly logsRole?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const REPLACEMENT = "\ufffd";

const readable =
  (read: (text: string) => UserRecord) =>
  (text: string): UserRecord => {
    if (text.includes(REPLACEMENT)) throw new LineFault("not in UTF-8");
    return read(text);
  };

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
