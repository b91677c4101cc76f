import { csvFields, MFA_ENABLED, PASSWORD_HASH, USERNAME } from "../../../domain/user-imports/csv-fields.ts";
import { creationName, LineFault, type UserRecord } from "./user-record.ts";

/** Columns beside GetCSVHeader's that a file may have for which users are created one by one. */
const PASSWORDS = ["password", "temporary_password"] as const;
export const OWN_COLUMNS: ReadonlySet<string> = new Set([...PASSWORDS, PASSWORD_HASH]);

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const WRITTEN_DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/;

/** Cognito's import has no way to write a line break, a space at an end or a backslash before a separator. */
export const canBeWritten = (value: string): boolean =>
  !/[\r\n]/.test(value) && value.trim() === value && !value.endsWith("\\");

/** A line as Cognito's CSV import reads it: no quotation marks, commas within values escaped. */
export const csvLine = (fields: readonly string[]): string =>
  `${fields.map((field) => field.replaceAll(",", "\\,")).join(",")}\n`;

/** A row of the import format, and the columns whose values it cannot hold. */
export function csvRow(
  columns: readonly string[],
  user: UserRecord,
  addresses: readonly string[] | undefined,
): { readonly line: string; readonly unwritten: readonly string[] } {
  const unwritten: string[] = [];
  const written = (column: string): string => {
    if (column === USERNAME) return creationName(user, addresses);
    if (column === MFA_ENABLED) return user.mfa?.enabled.length ? "true" : "false";
    if (column === PASSWORD_HASH) return user.password_hash ?? "";
    const value = user.attributes[column] ?? "";
    return column === "birthdate" ? value.replace(ISO_DATE, "$2/$3/$1") : value;
  };
  const fields = columns.map((column) => {
    const value = written(column);
    if (canBeWritten(value)) return value;
    unwritten.push(column);
    return "";
  });
  return { line: csvLine(fields), unwritten };
}

/** Reads a row of a file for which users are created one by one. @throws LineFault */
export function readCsvRow(columns: readonly string[], line: string): UserRecord {
  const fields = csvFields(line);
  if (fields.length !== columns.length)
    throw new LineFault(`${fields.length} values for ${columns.length} columns`);
  const values = new Map(columns.map((column, index) => [column, fields[index] ?? ""]));
  const username = values.get(USERNAME);
  if (!username) throw new LineFault(`${USERNAME} is missing`);
  const attributes: Record<string, string> = {};
  for (const [column, value] of values) {
    if (value === "" || column === USERNAME || column === MFA_ENABLED || OWN_COLUMNS.has(column)) continue;
    attributes[column] = column === "birthdate" ? value.replace(WRITTEN_DATE, "$3-$1-$2") : value;
  }
  // An attribute that is Boolean is written true or TRUE in files; the API takes the former only.
  for (const name of ["email_verified", "phone_number_verified"])
    if (attributes[name] !== undefined) attributes[name] = attributes[name].toLowerCase();
  const factor =
    values.get(MFA_ENABLED)?.toLowerCase() !== "true"
      ? null
      : attributes.phone_number
        ? "SMS_MFA"
        : attributes.email
          ? "EMAIL_OTP"
          : null;
  const given = (name: string) => (values.get(name) ? { [name]: values.get(name) } : {});
  if (values.get("password") && values.get("temporary_password"))
    throw new LineFault("password and temporary_password exclude each other");
  return {
    username,
    attributes,
    ...(factor ? { mfa: { enabled: [factor], preferred: factor } } : {}),
    ...given("password"),
    ...given("temporary_password"),
    ...given(PASSWORD_HASH),
  };
}
