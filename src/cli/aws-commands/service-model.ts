import type { Pages } from "../../api/generated/command-line.ts";
import type { Shape } from "../../api/generated/constraints.ts";

/** What a command needs to know of its operation. */
export interface OperationModel {
  /** As the API names it: `ListUserPools`. */
  readonly name: string;
  /** Name of the input's structure; null when it takes none. */
  readonly input: string | null;
  /** Name of the output's structure; null when the answer has no body. */
  readonly output: string | null;
  /** Sent without a signature. */
  readonly unsigned: boolean;
  readonly pages: Pages | null;
}

/** A service of the command line. */
export interface ServiceModel {
  /** The word of the command line, and the service that requests are signed for. */
  readonly name: string;
  /** The operations by their words, `list-user-pools`. */
  readonly operations: ReadonlyMap<string, OperationModel>;
  readonly shapes: (side: "input" | "output") => Readonly<Record<string, Shape>>;
  readonly protocol: "json" | "query";
  /** Of the variable AWS_ENDPOINT_URL_… and, in lower case, of a services section. */
  readonly endpointName: string;
}

/** `ListUserPools` → `list-user-pools`, by the rules of the SDK for Python. */
export function commandName(name: string): string {
  const plural = /[A-Z]{2,}s$/.exec(name)?.[0];
  return (plural ? `${name.slice(0, -plural.length)}-${plural.toLowerCase()}` : name)
    .replace(/(.)([A-Z][a-z]+)/g, "$1-$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}

export type StructureShape = Extract<Shape, { type: "structure" }>;

/** @throws when the table lacks the shape, which would be a fault of its generator */
export function shapeNamed(shapes: Readonly<Record<string, Shape>>, name: string): Shape {
  const shape = shapes[name];
  if (!shape) throw new Error(`no shape ${name}`);
  return shape;
}

export function structureNamed(shapes: Readonly<Record<string, Shape>>, name: string): StructureShape {
  const shape = shapeNamed(shapes, name);
  if (shape.type !== "structure") throw new Error(`${name} is no structure`);
  return shape;
}
