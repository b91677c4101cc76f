/**
 * What only the JavaScript SDK knows: operations, shapes and members newer than the service description.
 *
 * Its runtime schemas are tuples. [3, namespace, name, traits, memberNames, memberSchemas, requiredCount] is a structure whose
 * first `requiredCount` members are required; [1, …, element] a list; [2, …, key, value] a map; [0, …, type] a named simple type;
 * [9, …, input, output] an operation. A schema may also be a function that gives it, a pair [schema, traits], "unit", or a number:
 * 0 string, 1 number, 2 boolean, 4 timestamp, 15 document, 21 blob, plus 64 for a list of it or 128 for a map of it. Trait bit 8
 * is "sensitive". Enumerations are linked to members only by the package's type declarations, error lists and unsigned operations only by
 * its commands' declarations and its auth scheme provider: these are read as text.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Model, ModelShape } from "./model.ts";

const PACKAGE = "@aws-sdk/client-cognito-identity-provider";
const SENSITIVE = 8;
const SIMPLE: Readonly<Record<number, string>> = {
  0: "PlainString",
  1: "IntegerType",
  2: "BooleanType",
  4: "DateType",
  15: "Document",
  21: "PlainBlob",
};

type Schema = readonly unknown[];

/** Adds to `model` every operation, shape and structure member that only the SDK has. What the model has is left as it is. */
export async function mergeSdk(model: Model): Promise<void> {
  const require = createRequire(import.meta.url);
  const exported = (await import(PACKAGE)) as Record<string, unknown>;
  const root = dirname(dirname(require.resolve(PACKAGE)));
  const text = (path: string) => readFileSync(join(root, path), "utf8");
  const declarations = declaredMembers(
    text("dist-types/models/models_0.d.ts") + text("dist-types/models/models_1.d.ts"),
  );
  const unsigned = new Set(
    [...text("dist-es/auth/httpAuthSchemeProvider.js").matchAll(/case "(\w+)"/g)].map((match) => match[1]),
  );

  const add = (name: string, shape: ModelShape): string => {
    model.shapes[name] ??= shape;
    return name;
  };

  /** The shape name of a member's schema; `declared` is the type that the declarations give it. */
  const reference = (schema: unknown, declared: string): string => {
    const resolved = typeof schema === "function" ? schema() : schema;
    if (typeof resolved === "number") return ofNumber(resolved, declared);
    if (!Array.isArray(resolved)) throw new Error(`unknown schema ${String(resolved)}`);
    if (typeof resolved[0] !== "number") return reference(resolved[0], declared);
    return named(resolved);
  };

  const ofNumber = (type: number, declared: string): string => {
    if (type >= 128) {
      const value = ofNumber(type - 128, /^Record<string, (.*)>$/.exec(declared)?.[1] ?? "");
      return add(`${value}Map`, { type: "map", key: { shape: ofNumber(0, "") }, value: { shape: value } });
    }
    if (type >= 64) {
      const element = ofNumber(type - 64, declared.replace(/\[\]$/, ""));
      return add(`${element}List`, { type: "list", member: { shape: element } });
    }
    const values = exported[declared];
    if (type === 0 && typeof values === "object" && values !== null)
      return add(declared, { type: "string", enum: Object.values(values) });
    const name = SIMPLE[type];
    if (name === undefined) throw new Error(`unknown simple type ${type}`);
    if (name === "PlainString") add(name, { type: "string" });
    if (name === "PlainBlob") add(name, { type: "blob" });
    return name;
  };

  const named = (schema: Schema): string => {
    const [kind, , name, traits] = schema as [number, string, string, unknown];
    const sensitive = typeof traits === "number" && (traits & SENSITIVE) !== 0 ? { sensitive: true } : {};
    if (kind === 3) return structure(schema);
    if (model.shapes[name] !== undefined) return name;
    if (kind === 1)
      return add(name, { type: "list", member: { shape: reference(schema[4], "") }, ...sensitive });
    if (kind === 2)
      return add(name, {
        type: "map",
        key: { shape: reference(schema[4], "") },
        value: { shape: reference(schema[5], "") },
        ...sensitive,
      });
    if (kind !== 0) throw new Error(`unknown schema kind ${kind} of ${name}`);
    if (schema[4] !== 0) throw new Error(`${name}: only strings are expected here`);
    return add(name, { type: "string", ...sensitive });
  };

  const structure = (schema: Schema): string => {
    const [, , name, , memberNames, memberSchemas, requiredCount] = schema as [
      number,
      string,
      string,
      unknown,
      string[],
      unknown[],
      number?,
    ];
    const members: Record<string, { shape: string }> = { ...model.shapes[name]?.members };
    const required =
      model.shapes[name] === undefined
        ? memberNames.slice(0, requiredCount ?? 0)
        : model.shapes[name].required;
    memberNames.forEach((member, i) => {
      members[member] ??= { shape: reference(memberSchemas[i], declarations[name]?.[member] ?? "") };
    });
    model.shapes[name] = {
      ...(model.shapes[name] ?? { type: "structure" }),
      members,
      ...(required ? { required } : {}),
    };
    return name;
  };

  const schemas = Object.values(exported).filter((value): value is Schema => Array.isArray(value));
  for (const schema of schemas) if (schema[0] === 3) structure(schema);
  for (const schema of schemas) {
    const name = String(schema[2]);
    if (schema[0] !== 9 || model.operations[name] !== undefined) continue;
    const [input, output] = [schema[4], schema[5]].map((side) =>
      typeof side === "function" ? side() : side,
    );
    const errors = [
      ...text(`dist-types/commands/${name}Command.d.ts`).matchAll(/@throws \{@link (\w+Exception)\} \(/g),
    ];
    model.operations[name] = {
      ...(input === "unit" ? {} : { input: { shape: named(input) } }),
      ...(output === "unit" ? {} : { output: { shape: named(output) } }),
      errors: errors.map((match) => ({ shape: String(match[1]) })),
      ...(unsigned.has(name) ? { authtype: "none" } : {}),
    };
  }
}

/** Names of the operations that the SDK has a paginator for. */
export function pagedOperations(): readonly string[] {
  const root = dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
  return readdirSync(join(root, "dist-types", "pagination")).flatMap(
    (file) => /^(\w+)Paginator\.d\.ts$/.exec(file)?.[1] ?? [],
  );
}

/** interface name → member name → type text without `| undefined`. */
function declaredMembers(declarations: string): Record<string, Record<string, string>> {
  const interfaces: Record<string, Record<string, string>> = {};
  for (const [, name, body] of declarations.matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)) {
    const members: Record<string, string> = {};
    for (const [, member, type] of (body ?? "")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .matchAll(/^\s*(\w+)\??: (.*?)(?: \| undefined)?;$/gm))
      members[String(member)] = String(type);
    interfaces[String(name)] = members;
  }
  return interfaces;
}
