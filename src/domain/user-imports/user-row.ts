import { addressInUsername } from "../accounts/index.ts";
import { ServiceError } from "../errors.ts";
import { poolFactors, type UserPool } from "../user-pools/index.ts";
import {
  checkAttributes,
  type ImportedHash,
  importedHashRefusal,
  missingRequired,
  requiredAttributesMissing,
  type UserMfa,
  type UserStatus,
  VERIFIED_FLAG,
  withChanges,
} from "../users/index.ts";
import { csvFields, MFA_ENABLED, PASSWORD_HASH, USERNAME } from "./csv-fields.ts";
import type { CsvLineContent } from "./csv-lines.ts";
import type { UserImportJob } from "./user-import-job.ts";

/** What a line asks for: a user to store, or why there is none. Reasons go into the log and name no value. */
export type RowReading =
  | {
      readonly kind: "user";
      readonly username: string;
      readonly attributes: Record<string, string>;
      readonly status: UserStatus;
      readonly mfa: UserMfa;
      readonly hash: ImportedHash | null;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** Where a file's rows go, and the columns they have. */
export interface RowPlace {
  readonly pool: UserPool;
  readonly job: Pick<UserImportJob, "passwordHashingAlgorithm">;
  readonly columns: readonly string[];
}

const failed = (reason: string): RowReading => ({ kind: "failed", reason });

const UNREADABLE: Readonly<Record<Exclude<CsvLineContent["kind"], "text">, string>> = {
  "too-long": "The row is longer than 16000 characters.",
  "not-utf-8": "The row is not in UTF-8 format.",
};

/** Cognito's own words. */
const NOT_VERIFIED =
  "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).";

/** As for Username in the API; in a file white space is refused by name. */
const USERNAME_FORM = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;
const BIRTHDATE = /^(0[1-9]|1[0-2])\/(0[1-9]|[12]\d|3[01])\/(\d{4})$/;
const EPOCH_SECONDS = /^\d{1,15}$/;

/** 02/01/1985 as the attribute has it, 1985-02-01; null when it is no date. */
function isoDate(text: string): string | null {
  const [, month, day, year] = BIRTHDATE.exec(text) ?? [];
  const date = `${year}-${month}-${day}`;
  // A day that the month does not have would come back as one of the next month.
  return year && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date) ? date : null;
}

/** The attributes that the row gives, as the pool's schema takes them. @throws ServiceError */
function attributesOf(pool: UserPool, username: string, given: ReadonlyMap<string, string>) {
  const list = [...given].map(([Name, Value]) => ({ Name, Value }));
  const address = addressInUsername(pool, username);
  return withChanges(
    {},
    {
      ...checkAttributes(pool, list, { kind: "administrator" }, "creation"),
      ...(address ? { [address]: username } : {}),
    },
  );
}

const isVerified = (attributes: Readonly<Record<string, string>>, name: "email" | "phone_number"): boolean =>
  Boolean(attributes[name]) && attributes[VERIFIED_FLAG[name]] === "true";

/** Whoever can sign in with a code that is sent to them need not reset a password. */
function canSignInWithCode(pool: UserPool, attributes: Readonly<Record<string, string>>): boolean {
  const factors = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  return (
    (factors.includes("EMAIL_OTP") && Boolean(attributes.email)) ||
    (factors.includes("SMS_OTP") && Boolean(attributes.phone_number))
  );
}

/** The second factor that cognito:mfa_enabled turns on, by what of the pool's factors the user has; a blank one turns on none. */
function mfaOf(pool: UserPool, attributes: Readonly<Record<string, string>>, enabled: boolean): UserMfa {
  const offered = poolFactors(pool);
  const factor = !enabled
    ? null
    : offered.SMS_MFA && attributes.phone_number
      ? "SMS_MFA"
      : offered.EMAIL_OTP && attributes.email
        ? "EMAIL_OTP"
        : null;
  return factor ? { enabled: [factor], preferred: factor } : { enabled: [], preferred: null };
}

/** Why the value of cognito:mfa_enabled cannot be; null when it can. */
function mfaRefusal(pool: UserPool, value: string): string | null {
  if (value === "") return null;
  if (value !== "true" && value !== "false") return `${MFA_ENABLED} must be true or false.`;
  const mode = pool.settings.MfaConfiguration ?? "OFF";
  if (mode === "ON" && value === "false")
    return `${MFA_ENABLED} must be true, since MFA is required in the user pool.`;
  if (mode === "OFF" && value === "true")
    return `${MFA_ENABLED} must be false, since MFA is off in the user pool.`;
  return null;
}

const HASH_REFUSED = {
  malformed: "The password hash does not match the format of the job's password hashing algorithm.",
  "too-costly": "The password hash has parameters that exceed the maximum.",
} as const;

function userOf({ pool, job }: RowPlace, values: Map<string, string>): RowReading {
  const take = (name: string): string => {
    const value = values.get(name) ?? "";
    values.delete(name);
    return value;
  };
  const username = take(USERNAME);
  const mfaEnabled = take(MFA_ENABLED).toLowerCase();
  const hashText = take(PASSWORD_HASH);
  if (username === "") return failed(`${USERNAME} is required.`);
  if (!USERNAME_FORM.test(username))
    return failed(`${USERNAME} must have 1 to 128 characters and no spaces or tabs.`);
  const birthdate = values.get("birthdate");
  if (birthdate) {
    const date = isoDate(birthdate);
    if (!date) return failed("birthdate must be in the format mm/dd/yyyy.");
    values.set("birthdate", date);
  }
  const updatedAt = values.get("updated_at");
  if (updatedAt && !EPOCH_SECONDS.test(updatedAt)) return failed("updated_at must be epoch time in seconds.");
  const attributes = attributesOf(pool, username, values);
  for (const [name, flag] of Object.entries(VERIFIED_FLAG))
    if (values.get(flag)?.toLowerCase() === "true" && !attributes[name])
      return failed(`${name} is required if ${flag} is true.`);
  if (!(pool.settings.AutoVerifiedAttributes ?? []).some((name) => isVerified(attributes, name)))
    return failed(NOT_VERIFIED);
  const missing = missingRequired(pool, attributes);
  if (missing.length > 0) throw requiredAttributesMissing(missing);
  const wrongMfa = mfaRefusal(pool, mfaEnabled);
  if (wrongMfa) return failed(wrongMfa);
  const { passwordHashingAlgorithm: algorithm } = job;
  const hash = algorithm && hashText !== "" ? { algorithm, hash: hashText } : null;
  const refusal = hash && importedHashRefusal(hash);
  if (refusal) return failed(HASH_REFUSED[refusal]);
  const status = hash || canSignInWithCode(pool, attributes) ? "CONFIRMED" : "RESET_REQUIRED";
  return {
    kind: "user",
    username,
    attributes,
    status,
    mfa: mfaOf(pool, attributes, mfaEnabled === "true"),
    hash,
  };
}

/** Reads a line of the file by Cognito's rules for it. */
export function readRow(place: RowPlace, content: CsvLineContent): RowReading {
  if (content.kind !== "text") return failed(UNREADABLE[content.kind]);
  const fields = csvFields(content.text);
  if (fields.length !== place.columns.length)
    return failed("The number of values does not match the number of columns in the header.");
  const values = new Map<string, string>();
  for (const [index, column] of place.columns.entries()) {
    const value = fields[index];
    if (value) values.set(column, value);
  }
  try {
    return userOf(place, values);
  } catch (refusal) {
    if (!(refusal instanceof ServiceError)) throw refusal;
    return failed(refusal.message.trim().replace(/\s*\n\s*/g, " "));
  }
}
