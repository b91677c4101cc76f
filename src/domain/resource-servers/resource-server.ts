import type { Instant } from "../../runtime/clock.ts";
import type { PoolKey } from "../user-pools/index.ts";

/** What tokens can be asked for: `<identifier>/<scope name>` in a request, a client's settings and the access token. */
export interface Scope {
  /** Without `/`, so that the last one of `<identifier>/<scope name>` divides it. */
  readonly name: string;
  readonly description: string;
}

/** An API that access tokens are for. */
export interface ResourceServer {
  readonly poolKey: PoolKey;
  /** Unique in the pool; may be a URL. */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Instant;
  readonly modifiedAt: Instant;
}
