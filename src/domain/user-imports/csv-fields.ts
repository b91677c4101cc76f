import type { UserPool } from "../user-pools/index.ts";
import { COMPLETION, type UserImportJob } from "./user-import-job.ts";

/** Columns that are no attributes. */
export const USERNAME = "cognito:username";
export const MFA_ENABLED = "cognito:mfa_enabled";
export const PASSWORD_HASH = "password_hash";

/** Attributes that the service itself gives. */
const NOT_IMPORTED: ReadonlySet<string> = new Set(["sub", "identities"]);
const BYTE_ORDER_MARK = "\ufeff";

/** The columns of a pool's CSV file, in the order of GetCSVHeader. */
export function csvHeader(pool: UserPool): string[] {
  const attributes = (pool.settings.SchemaAttributes ?? []).flatMap(({ Name }) =>
    Name !== undefined && !NOT_IMPORTED.has(Name) ? [Name] : [],
  );
  return [...attributes, MFA_ENABLED, USERNAME];
}

/**
 * The fields of a line. There are no quotation marks: a comma that belongs to a value has a backslash before it, which means nothing
 * before anything else. White space at the ends goes.
 */
export function csvFields(line: string): string[] {
  if (!line.includes("\\,")) return line.split(",").map((field) => field.trim());
  const fields: string[] = [];
  let field = "";
  let start = 0;
  for (let comma = line.indexOf(","); comma !== -1; comma = line.indexOf(",", comma + 1)) {
    const isEscaped = comma > start && line[comma - 1] === "\\";
    field += isEscaped ? `${line.slice(start, comma - 1)},` : line.slice(start, comma);
    start = comma + 1;
    if (isEscaped) continue;
    fields.push(field.trim());
    field = "";
  }
  fields.push((field + line.slice(start)).trim());
  return fields;
}

/** The columns of a file in its order, or the words that the job ends with because of them. */
export type HeaderReading =
  | { readonly kind: "columns"; readonly columns: readonly string[] }
  | { readonly kind: "refused"; readonly message: string };

const wrongHeader: HeaderReading = { kind: "refused", message: COMPLETION.wrongHeader };

/**
 * Reads the header line. Columns may come in any order, each once, and no others than the pool's and password_hash. All must be there;
 * in a job with password hashes those suffice that Cognito's own example of such a file has, the username and the hash.
 */
export function readHeader(
  pool: UserPool,
  { passwordHashingAlgorithm }: Pick<UserImportJob, "passwordHashingAlgorithm">,
  line: string,
): HeaderReading {
  if (line.startsWith(BYTE_ORDER_MARK)) return wrongHeader;
  const columns = csvFields(line);
  const present = new Set(columns);
  const expected = csvHeader(pool);
  const known = new Set([...expected, PASSWORD_HASH]);
  if (present.size !== columns.length || columns.some((column) => !known.has(column))) return wrongHeader;
  const required = passwordHashingAlgorithm ? [USERNAME] : expected;
  if (required.some((column) => !present.has(column))) return wrongHeader;
  if (passwordHashingAlgorithm && !present.has(PASSWORD_HASH))
    return { kind: "refused", message: COMPLETION.hashColumnMissing };
  return { kind: "columns", columns };
}
