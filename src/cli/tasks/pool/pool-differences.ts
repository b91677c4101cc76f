import type { PoolDescription, Settings } from "./pool-description.ts";

/** One thing that is not the same in two pools; undefined where it is not there. */
export interface Difference {
  /** From the pool on: `clients.web.settings.CallbackURLs`. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Members whose values are not shown, only whether they are the same. */
const SECRET = /secret|private_?key|password_?hash/i;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * In a form in which what means the same is the same: nothing, an empty list and an empty structure are nothing, and the order of a
 * list means nothing anywhere in the settings of a pool.
 */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normal).filter((item) => item !== undefined);
    return items.length === 0
      ? undefined
      : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isObject(value)) return value ?? undefined;
  const members = Object.entries(value)
    .map(([name, member]) => [name, normal(member)] as const)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** @param name of the member whose value it is */
function shown(name: string, value: unknown): unknown {
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, shown(member, inner)]));
  return typeof value === "string" && SECRET.test(name) ? "(not shown)" : value;
}

function* between(path: string, from: unknown, to: unknown): Generator<Difference> {
  if (isObject(from) && isObject(to)) {
    for (const name of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort())
      yield* between(path === "" ? name : `${path}.${name}`, from[name], to[name]);
    return;
  }
  const name = path.split(".").at(-1) ?? "";
  if (JSON.stringify(from) !== JSON.stringify(to))
    yield { path, from: shown(name, from), to: shown(name, to) };
}

/** A second factor is offered when its configuration is there, even an empty one. */
const factors = (mfa: Settings) =>
  Object.fromEntries(
    Object.entries(mfa).map(([name, value]) => [
      name,
      isObject(value) ? { ...value, isConfigured: true } : value,
    ]),
  );

/** What is compared of a pool: all of its description but ids. */
const comparable = ({ id: _, pool: __, clients, mfa, ...parts }: PoolDescription) => ({
  ...parts,
  mfa: factors(mfa),
  clients: Object.fromEntries(
    Object.entries(clients).map(([name, { id: ___, name: ____, ...client }]) => [name, client]),
  ),
});

/** Whatever is not the same in two values, after what means the same has been made the same. */
export const differencesOf = (from: unknown, to: unknown, path = ""): Difference[] => [
  ...between(path, normal(from), normal(to)),
];

/** Whatever is not the same in two pools, users aside. */
export const poolDifferences = (from: PoolDescription, to: PoolDescription): Difference[] =>
  differencesOf(comparable(from), comparable(to));
