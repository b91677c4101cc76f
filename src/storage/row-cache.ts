/** Makes an object and everything in it read-only, so that one copy can be handed to all. Bytes stay as they are. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

/** Holds at most `capacity` entries; the one unused for longest goes first. */
export class LeastRecentlyUsed<K, V> {
  readonly #capacity: number;
  readonly #entries = new Map<K, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}

/**
 * Decoded rows by id and version. The version always comes from the database, so that a change on any node shows at once; what is
 * saved is reading and parsing the settings. Versions are random and never used twice: a transaction that is rolled back or a
 * database that is restored cannot bring one back with other content.
 */
export class RowCache<T> {
  readonly #rows: LeastRecentlyUsed<string, { readonly version: number; readonly value: T }>;

  constructor(capacity: number) {
    this.#rows = new LeastRecentlyUsed(capacity);
  }

  get(id: string, version: number): T | null {
    const row = this.#rows.get(id);
    return row?.version === version ? row.value : null;
  }

  set(id: string, version: number, value: T): T {
    this.#rows.set(id, { version, value: deepFreeze(value) });
    return value;
  }
}
