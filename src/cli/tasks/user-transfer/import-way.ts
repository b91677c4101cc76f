import type { PasswordHashingAlgorithmType, UserPoolType } from "../../../api/generated/shapes.ts";
import { csvFields, MFA_ENABLED, PASSWORD_HASH, USERNAME } from "../../../domain/user-imports/csv-fields.ts";
import { UsageFault } from "../../connection/task.ts";
import type { ImportLine } from "./import-by-calls.ts";
import { algorithmOf } from "./import-by-job.ts";
import { textLines } from "./text-lines.ts";
import { OWN_COLUMNS } from "./user-csv.ts";
import { readJsonLine } from "./user-record.ts";

const BYTE_ORDER_MARK = /^\ufeff/;

/** Lines that are not blank. */
export async function* linesOf(file: string): AsyncGenerator<ImportLine> {
  let number = 0;
  for await (const line of textLines(file)) {
    number++;
    const text = number === 1 ? line.replace(BYTE_ORDER_MARK, "") : line;
    if (text.trim() !== "") yield { number, text };
  }
}

/** What a look through the file tells: which way its users go. */
export interface FileLook {
  readonly lines: number;
  /** Null for JSON Lines. */
  readonly columns: readonly string[] | null;
  /** The first hash; null when there is none. */
  readonly hash: string | null;
  /** Something that an import job does not do: groups, disabled users, second factors of JSON Lines. */
  readonly beyondJob: boolean;
  readonly passwords: boolean;
}

/** @throws UsageFault */
export async function lookAtCsv(file: string): Promise<FileLook> {
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

export async function lookAtJson(file: string): Promise<FileLook> {
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

export type Way =
  | {
      readonly kind: "job";
      readonly algorithm: PasswordHashingAlgorithmType | null;
      readonly because: string;
    }
  | { readonly kind: "calls"; readonly because: string };

/** What was asked for of the way. */
export interface WayOptions {
  readonly invite?: boolean;
  readonly suppress?: boolean;
  readonly hashes?: string;
}

/** Import job or call by call: the file decides. @throws UsageFault */
export function wayOf(
  look: FileLook,
  header: readonly string[],
  pool: UserPoolType,
  options: WayOptions,
): Way {
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
export function checkColumns({ columns }: FileLook, header: readonly string[]): void {
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
