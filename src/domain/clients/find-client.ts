import { clientDoesNotExist, userPoolDoesNotExist } from "../errors.ts";
import type { Repositories } from "../store.ts";
import type { UserPool } from "../user-pools/index.ts";
import type { Client } from "./client.ts";

/** The caller's region and account: pools exist only there. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** @throws ResourceNotFoundException, also for a pool of another region or account */
export async function requirePool(
  store: Pick<Repositories, "userPools">,
  place: Place,
  userPoolId: string,
): Promise<UserPool> {
  const pool = await store.userPools.find(userPoolId);
  if (!pool || pool.region !== place.region || pool.accountId !== place.accountId)
    throw userPoolDoesNotExist(userPoolId);
  return pool;
}

/** A client of this pool. @throws ResourceNotFoundException, also for another pool's client */
export async function requireClientOf(
  store: Pick<Repositories, "clients">,
  pool: UserPool,
  clientId: string,
): Promise<Client> {
  const client = await store.clients.find(clientId);
  if (!client || client.poolKey !== pool.key) throw clientDoesNotExist(clientId);
  return client;
}

/** A client with its pool, for callers who name only the client. @throws ResourceNotFoundException */
export async function requireClient(
  store: Pick<Repositories, "clients" | "userPools">,
  clientId: string,
): Promise<{ client: Client; pool: UserPool }> {
  const client = await store.clients.find(clientId);
  const pool = client && (await store.userPools.byKey(client.poolKey));
  if (!client || !pool) throw clientDoesNotExist(clientId);
  return { client, pool };
}

/** Whether the client asks that nobody learn who has an account. */
export const hidesUserExistence = (client: Pick<Client, "settings">): boolean =>
  client.settings.PreventUserExistenceErrors === "ENABLED";
