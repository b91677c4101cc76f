import { once } from "node:events";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import type { Writable } from "node:stream";
import { type Connection, type ConnectionOptions, Refusal } from "../../connection/connection.ts";
import { inOrder, pages } from "../../connection/pages.ts";
import { type Call, patientCalls } from "../../connection/patience.ts";
import { findPool } from "../../connection/pools.ts";
import { task, UsageFault } from "../../connection/task.ts";
import { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { csvLine, csvRow } from "./user-csv.ts";
import { mfaOf, type UserRecord, userRecord } from "./user-record.ts";

export interface ExportOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly format?: string;
  readonly output?: string;
  readonly groups?: boolean;
  readonly mfa?: boolean;
  readonly filter?: string;
}

/** Cognito's largest page of ListUsers. */
const PAGE = 60;
/** Calls about single users at a time. */
const AT_ONCE = 8;
/** Users whose values the format cannot hold that are named one by one. */
const NAMED = 20;

export const FORMATS: ReadonlySet<string> = new Set(["csv", "jsonl"]);

async function* usersOf(
  call: Call,
  UserPoolId: string,
  filter: string | undefined,
): AsyncGenerator<UserRecord> {
  const input = { UserPoolId, Limit: PAGE, ...(filter === undefined ? {} : { Filter: filter }) };
  for await (const { Users = [] } of pages(call, "ListUsers", input))
    for (const user of Users) yield userRecord(user);
}

async function groupsOf(call: Call, UserPoolId: string, Username: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Groups = [] } of pages(call, "AdminListGroupsForUser", { UserPoolId, Username }))
    names.push(...Groups.flatMap(({ GroupName }) => GroupName ?? []));
  return names.sort();
}

/** The user with what ListUsers does not show; null when the user is deleted meanwhile. */
async function withDetails(
  call: Call,
  UserPoolId: string,
  user: UserRecord,
  { groups, mfa }: Pick<ExportOptions, "groups" | "mfa">,
): Promise<UserRecord | null> {
  try {
    const Username = user.username;
    return {
      ...user,
      ...(groups ? { groups: await groupsOf(call, UserPoolId, Username) } : {}),
      ...(mfa ? { mfa: mfaOf(await call("AdminGetUser", { UserPoolId, Username })) } : {}),
    };
  } catch (fault) {
    if (fault instanceof Refusal && fault.code === "UserNotFoundException") return null;
    throw fault;
  }
}

/** The lines of the export; notes what a line cannot hold. */
interface Writer {
  readonly header: string | null;
  line(user: UserRecord): string;
  /** Values that were left out. */
  readonly unwritten: number;
}

const jsonWriter: Writer = { header: null, line: (user) => `${JSON.stringify(user)}\n`, unwritten: 0 };

async function csvWriter(call: Call, UserPoolId: string): Promise<Writer> {
  const [{ CSVHeader = [] }, { UserPool = {} }] = await Promise.all([
    call("GetCSVHeader", { UserPoolId }),
    call("DescribeUserPool", { UserPoolId }),
  ]);
  let count = 0;
  return {
    header: csvLine(CSVHeader),
    line: (user) => {
      const { line, unwritten } = csvRow(CSVHeader, user, UserPool.UsernameAttributes);
      if (unwritten.length > 0 && count < NAMED)
        terminal.note(`cognate: ${user.username}: left out, CSV cannot hold it: ${unwritten.join(", ")}`);
      count += unwritten.length;
      return line;
    },
    get unwritten() {
      return count;
    },
  };
}

async function write(stream: Writable, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain");
}

const closed = (stream: Writable): Promise<void> =>
  new Promise((done, failed) => {
    stream.once("error", failed);
    stream.end(done);
  });

async function exportTo(
  stream: Writable,
  { call, UserPoolId, options }: { call: Call; UserPoolId: string; options: ExportOptions },
): Promise<{ readonly users: number; readonly unwritten: number }> {
  const writer = options.format === "csv" ? await csvWriter(call, UserPoolId) : jsonWriter;
  const progress = new Progress("users exported");
  let users = 0;
  if (writer.header !== null) await write(stream, writer.header);
  const found = usersOf(call, UserPoolId, options.filter);
  const needsDetails = Boolean(options.groups || options.mfa);
  const complete = inOrder(found, needsDetails ? AT_ONCE : 1, async (user) =>
    needsDetails ? withDetails(call, UserPoolId, user, options) : user,
  );
  for await (const user of complete) {
    if (!user) continue;
    await write(stream, writer.line(user));
    users++;
    progress.reach(users);
  }
  progress.clear();
  return { users, unwritten: writer.unwritten };
}

/** To a file that is there once it is whole. */
async function exportToFile(file: string, source: Parameters<typeof exportTo>[1]) {
  const partial = `${file}.partial`;
  const stream = createWriteStream(partial, { mode: 0o600 });
  try {
    await once(stream, "open");
    const result = await exportTo(stream, source);
    await closed(stream);
    renameSync(partial, file);
    return result;
  } catch (fault) {
    stream.destroy();
    rmSync(partial, { force: true });
    throw fault;
  }
}

function formatOf({ format, output }: ExportOptions): string {
  const chosen = format ?? (output?.endsWith(".csv") ? "csv" : "jsonl");
  if (!FORMATS.has(chosen)) throw new UsageFault(`--format is csv or jsonl, not ${chosen}`);
  return chosen;
}

/** `cognate user export`. @returns the exit status; 1 when values had to be left out */
export const exportUsers = (options: ExportOptions): Promise<number> =>
  task(options, async (connection: Connection) => {
    const format = formatOf(options);
    if (format === "csv" && options.groups)
      throw new UsageFault("Cognito's CSV format has no groups: --groups is for --format jsonl");
    const { Id: UserPoolId } = await findPool(connection, options.pool);
    const source = { call: patientCalls(connection), UserPoolId, options: { ...options, format } };
    // A reader that has seen enough, such as head, ends the export in peace.
    process.stdout.once("error", () => process.exit(0));
    const { users, unwritten } =
      options.output === undefined
        ? await exportTo(process.stdout, source)
        : await exportToFile(options.output, source);
    if (options.output !== undefined || process.stderr.isTTY)
      terminal.note(
        `${users.toLocaleString("en")} users exported${options.output ? ` to ${options.output}` : ""}`,
      );
    if (unwritten === 0) return 0;
    terminal.note(
      `cognate: ${unwritten} values are left out, which CSV cannot hold; --format jsonl holds them`,
    );
    return 1;
  });
