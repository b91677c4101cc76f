import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import type { Shape } from "../../src/api/generated/constraints.ts";
import { outputShapes } from "../../src/api/generated/output-shapes.ts";
import { isOperationName, operationFacts } from "../../src/api/operation.ts";

/** What an answer has that the model does not allow, one sentence each; empty when it conforms. */
export function outputProblems(operation: string, body: string): string[] {
  if (!isOperationName(operation)) return [`${operation} is not an operation`];
  const shape = operationFacts[operation].output;
  if (shape === null) return body === "" ? [] : [`${operation}: the answer must be empty`];
  return problemsOf(JSON.parse(body), shape, operation);
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
  if (value === null) return [`${path}: is null`];
  switch (shape.type) {
    case "document":
      return [];
    case "structure":
      return isObject(value) ? structureProblems(value, shape, path) : [`${path}: is not an object`];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((element, i) => problemsOf(element, shape.member, `${path}[${i}]`))
        : [`${path}: is not an array`];
    case "map":
      return isObject(value)
        ? Object.entries(value).flatMap(([key, entry]) => problemsOf(entry, shape.value, `${path}.${key}`))
        : [`${path}: is not an object`];
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
    ...missing.map((name) => `${path}.${name}: is required`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const memberShape = shape.members[name];
      return memberShape === undefined
        ? [`${path}.${name}: is not in the model`]
        : problemsOf(member, memberShape, `${path}.${name}`);
    }),
  ];
}

function scalarProblems(
  value: unknown,
  shape: Exclude<Shape, { type: "document" | "structure" | "list" | "map" }>,
  path: string,
): string[] {
  if (shape.type !== "document" && typeof value !== JSON_TYPES[shape.type])
    return [`${path}: is ${typeof value}, not ${shape.type}`];
  if (shape.type === "integer" && !Number.isInteger(value)) return [`${path}: is not an integer`];
  if (shape.type === "string" && shape.enum && !shape.enum.includes(value as string))
    return [`${path}: ${value} is not in the enumeration`];
  return [];
}

/** Checks every successful answer that this client gets; problems are added to the list. */
export function watchOutputs(client: CognitoIdentityProviderClient, problems: string[]): void {
  client.middlewareStack.add(
    (next, context) => async (input) => {
      const result = await next(input);
      const response = result.response as { statusCode: number; body: unknown };
      const body = await bytesOf(response.body);
      response.body = body;
      const operation = (context.commandName ?? "").replace(/Command$/, "");
      if (response.statusCode === 200) problems.push(...outputProblems(operation, body.toString()));
      return result;
    },
    // Beside the wire: before the SDK's own deserializer, which reads the body once.
    { step: "deserialize", priority: "low", name: "watchOutputs" },
  );
}

async function bytesOf(body: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
