import { inputShapes } from "../../api/generated/constraints.ts";
import { type OperationName, operationFacts } from "../../api/operation.ts";
import { type Pattern, patternOf } from "./patterns.ts";

/** The constraint table with its references resolved, so that a request is walked without lookups. */
export type Schema =
  | StringSchema
  | IntegerSchema
  | PlainSchema
  | BlobSchema
  | ListSchema
  | MapSchema
  | StructureSchema;

/** Lower and upper bound, inclusive: of a value, a length in characters or bytes, or a number of entries. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface StringSchema extends Bounds {
  readonly type: "string";
  readonly pattern: Pattern | null;
  readonly enum: ReadonlySet<string> | null;
  /** Messages name the member but do not print its value. */
  readonly hidden: boolean;
}

export interface IntegerSchema extends Bounds {
  readonly type: "integer";
}

export interface PlainSchema {
  readonly type: "boolean" | "timestamp" | "document";
}

export interface BlobSchema extends Bounds {
  readonly type: "blob";
}

export interface ListSchema extends Bounds {
  readonly type: "list";
  readonly element: Schema;
  readonly hidden: boolean;
}

export interface MapSchema extends Bounds {
  readonly type: "map";
  readonly key: StringSchema;
  readonly value: Schema;
  readonly hidden: boolean;
}

export interface StructureSchema {
  readonly type: "structure";
  readonly hidden: boolean;
  readonly members: readonly MemberSchema[];
}

export interface MemberSchema {
  /** As on the wire, in PascalCase. */
  readonly name: string;
  /** As in a validation message: the first letter small. */
  readonly path: string;
  readonly required: boolean;
  readonly schema: Schema;
}

const resolved = new Map<string, Schema>();
const EMPTY: StructureSchema = { type: "structure", hidden: false, members: [] };

/** The schema of an operation's input, resolved on first use. */
export function inputSchema(operation: OperationName): StructureSchema {
  const shape = operationFacts[operation].input;
  if (shape === null) return EMPTY;
  const schema = schemaOf(shape);
  if (schema.type !== "structure") throw new Error(`${shape} is not a structure`);
  return schema;
}

/** The schema of one shape of the constraint table. */
export function schemaOf(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const schema = resolve(name);
  resolved.set(name, schema);
  return schema;
}

/** Sensitive in the public model, yet seen printed in the service's messages. */
const PRINTED: ReadonlySet<string> = new Set(["ClientIdType", "SoftwareTokenMFAUserCodeType"]);

function resolve(name: string): Schema {
  const shape = inputShapes[name];
  if (shape === undefined) throw new Error(`the constraint table has no shape ${name}`);
  switch (shape.type) {
    case "string":
      return {
        type: "string",
        ...boundsOf(shape),
        pattern:
          shape.pattern === undefined || shape.expression === undefined
            ? null
            : patternOf(name, shape.pattern, shape.expression),
        enum: shape.enum === undefined ? null : new Set(shape.enum),
        hidden: shape.sensitive === true && !PRINTED.has(name),
      };
    case "integer":
    case "blob":
      return { type: shape.type, ...boundsOf(shape) };
    case "boolean":
    case "timestamp":
    case "document":
      return { type: shape.type };
    case "list": {
      const element = schemaOf(shape.member);
      return {
        type: "list",
        ...boundsOf(shape),
        element,
        hidden: shape.sensitive === true || isHidden(element),
      };
    }
    case "map": {
      const key = schemaOf(shape.key);
      const value = schemaOf(shape.value);
      if (key.type !== "string") throw new Error(`the keys of ${name} are not strings`);
      const hidden = shape.sensitive === true || key.hidden || isHidden(value);
      return { type: "map", ...boundsOf(shape), key, value, hidden };
    }
    case "structure": {
      const required = new Set(shape.required);
      const members: MemberSchema[] = [];
      for (const [member, memberShape] of Object.entries(shape.members))
        members.push({
          name: member,
          path: member.charAt(0).toLowerCase() + member.slice(1),
          required: required.has(member),
          schema: schemaOf(memberShape),
        });
      return { type: "structure", hidden: shape.sensitive === true, members };
    }
  }
}

function boundsOf(shape: { readonly min?: number; readonly max?: number }): Bounds {
  return { min: shape.min ?? Number.NEGATIVE_INFINITY, max: shape.max ?? Number.POSITIVE_INFINITY };
}

/** Only strings have a one-line form that is safe to print, and not all of them. */
function isHidden(element: Schema): boolean {
  return element.type !== "string" || element.hidden;
}
