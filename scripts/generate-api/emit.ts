import { toJavaScriptPattern } from "./java-pattern.ts";
import { type Model, type ModelOperation, type ModelShape, reachable, roots, shapeOf } from "./model.ts";

const quote = (text: string) => JSON.stringify(text);

/** A TypeScript type for every shape that an operation's input or output reaches, and the table of both by operation. */
export function emitShapes(model: Model, operations: readonly string[]): string {
  const names = reachable(model, [
    ...roots(model, operations, "input"),
    ...roots(model, operations, "output"),
  ]);
  const types = names.map((name) => typeDeclaration(name, shapeOf(model, name)));
  const rows = operations.map((name) => {
    const operation = model.operations[name];
    const input = operation?.input?.shape ?? "Record<string, never>";
    return `  ${name}: { input: ${input}; output: ${operation?.output?.shape ?? "void"} };`;
  });
  return [
    ...types,
    "/** Input and output of every operation; `void` where the answer has no body. */",
    "export interface OperationTypes {",
    ...rows,
    "}",
    "",
  ].join("\n");
}

function typeDeclaration(name: string, shape: ModelShape): string {
  if (shape.document) return `/** Any JSON value. */\nexport type ${name} = unknown;\n`;
  switch (shape.type) {
    case "structure": {
      const members = Object.entries(shape.members ?? {});
      if (members.length === 0) return `export type ${name} = Record<string, never>;\n`;
      const required = new Set(shape.required);
      const lines = members.map(
        ([member, { shape: type }]) => `  ${member}${required.has(member) ? "" : "?"}: ${type};`,
      );
      return `export interface ${name} {\n${lines.join("\n")}\n}\n`;
    }
    case "list":
      return `export type ${name} = ${shape.member?.shape}[];\n`;
    case "map":
      return `export type ${name} = Record<string, ${shape.value?.shape}>;\n`;
    case "string":
      return shape.enum === undefined
        ? `export type ${name} = string;\n`
        : `export type ${name} =\n${shape.enum.map((value) => `  | ${quote(value)}`).join("\n")};\n`;
    case "blob":
      return `/** Base64 text, as on the wire. */\nexport type ${name} = string;\n`;
    case "timestamp":
      return `/** Seconds since the Unix epoch, with milliseconds as a fraction. */\nexport type ${name} = number;\n`;
    case "integer":
    case "long":
      return `export type ${name} = number;\n`;
    case "boolean":
      return `export type ${name} = boolean;\n`;
    default:
      throw new Error(`${name}: unknown type ${shape.type}`);
  }
}

/** Who may call each operation, its shapes, its errors and its pagination. */
export function emitOperations(model: Model, operations: readonly string[]): string {
  const rows = operations.map((name) => {
    const operation = model.operations[name] ?? {};
    const errors = (operation.errors ?? []).map((error) => error.shape).sort();
    const pagination = paginationOf(model, operation);
    return [
      `  ${name}: {`,
      `    auth: ${quote(authOf(model, operation))},`,
      `    input: ${operation.input ? quote(operation.input.shape) : "null"},`,
      `    output: ${operation.output ? quote(operation.output.shape) : "null"},`,
      `    errors: [\n${errors.map((error) => `      ${quote(error)},\n`).join("")}    ],`,
      `    pagination: ${
        pagination === null
          ? "null"
          : `{ ${Object.entries(pagination)
              .map(([key, value]) => `${key}: ${value === null ? "null" : quote(value)}`)
              .join(", ")} }`
      },`,
      "  },",
    ].join("\n");
  });
  return `export interface OperationFacts {
  /** How a caller proves itself: a signed request, an access token in the input, or not at all. */
  readonly auth: "sigv4" | "accessToken" | "none";
  /** Name of the input shape; null when the operation takes none. */
  readonly input: string | null;
  /** Name of the output shape; null when the answer has no body. */
  readonly output: string | null;
  /** The exceptions that the model declares. */
  readonly errors: readonly string[];
  /** Members that carry the page: token in, token out, page size, and the list. Null when the operation gives everything at once. */
  readonly pagination: {
    readonly inputToken: string;
    readonly outputToken: string;
    readonly limitKey: string | null;
    readonly resultKey: string | null;
  } | null;
}

export const operations = {
${rows.join("\n")}
} as const satisfies Readonly<Record<string, OperationFacts>>;
`;
}

function authOf(model: Model, operation: ModelOperation): string {
  const unsigned = operation.authtype === "none" || operation.auth?.includes("smithy.api#noAuth") === true;
  if (!unsigned) return "sigv4";
  const members = operation.input ? shapeOf(model, operation.input.shape).members : undefined;
  return members?.AccessToken === undefined ? "none" : "accessToken";
}

/** The description has no pagination of its own: an operation has pages when one token member is in both its input and its output. */
function paginationOf(model: Model, operation: ModelOperation): Record<string, string | null> | null {
  if (!operation.input || !operation.output) return null;
  const input = shapeOf(model, operation.input.shape).members ?? {};
  const output = shapeOf(model, operation.output.shape).members ?? {};
  const token = ["NextToken", "PaginationToken"].find(
    (name) => input[name] !== undefined && output[name] !== undefined,
  );
  if (token === undefined) return null;
  const lists = Object.keys(output).filter(
    (name) => shapeOf(model, output[name]?.shape ?? "").type === "list",
  );
  return {
    inputToken: token,
    outputToken: token,
    limitKey: ["Limit", "MaxResults"].find((name) => input[name] !== undefined) ?? null,
    resultKey: lists.length === 1 ? (lists[0] ?? null) : null,
  };
}

/** The shapes of one side as a table: what validation, and tests of answers, walk. */
export function emitConstraints(
  model: Model,
  operations: readonly string[],
  side: "input" | "output",
): string {
  const rows = reachable(model, roots(model, operations, side)).map(
    (name) => `  ${name}: ${constraintRow(shapeOf(model, name))},`,
  );
  const table = side === "input" ? "inputShapes" : "outputShapes";
  const declaration = side === "input" ? SHAPE_TYPES : 'import type { Shape } from "./constraints.ts";\n';
  const whose =
    side === "input"
      ? "an operation's input"
      : "an operation's output; used by the command line and by tests";
  return `${declaration}
/** Every shape of ${whose}. */
export const ${table}: Readonly<Record<string, Shape>> = {
${rows.join("\n")}
};
`;
}

/** What every declared exception looks like on the wire. */
export function emitExceptions(model: Model, operations: readonly string[]): string {
  const declared = operations.flatMap((name) => model.operations[name]?.errors ?? []);
  const rows = [...new Set(declared.map(({ shape }) => shape))].sort().map((name) => {
    const shape = shapeOf(model, name);
    const status = shape.error?.httpStatusCode ?? (shape.fault ? 500 : 400);
    const members = Object.keys(shape.members ?? {}).map(quote);
    return `  ${name}: { status: ${status}, members: [${members.join(", ")}] },`;
  });
  return `/** HTTP status and body members (besides __type) of every exception that an operation declares; used by tests only. */
export const exceptions: Readonly<Record<string, { readonly status: number; readonly members: readonly string[] }>> = {
${rows.join("\n")}
};
`;
}

const SHAPE_TYPES = `/** Shapes refer to each other by name. Bounds are inclusive; lengths count characters, list or map entries, or a blob's bytes. */
export type Shape =
  | {
      readonly type: "string";
      readonly min?: number;
      readonly max?: number;
      /** The model's text, which validation messages repeat. */
      readonly pattern?: string;
      /** The same as an anchored JavaScript expression for the \`u\` flag. */
      readonly expression?: string;
      readonly enum?: readonly string[];
      readonly sensitive?: true;
    }
  | { readonly type: "integer"; readonly min?: number; readonly max?: number }
  | { readonly type: "boolean" | "timestamp" | "document" }
  | { readonly type: "blob"; readonly min?: number; readonly max?: number }
  | { readonly type: "list"; readonly member: string; readonly min?: number; readonly max?: number; readonly sensitive?: true }
  | {
      readonly type: "map";
      readonly key: string;
      readonly value: string;
      readonly min?: number;
      readonly max?: number;
      readonly sensitive?: true;
    }
  | {
      readonly type: "structure";
      readonly required?: readonly string[];
      /** Member name → shape name. */
      readonly members: Readonly<Record<string, string>>;
      readonly sensitive?: true;
    };
`;

function constraintRow(shape: ModelShape): string {
  const type = shape.document ? "document" : shape.type === "long" ? "integer" : shape.type;
  const fields = [`type: ${quote(type)}`];
  const field = (name: string, value: unknown) => {
    if (value === undefined) return;
    const text = Array.isArray(value)
      ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
      : JSON.stringify(value);
    fields.push(`${name}: ${text}`);
  };
  if (type === "list") field("member", shape.member?.shape);
  if (type === "map") {
    field("key", shape.key?.shape);
    field("value", shape.value?.shape);
  }
  field("min", shape.min);
  field("max", shape.max);
  field("pattern", shape.pattern);
  field("expression", shape.pattern === undefined ? undefined : toJavaScriptPattern(shape.pattern));
  field("enum", shape.enum);
  if (shape.sensitive) field("sensitive", true);
  if (type === "structure") {
    if (shape.required?.length) field("required", shape.required);
    const members = Object.entries(shape.members ?? {}).map(
      ([name, member]) => `      ${name}: ${quote(member.shape)},\n`,
    );
    fields.push(members.length === 0 ? "members: {}" : `members: {\n${members.join("")}    }`);
    return `{\n    ${fields.join(",\n    ")},\n  }`;
  }
  return `{ ${fields.join(", ")} }`;
}

/** What only a command line needs: which operations the SDKs give all pages of. */
export function emitCommandLine(
  model: Model,
  operations: readonly string[],
  paged: readonly string[],
): string {
  const rows = operations
    .filter((name) => paged.includes(name))
    .map((name) => {
      const pagination = paginationOf(model, model.operations[name] ?? {});
      if (!pagination?.limitKey || !pagination.resultKey) throw new Error(`${name} has no pages`);
      const { inputToken, limitKey, resultKey } = pagination;
      return `  ${name}: { token: ${quote(inputToken ?? "")}, limitKey: ${quote(limitKey)}, resultKey: ${quote(resultKey)} },`;
    });
  return `/** Members that carry the page: the token, in and out, the page's size, and the list. */
export interface Pages {
  readonly token: string;
  readonly limitKey: string;
  readonly resultKey: string;
}

/** The operations of which SDKs and the AWS CLI give all pages as one. */
export const pagedOperations: Readonly<Record<string, Pages>> = {
${rows.join("\n")}
};
`;
}
