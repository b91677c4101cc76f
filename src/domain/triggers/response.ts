import { unrecognizableLambdaOutput } from "../errors.ts";

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Readers of what a function answered. The event arrives with null members that many functions echo, so null counts as absent.
 * @throws InvalidLambdaResponseException for a value of another type
 */
function optional<T>(value: unknown, isOne: (value: unknown) => value is T): T | null {
  if (value === undefined || value === null) return null;
  if (!isOne(value)) throw unrecognizableLambdaOutput();
  return value;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isTextList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isTextMap = (value: unknown): value is Record<string, string> =>
  isFields(value) && Object.values(value).every(isText);

export const text = (value: unknown): string | null => optional(value, isText);
export const flag = (value: unknown): boolean => optional(value, isFlag) ?? false;
export const textList = (value: unknown): readonly string[] => optional(value, isTextList) ?? [];
export const fields = (value: unknown): Fields | null => optional(value, isFields);

/** Values that are null are left out, as if the function had not named them. */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  const given = fields(value);
  if (given === null) return {};
  const kept = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== null));
  if (!isTextMap(kept)) throw unrecognizableLambdaOutput();
  return kept;
}
