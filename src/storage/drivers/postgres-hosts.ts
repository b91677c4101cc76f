import { StorageError } from "../errors.ts";

const AUTHORITY = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/;

/** The hosts of a database, of which one takes writes, as `postgres://user@one:5432,two:5432/name` lists them. */
export class PostgresHosts {
  readonly #urls: readonly string[];
  #current = 0;

  /** @throws StorageError when the URL lists no host */
  constructor(url: string) {
    const [, before = "", hosts = "", after = ""] = AUTHORITY.exec(url) ?? [];
    const list = hosts.split(",");
    if (list.some((host) => host === "") && list.length > 1)
      throw new StorageError("misuse", "The database's URL has an empty host in its list.");
    // libpq's parameter: what is here stays with the primary anyway.
    const rest = after.replace(/([?&])target_session_attrs=[\w-]*&?/, "$1").replace(/[?&]$/, "");
    this.#urls = list.length > 1 ? list.map((host) => `${before}${host}${rest}`) : [url];
  }

  /** Of one host, the one that is tried next. */
  get url(): string {
    return this.#urls[this.#current] ?? "";
  }

  /** Of every host, in their order. */
  get all(): readonly string[] {
    return this.#urls;
  }

  get areSeveral(): boolean {
    return this.#urls.length > 1;
  }

  /** Goes to the next after this one was found away or read-only; where another call has done so, nothing changes. */
  leave(url: string): void {
    if (url === this.url) this.#current = (this.#current + 1) % this.#urls.length;
  }
}
