import type { AttributeType, SchemaAttributeType } from "../../api/generated/shapes.ts";
import { attributesDoNotConform, invalidParameter, unauthorizedAttributeWrite } from "../errors.ts";
import type { UserPool } from "../user-pools/index.ts";

/** Who writes: an administrator sees the whole schema, a person what the client may write. */
export type AttributeWriter =
  | { readonly kind: "administrator" }
  | { readonly kind: "user"; readonly writable: readonly string[] | undefined };

/** Changed values by name; null removes the attribute. */
export type AttributeChanges = Readonly<Record<string, string | null>>;

const LONGEST_VALUE_BYTES = 2048;
/** One @, no spaces or control characters, a dot in the domain; SMTP decides the rest. */
const EMAIL = /^[^\s@"(),:;<>[\\\]]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
/** E.164: a plus sign and up to 15 digits. */
const PHONE = /^\+[1-9]\d{1,14}$/;

export const isEmailAddress = (text: string): boolean =>
  text.length <= 320 && EMAIL.test(text) && !/\p{Cc}/u.test(text);
export const isPhoneNumber = (text: string): boolean => PHONE.test(text);

const isVerifiedFlag = (name: string): boolean =>
  name === "email_verified" || name === "phone_number_verified";

function checkWritable(name: string, schema: SchemaAttributeType | undefined, writer: AttributeWriter): void {
  if (writer.kind === "administrator") {
    if (name === "sub" || name === "identities")
      throw invalidParameter(`Cannot modify the non-mutable attribute ${name}`);
    if (!schema) throw attributesDoNotConform(`Type for attribute {${name}} could not be determined`);
    return;
  }
  if (!schema) throw attributesDoNotConform(`${name}: Attribute does not exist in the schema.\n`);
  if (name === "sub" || name === "identities" || isVerifiedFlag(name) || schema.DeveloperOnlyAttribute)
    throw unauthorizedAttributeWrite();
  if (writer.writable && !writer.writable.includes(name) && !schema.Required)
    throw unauthorizedAttributeWrite();
}

function checkedNumber(name: string, value: string, schema: SchemaAttributeType): string {
  const number = Number(value);
  const { MinValue, MaxValue } = schema.NumberAttributeConstraints ?? {};
  if (value.trim() === "" || !Number.isFinite(number))
    throw attributesDoNotConform(`${name}: Number attribute value is not valid.\n`);
  if (MinValue !== undefined && number < Number(MinValue))
    throw attributesDoNotConform(`${name}: Number must be no smaller than ${MinValue}\n`);
  if (MaxValue !== undefined && number > Number(MaxValue))
    throw attributesDoNotConform(`${name}: Number must be no larger than ${MaxValue}\n`);
  return value;
}

function checkedString(name: string, value: string, schema: SchemaAttributeType): string {
  if (name === "email" && !isEmailAddress(value)) throw invalidParameter("Invalid email address format.");
  if (name === "phone_number" && !isPhoneNumber(value))
    throw invalidParameter("Invalid phone number format.");
  const { MinLength, MaxLength } = schema.StringAttributeConstraints ?? {};
  const length = [...value].length;
  if (MinLength !== undefined && length < Number(MinLength))
    throw attributesDoNotConform(`${name}: String must be no shorter than ${MinLength} characters\n`);
  if (MaxLength !== undefined && length > Number(MaxLength))
    throw attributesDoNotConform(`${name}: String must be no longer than ${MaxLength} characters\n`);
  return value;
}

/** The value as it is stored: booleans become lower case; all values are strings. */
function checkedValue(name: string, value: string, schema: SchemaAttributeType): string {
  if (Buffer.byteLength(value) > LONGEST_VALUE_BYTES)
    throw attributesDoNotConform(
      `${name}: String must be no longer than ${LONGEST_VALUE_BYTES} characters\n`,
    );
  switch (schema.AttributeDataType) {
    case "Boolean": {
      const text = value.toLowerCase();
      if (text !== "true" && text !== "false")
        throw attributesDoNotConform(`${name}: Boolean attribute value must be true or false.\n`);
      return text;
    }
    case "Number":
      return checkedNumber(name, value, schema);
    case "DateTime":
      if (Number.isNaN(Date.parse(value)) && !/^\d{1,15}$/.test(value))
        throw attributesDoNotConform(`${name}: DateTime attribute value is not valid.\n`);
      return value;
    default:
      return checkedString(name, value, schema);
  }
}

/**
 * Checks attributes that are to be written, at creation or later.
 * An empty value removes the attribute (at creation it is as if not given).
 * @throws InvalidParameterException, NotAuthorizedException
 */
export function checkAttributes(
  pool: UserPool,
  given: readonly AttributeType[],
  writer: AttributeWriter,
  moment: "creation" | "update",
): AttributeChanges {
  const schema = new Map(pool.settings.SchemaAttributes?.map((attribute) => [attribute.Name, attribute]));
  const changes: Record<string, string | null> = {};
  for (const { Name: name, Value: value } of given) {
    const attribute = schema.get(name);
    checkWritable(name, attribute, writer);
    if (!attribute) continue;
    if (moment === "update" && !attribute.Mutable)
      throw invalidParameter(`user.${name}: Attribute cannot be updated.\n`);
    if (value === undefined || value === "") {
      if (attribute.Required && moment === "update") throw requiredAttributesMissing([name]);
      changes[name] = null;
    } else changes[name] = checkedValue(name, value, attribute);
  }
  return changes;
}

/** The attributes with the changes applied; a removed address takes its verified flag along. */
export function withChanges(
  attributes: Readonly<Record<string, string>>,
  changes: AttributeChanges,
): Record<string, string> {
  const merged = new Map(Object.entries(attributes));
  for (const [name, value] of Object.entries(changes))
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  if (!merged.has("email")) merged.delete("email_verified");
  if (!merged.has("phone_number")) merged.delete("phone_number_verified");
  return Object.fromEntries(merged);
}

/** Names of the required attributes that are not set, in schema order; sub does not count. */
export function missingRequired(
  pool: Pick<UserPool, "settings">,
  attributes: Readonly<Record<string, string>>,
): string[] {
  return (pool.settings.SchemaAttributes ?? [])
    .filter(
      (attribute) => attribute.Required && attribute.Name !== "sub" && !attributes[attribute.Name ?? ""],
    )
    .map((attribute) => attribute.Name ?? "");
}

/** One name on one line; several each on a line of their own. */
export function requiredAttributesMissing(names: readonly string[]) {
  const lines = names.map((name) => `${name}: The attribute is required`);
  return attributesDoNotConform(
    lines.length === 1 ? (lines[0] ?? "") : lines.map((line) => `${line}\n`).join(""),
  );
}

/** What a client may show of a user: all, unless it has a read list. */
export function readableAttributes(
  pool: UserPool,
  readable: readonly string[] | undefined,
  attributes: Readonly<Record<string, string>>,
): Record<string, string> {
  const developerOnly = new Set(
    pool.settings.SchemaAttributes?.filter((a) => a.DeveloperOnlyAttribute).map((a) => a.Name),
  );
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => !developerOnly.has(name) && (!readable || readable.includes(name)),
    ),
  );
}
