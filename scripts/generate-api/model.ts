/** The parts of botocore's service-2.json that the generator reads. */
export interface Model {
  readonly metadata: { readonly apiVersion: string };
  readonly operations: Record<string, ModelOperation>;
  readonly shapes: Record<string, ModelShape>;
}

export interface ModelOperation {
  readonly input?: { readonly shape: string };
  readonly output?: { readonly shape: string };
  readonly errors?: readonly { readonly shape: string }[];
  /** "none" when the call is not signed; older descriptions have only this. */
  readonly authtype?: string;
  /** Holds "smithy.api#noAuth" when the call is not signed; newer descriptions have this too. */
  readonly auth?: readonly string[];
}

export interface ModelShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Record<string, { readonly shape: string }>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly sensitive?: boolean;
  /** True for an exception that is the service's fault: HTTP status 500. */
  readonly fault?: boolean;
  readonly error?: { readonly httpStatusCode?: number };
  /** A structure without members that stands for any JSON value. */
  readonly document?: boolean;
}

export function shapeOf(model: Model, name: string): ModelShape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the service description has no shape ${name}`);
  return shape;
}

/** Names of the shapes that `roots` refer to, directly or not, and `roots` themselves; sorted. */
export function reachable(model: Model, roots: readonly string[]): string[] {
  const found = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const shape = shapeOf(model, name);
    for (const reference of [shape.member, shape.key, shape.value, ...Object.values(shape.members ?? {})])
      if (reference !== undefined) pending.push(reference.shape);
  }
  return [...found].sort();
}

/** Names of the operations' input or output shapes. */
export function roots(model: Model, operations: readonly string[], side: "input" | "output"): string[] {
  return operations.flatMap((name) => model.operations[name]?.[side]?.shape ?? []);
}
