import type { PoolKey } from "../user-pools/index.ts";
import type { ResourceServer } from "./resource-server.ts";

export interface ResourceServers {
  /** False when the pool has a server of that identifier. */
  insert(server: ResourceServer): Promise<boolean>;
  find(poolKey: PoolKey, identifier: string): Promise<ResourceServer | null>;
  /** Writes name, scopes and modifiedAt; false when there is no such server. */
  save(server: Omit<ResourceServer, "createdAt">): Promise<boolean>;
  /** False when there was none. */
  remove(poolKey: PoolKey, identifier: string): Promise<boolean>;
  /** Ordered by identifier, after `afterIdentifier`. */
  list(poolKey: PoolKey, page: { afterIdentifier: string | null; limit: number }): Promise<ResourceServer[]>;
  /** Exact up to `cap`. */
  count(poolKey: PoolKey, cap: number): Promise<number>;
}
