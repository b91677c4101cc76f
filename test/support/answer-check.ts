import type { Shape } from "../../src/api/generated/constraints.ts";
import { exceptions } from "../../src/api/generated/exceptions.ts";
import { outputShapes } from "../../src/api/generated/output-shapes.ts";
import { isOperationName, type OperationName, operationFacts } from "../../src/api/operation.ts";

/** An answer of the API as it was on the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What a problem says where the server failed instead of answering. */
export const FAULT = "a fault of the server";

/**
 * What an answer has that the protocol or the API's model does not allow, one sentence each; empty when it conforms. The operation
 * is the one that the request named, whether or not there is such an operation.
 */
export function answerProblems(operation: string, answer: WireAnswer): string[] {
  const problems = envelopeProblems(answer);
  if (answer.status === 200) problems.push(...outputProblems(operation, answer.body));
  else problems.push(...errorProblems(operation, answer));
  return problems
    .map((problem) => `${operation}: ${problem}`)
    .filter((problem) => !CAPTURED_OUTPUTS.includes(problem));
}

/** Answers of the service, as captured, that its own model does not allow: a prefix domain has an empty CustomDomainConfig. */
const CAPTURED_OUTPUTS: readonly string[] = [
  "DescribeUserPoolDomain: answer.DomainDescription.CustomDomainConfig.CertificateArn is required",
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function envelopeProblems({ headers, body }: WireAnswer): string[] {
  const problems: string[] = [];
  const contentType = headers["content-type"];
  if (contentType !== "application/x-amz-json-1.1") problems.push(`the content type is ${contentType}`);
  const requestId = headers["x-amzn-requestid"];
  if (requestId === undefined || !UUID.test(requestId)) problems.push(`the request id is ${requestId}`);
  if (headers["content-length"] !== String(Buffer.byteLength(body)))
    problems.push(`the content length is ${headers["content-length"]}`);
  return problems;
}

// Errors

/** What the front end answers with before an operation runs, and may for any operation. Status and the member that has the text. */
const FRAMEWORK_ERRORS: Readonly<Record<string, readonly [status: number, text: string]>> = {
  AccessDeniedException: [400, "Message"],
  ExpiredTokenException: [400, "message"],
  IncompleteSignatureException: [400, "message"],
  InvalidSignatureException: [400, "message"],
  MissingAuthenticationTokenException: [400, "message"],
  RequestEntityTooLargeException: [413, "message"],
  SerializationException: [400, "Message"],
  TooManyRequestsException: [400, "message"],
  UnknownOperationException: [400, "message"],
  UnrecognizedClientException: [400, "message"],
};

/** Errors that the documentation of an operation names though its model does not declare them. */
const DOCUMENTED_ERRORS: Readonly<Record<string, readonly string[]>> = {
  // ForceAliasCreation: "If this parameter is set to False, the API throws an AliasExistsException error if the alias already exists."
  AdminCreateUser: ["AliasExistsException"],
};

const isDeclared = (operation: OperationName, code: string): boolean =>
  operationFacts[operation].errors.includes(code) || (DOCUMENTED_ERRORS[operation] ?? []).includes(code);

function errorProblems(operation: string, { status, headers, body }: WireAnswer): string[] {
  const content = objectOf(body);
  if (content === null) return [`the error is not an object: ${body.slice(0, 200)}`];
  const { __type: code, ...rest } = content;
  if (typeof code !== "string") return [`the error has no __type: ${body.slice(0, 200)}`];
  if (status >= 500) return [`${FAULT}: ${code}`];
  const framework = FRAMEWORK_ERRORS[code];
  const declared = isOperationName(operation) && isDeclared(operation, code);
  if (!framework && !declared) return [`${code} is not declared`];
  const problems: string[] = [];
  const rightStatus = framework?.[0] ?? exceptions[code]?.status;
  if (status !== rightStatus) problems.push(`${code} has status ${status}`);
  const texts = declared && framework === undefined ? (exceptions[code]?.members ?? []) : [framework?.[1]];
  for (const [name, text] of Object.entries(rest)) {
    if (!texts.includes(name)) problems.push(`${code} has a member ${name}`);
    if (typeof text !== "string" || text === "") problems.push(`${code}.${name} is ${JSON.stringify(text)}`);
  }
  const type = headers["x-amzn-errortype"];
  if (type !== `${code}:`) problems.push(`${code} has the type header ${type}`);
  const message = rest.message ?? rest.Message;
  const inHeader = headers["x-amzn-errormessage"];
  if (typeof message !== "string") {
    if (inHeader !== undefined) problems.push(`${code} has a message in its header only`);
  } else if (inHeader !== repeatable(message)) problems.push(`${code} has the message header ${inHeader}`);
  return problems;
}

/** As a header can say it: one line of ASCII, of which the first 2048 characters. */
const repeatable = (message: string): string =>
  message
    .slice(0, 2048)
    .replace(/[\r\n]+/g, " ")
    .replace(/[^\x20-\x7e]/gu, "?")
    .trim();

function objectOf(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

// Outputs

function outputProblems(operation: string, body: string): string[] {
  if (!isOperationName(operation)) return ["is no operation and yet answered"];
  const shape = operationFacts[operation].output;
  if (shape === null) return body === "" ? [] : ["the answer is not empty"];
  const output = objectOf(body);
  return output === null ? ["the answer is not an object"] : problemsOf(output, shape, "answer");
}

const JSON_TYPES = {
  string: "string",
  blob: "string",
  integer: "number",
  timestamp: "number",
  boolean: "boolean",
} as const;

function problemsOf(value: unknown, shapeName: string, path: string): string[] {
  const shape = outputShapes[shapeName];
  if (shape === undefined) return [`${path}: no shape ${shapeName}`];
  if (value === null) return [`${path} is null`];
  switch (shape.type) {
    case "document":
      return [];
    case "structure":
      return isObject(value) ? structureProblems(value, shape, path) : [`${path} is not an object`];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((element, i) => problemsOf(element, shape.member, `${path}[${i}]`))
        : [`${path} is not an array`];
    case "map":
      return isObject(value)
        ? Object.entries(value).flatMap(([key, entry]) => [
            ...problemsOf(key, shape.key, `${path} key`),
            ...problemsOf(entry, shape.value, `${path}.${key}`),
          ])
        : [`${path} is not an object`];
    default:
      return scalarProblems(value, shape, path);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function structureProblems(
  value: Record<string, unknown>,
  shape: Extract<Shape, { type: "structure" }>,
  path: string,
): string[] {
  const missing = (shape.required ?? []).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => `${path}.${name} is required`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const memberShape = shape.members[name];
      return memberShape === undefined
        ? [`${path}.${name} is not in the model`]
        : problemsOf(member, memberShape, `${path}.${name}`);
    }),
  ];
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Timestamps are seconds: what would be beyond the year 5138 is milliseconds. */
const SECONDS = 1e11;

function scalarProblems(
  value: unknown,
  shape: Exclude<Shape, { type: "document" | "structure" | "list" | "map" }>,
  path: string,
): string[] {
  if (shape.type === "document") return [];
  if (typeof value !== JSON_TYPES[shape.type]) return [`${path} is ${typeof value}, not ${shape.type}`];
  switch (shape.type) {
    case "integer":
      return Number.isSafeInteger(value) ? [] : [`${path} is not a whole number`];
    case "timestamp": {
      const seconds = value as number;
      const isInstant = Math.abs(seconds) < SECONDS && Number(seconds.toFixed(3)) === seconds;
      return isInstant ? [] : [`${path} is ${seconds}, not seconds with milliseconds at most`];
    }
    case "blob":
      return BASE64.test(value as string) ? [] : [`${path} is not base64`];
    case "string":
      return shape.enum === undefined || shape.enum.includes(value as string)
        ? []
        : [`${path} is ${value}, not one of the enumeration`];
    default:
      return [];
  }
}
