import type { PageRequest, PoolKey } from "../user-pools/index.ts";
import type { Client } from "./client.ts";

export interface Clients {
  insert(client: Client): Promise<void>;
  find(id: string): Promise<Client | null>;
  /** Reads the client for a change: in a transaction, no one else changes it until the end. */
  lock(id: string): Promise<Client | null>;
  /** Writes settings, ssoSession, secrets and modifiedAt. */
  save(client: Client): Promise<void>;
  /** Ordered by key. */
  list(poolKey: PoolKey, page: PageRequest): Promise<Client[]>;
  count(poolKey: PoolKey): Promise<number>;
  /** Removes the client and its refresh sessions; false when there was none. */
  remove(id: string): Promise<boolean>;
}
