import type { AdminGetUserResponse, UserType } from "../../../api/generated/shapes.ts";

/** A user as a line of JSON Lines has it; an import takes what export writes. */
export interface UserRecord {
  readonly username: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly enabled?: boolean;
  /** ISO 8601. */
  readonly created?: string;
  readonly modified?: string;
  readonly groups?: readonly string[];
  readonly mfa?: { readonly enabled: readonly string[]; readonly preferred: string | null };
  /** In the clear; it stays. Import only, as are the next two. */
  readonly password?: string;
  /** In the clear; to be changed at the first sign-in. */
  readonly temporary_password?: string;
  readonly password_hash?: string;
}

/** Attributes that the service itself gives. */
const NOT_GIVEN: ReadonlySet<string> = new Set(["sub", "identities"]);

/** Values by name. */
export const attributesOf = (list: UserType["Attributes"] = []): Record<string, string> =>
  Object.fromEntries(list.map(({ Name, Value = "" }) => [Name, Value]));

/** Without those that only the service gives. */
export const givenAttributes = ({ attributes }: Pick<UserRecord, "attributes">): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !NOT_GIVEN.has(name)));

const isoTime = (epochSeconds: unknown): string | undefined =>
  typeof epochSeconds === "number" ? new Date(epochSeconds * 1000).toISOString() : undefined;

/** As ListUsers shows a user. */
export function userRecord(user: UserType): UserRecord {
  const created = isoTime(user.UserCreateDate);
  const modified = isoTime(user.UserLastModifiedDate);
  const sms = (user.MFAOptions ?? []).some(({ DeliveryMedium }) => DeliveryMedium === "SMS");
  return {
    username: user.Username ?? "",
    attributes: attributesOf(user.Attributes),
    ...(user.UserStatus === undefined ? {} : { status: user.UserStatus }),
    ...(user.Enabled === undefined ? {} : { enabled: user.Enabled }),
    ...(created === undefined ? {} : { created }),
    ...(modified === undefined ? {} : { modified }),
    ...(sms ? { mfa: { enabled: ["SMS_MFA"], preferred: null } } : {}),
  };
}

/** The second factors of a user, which only AdminGetUser shows. */
export const mfaOf = ({ UserMFASettingList = [], PreferredMfaSetting }: AdminGetUserResponse) => ({
  enabled: [...UserMFASettingList].sort(),
  preferred: PreferredMfaSetting ?? null,
});

/**
 * By what a user is created: the username, or the address where people sign in with one, whose username is given by the service.
 * @param addresses the pool's UsernameAttributes
 */
export function creationName(
  { username, attributes }: Pick<UserRecord, "username" | "attributes">,
  addresses: readonly string[] = [],
): string {
  if (addresses.length === 0) return username;
  const values = addresses.flatMap((name) => attributes[name] ?? []);
  return values.includes(username) ? username : (values[0] ?? username);
}

/** What a line of an import file cannot be read for. */
export class LineFault extends Error {}

const MEMBERS: ReadonlySet<string> = new Set<keyof UserRecord>([
  "username",
  "attributes",
  "status",
  "enabled",
  "created",
  "modified",
  "groups",
  "mfa",
  "password",
  "temporary_password",
  "password_hash",
]);

/** @throws LineFault */
export function readJsonLine(line: string): UserRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LineFault("not a line of JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new LineFault("not an object");
  const record = value as Record<string, unknown>;
  const unknown = Object.keys(record).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined)
    throw new LineFault(`unknown member ${unknown}; attributes belong in "attributes"`);
  const { attributes = {}, groups = [], username, enabled, mfa } = record;
  if (typeof username !== "string" || username === "") throw new LineFault("username is missing");
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes))
    throw new LineFault("attributes is not an object");
  const wrong = Object.entries(attributes).find(([, text]) => typeof text !== "string");
  if (wrong) throw new LineFault(`attribute ${wrong[0]} is not a text`);
  if (!Array.isArray(groups) || groups.some((name) => typeof name !== "string"))
    throw new LineFault("groups is not a list of names");
  if (enabled !== undefined && typeof enabled !== "boolean")
    throw new LineFault("enabled is not true or false");
  if (mfa !== undefined && !Array.isArray((mfa as { enabled?: unknown } | null)?.enabled))
    throw new LineFault("mfa has no list of what is enabled");
  for (const name of ["password", "temporary_password", "password_hash"])
    if (record[name] !== undefined && typeof record[name] !== "string")
      throw new LineFault(`${name} is not a text`);
  if (record.password !== undefined && record.temporary_password !== undefined)
    throw new LineFault("password and temporary_password exclude each other");
  return { ...record, attributes } as unknown as UserRecord;
}
