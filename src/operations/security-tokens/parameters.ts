import { queryValidationError } from "../../domain/errors.ts";
import type { TemporaryCredentials } from "../../domain/iam/index.ts";
import type { Answer, Parameters } from "./operation.ts";

/** What a parameter must satisfy. */
interface TextRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly pattern: RegExp;
}

const violation = (value: string | null, name: string, rule: string) =>
  queryValidationError(
    `1 validation error detected: Value ${value === null ? "null" : `'${value}'`} at '${lowerFirst(name)}' failed to satisfy constraint: Member must ${rule}`,
  );

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** A text that satisfies the rule; undefined when it was not given. @throws ValidationError */
export function optionalText(
  parameters: Parameters,
  { name, min, max, pattern }: TextRule,
): string | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  if (value.length < min) throw violation(value, name, `have length greater than or equal to ${min}`);
  if (value.length > max) throw violation(value, name, `have length less than or equal to ${max}`);
  if (!pattern.test(value))
    throw violation(
      value,
      name,
      `satisfy regular expression pattern: ${pattern.source.replace(/^\^|\$$/g, "")}`,
    );
  return value;
}

/** @throws ValidationError, also when it was not given */
export function requiredText(parameters: Parameters, rule: TextRule): string {
  const value = optionalText(parameters, rule);
  if (value === undefined) throw violation(null, rule.name, "not be null");
  return value;
}

/** DurationSeconds; undefined when it was not given. @throws ValidationError */
export function duration(parameters: Parameters, min: number, max: number): number | undefined {
  const text = parameters.get("DurationSeconds");
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) throw queryValidationError(`${text} is not a number of seconds.`);
  if (seconds < min) throw violation(text, "DurationSeconds", `have value greater than or equal to ${min}`);
  if (seconds > max) throw violation(text, "DurationSeconds", `have value less than or equal to ${max}`);
  return seconds;
}

/** Says of parameters that this server does not act on that it does not, rather than to ignore what narrows or proves something. */
export function refuseParameters(parameters: Parameters, names: readonly string[]): void {
  for (const given of parameters.keys())
    if (names.includes(given.split(".")[0] ?? ""))
      throw queryValidationError(`${given} is not supported here.`);
}

/** Credentials as an answer holds them. */
export const credentialsAnswer = (credentials: TemporaryCredentials): Answer => ({
  AccessKeyId: credentials.accessKeyId,
  SecretAccessKey: credentials.secretAccessKey,
  SessionToken: credentials.sessionToken,
  Expiration: new Date(credentials.expiresAt).toISOString().replace(/\.\d{3}/, ""),
});
