import type { SchemaAttributeType } from "../../api/generated/shapes.ts";
import { invalidParameter } from "../errors.ts";

const CUSTOM_ATTRIBUTES_PER_POOL = 50;
const LONGEST_CUSTOM_NAME = 20;

function standard(
  name: string,
  type: "String" | "Boolean" | "Number",
  more: Partial<SchemaAttributeType> = {},
): SchemaAttributeType {
  const constraints: Partial<SchemaAttributeType> =
    type === "String"
      ? { StringAttributeConstraints: { MinLength: "0", MaxLength: "2048" } }
      : type === "Number"
        ? { NumberAttributeConstraints: { MinValue: "0" } }
        : {};
  return {
    Name: name,
    AttributeDataType: type,
    DeveloperOnlyAttribute: false,
    Mutable: true,
    Required: false,
    ...constraints,
    ...more,
  };
}

/** The attributes every pool has, in the order and with the constraints that DescribeUserPool shows. */
const STANDARD_ATTRIBUTES: readonly SchemaAttributeType[] = [
  standard("sub", "String", {
    Mutable: false,
    Required: true,
    StringAttributeConstraints: { MinLength: "1", MaxLength: "2048" },
  }),
  standard("name", "String"),
  standard("given_name", "String"),
  standard("family_name", "String"),
  standard("middle_name", "String"),
  standard("nickname", "String"),
  standard("preferred_username", "String"),
  standard("profile", "String"),
  standard("picture", "String"),
  standard("website", "String"),
  standard("email", "String"),
  standard("email_verified", "Boolean"),
  standard("gender", "String"),
  standard("birthdate", "String", { StringAttributeConstraints: { MinLength: "10", MaxLength: "10" } }),
  standard("zoneinfo", "String"),
  standard("locale", "String"),
  standard("phone_number", "String"),
  standard("phone_number_verified", "Boolean"),
  standard("address", "String"),
  standard("updated_at", "Number"),
  standard("identities", "String", { StringAttributeConstraints: {} }),
];

const STANDARD_NAMES = new Set(STANDARD_ATTRIBUTES.map((attribute) => attribute.Name));

const isStandardAttribute = (name: string): boolean => STANDARD_NAMES.has(name);

/** The wire name of a custom attribute: `custom:x`, or `dev:custom:x` for developer-only ones. */
const customName = (attribute: SchemaAttributeType): string =>
  `${attribute.DeveloperOnlyAttribute ? "dev:" : ""}custom:${attribute.Name}`;

function checkConstraints(name: string, attribute: SchemaAttributeType): void {
  const text = attribute.StringAttributeConstraints;
  if (text?.MinLength !== undefined && text.MaxLength !== undefined && +text.MaxLength < +text.MinLength)
    throw invalidParameter(`${name} cannot have a max length shorter than it's min length`);
  for (const bound of [text?.MinLength, text?.MaxLength])
    if (bound !== undefined && !/^\d{1,9}$/.test(bound))
      throw invalidParameter(`${name}: Invalid string attribute constraint ${bound}`);
  const number = attribute.NumberAttributeConstraints;
  for (const bound of [number?.MinValue, number?.MaxValue])
    if (bound !== undefined && (bound.trim() === "" || !Number.isFinite(Number(bound))))
      throw invalidParameter(`${name}: Invalid number attribute constraint ${bound}`);
  if (number?.MinValue !== undefined && number.MaxValue !== undefined && +number.MaxValue < +number.MinValue)
    throw invalidParameter(`${name} cannot have a max value smaller than it's min value`);
}

function customAttribute(given: SchemaAttributeType): SchemaAttributeType {
  if (!given.Name || given.Name.length > LONGEST_CUSTOM_NAME)
    throw invalidParameter(
      `Custom attribute names must have between 1 and ${LONGEST_CUSTOM_NAME} characters.`,
    );
  if (given.Required) throw invalidParameter("Required custom attributes are not supported currently.");
  if (!given.AttributeDataType)
    throw invalidParameter(
      "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
    );
  checkConstraints(customName(given), given);
  return {
    Name: customName(given),
    AttributeDataType: given.AttributeDataType,
    DeveloperOnlyAttribute: given.DeveloperOnlyAttribute ?? false,
    Mutable: given.Mutable ?? true,
    Required: false,
    ...(given.AttributeDataType === "String"
      ? { StringAttributeConstraints: given.StringAttributeConstraints ?? {} }
      : {}),
    ...(given.AttributeDataType === "Number"
      ? { NumberAttributeConstraints: given.NumberAttributeConstraints ?? {} }
      : {}),
  };
}

function overriddenStandard(base: SchemaAttributeType, given: SchemaAttributeType): SchemaAttributeType {
  if (
    (given.AttributeDataType && given.AttributeDataType !== base.AttributeDataType) ||
    given.DeveloperOnlyAttribute
  )
    throw invalidParameter(
      `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${base.Name}`,
    );
  checkConstraints(base.Name ?? "", given);
  return {
    ...base,
    Mutable: given.Mutable ?? base.Mutable,
    Required: given.Required ?? base.Required,
    ...(given.StringAttributeConstraints && base.AttributeDataType === "String"
      ? { StringAttributeConstraints: given.StringAttributeConstraints }
      : {}),
    ...(given.NumberAttributeConstraints && base.AttributeDataType === "Number"
      ? { NumberAttributeConstraints: given.NumberAttributeConstraints }
      : {}),
  };
}

/**
 * A new pool's schema: entries under standard names change those, all others become custom attributes.
 * @throws InvalidParameterException
 */
export function newSchema(given: readonly SchemaAttributeType[]): SchemaAttributeType[] {
  const overrides = new Map<string, SchemaAttributeType>();
  for (const attribute of given)
    if (isStandardAttribute(attribute.Name ?? "")) overrides.set(attribute.Name ?? "", attribute);
  const schema = STANDARD_ATTRIBUTES.map((base) => {
    const override = overrides.get(base.Name ?? "");
    return override ? overriddenStandard(base, override) : base;
  });
  return extendSchema(
    schema,
    given.filter((attribute) => !isStandardAttribute(attribute.Name ?? "")),
  );
}

/**
 * The schema with more custom attributes.
 * @throws InvalidParameterException for a name that exists, or more than 50 custom attributes
 */
export function extendSchema(
  schema: readonly SchemaAttributeType[],
  custom: readonly SchemaAttributeType[],
): SchemaAttributeType[] {
  const extended = [...schema];
  for (const given of custom) {
    const attribute = customAttribute(given);
    if (extended.some((existing) => existing.Name === attribute.Name))
      throw invalidParameter(`${attribute.Name}: Existing attribute already has name ${attribute.Name}.`);
    extended.push(attribute);
  }
  const customCount = extended.length - STANDARD_ATTRIBUTES.length;
  if (customCount > CUSTOM_ATTRIBUTES_PER_POOL)
    throw invalidParameter(`Number of custom attributes must not exceed ${CUSTOM_ATTRIBUTES_PER_POOL}.`);
  return extended;
}
