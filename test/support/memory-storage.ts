import type { ICognitoStorage } from "amazon-cognito-identity-js";

/** What a browser would keep of amazon-cognito-identity-js. */
export class MemoryStorage implements ICognitoStorage {
  readonly #items = new Map<string, string>();
  setItem(key: string, value: string) {
    this.#items.set(key, value);
  }
  getItem(key: string) {
    return this.#items.get(key) ?? null;
  }
  removeItem(key: string) {
    this.#items.delete(key);
  }
  clear() {
    this.#items.clear();
  }
  /** What it remembers of the device itself. */
  get deviceKey(): string | undefined {
    return [...this.#items].find(([key]) => key.endsWith(".deviceKey"))?.[1];
  }
}
