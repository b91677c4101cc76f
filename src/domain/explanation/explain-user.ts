import { lockOf, usablePasskeys } from "../authentication/index.ts";
import { type Client, requireClientOf } from "../clients/index.ts";
import { userDoesNotExist } from "../errors.ts";
import type { Services } from "../services.ts";
import type { UserPool } from "../user-pools/index.ts";
import { findUser, srpCredential, type User } from "../users/index.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explanation.ts";
import { historyOf } from "./history.ts";
import type { ExplainedClient, Situation } from "./situation.ts";

/** Of the audit trail that are looked at. */
const RECORDS = 200;
const CLIENTS = 20;
const DEVICES = 60;

async function situationOf(services: Services, pool: UserPool, user: User): Promise<Situation> {
  const { store, clock } = services;
  const now = clock.now();
  const stored = await store.passwords.find(user.key);
  const devices = await store.devices.list(user.key, { afterKey: null, limit: DEVICES });
  return {
    now,
    pool,
    user,
    password: stored && {
      temporaryUntil: stored.temporaryUntil,
      srp: pool.passwordStorage === "srp" && srpCredential(services, pool, user, stored) !== null,
    },
    lockedUntil: await lockOf(services, pool, user),
    passkey: (await usablePasskeys(services, pool, user)).length > 0,
    rememberedDevice: devices.some(({ status }) => status === "remembered"),
  };
}

const asExplained = ({ id, settings, secrets }: Client): ExplainedClient => ({
  id,
  settings,
  hasSecret: secrets.length > 0,
});

/**
 * ExplainUser: why a user can or cannot sign in, how that came about, and what moves them on.
 * @param clientId the client to look at; the pool's clients when undefined, the first twenty of them
 * @throws UserNotFoundException, ResourceNotFoundException
 */
export async function explainUser(
  services: Services,
  pool: UserPool,
  username: string,
  clientId: string | undefined,
): Promise<Explanation> {
  const { store } = services;
  const user = await findUser(store.users, pool, username);
  if (!user) throw userDoesNotExist();
  const clients =
    clientId === undefined
      ? await store.clients.list(pool.key, { afterKey: null, limit: CLIENTS + 1 })
      : [await requireClientOf(store, pool, clientId)];
  const unknowns =
    clients.length > CLIENTS ? [`The pool has more than ${CLIENTS} clients: name one to see it.`] : [];
  const situation = await situationOf(services, pool, user);
  const explanation = explain(situation, clients.slice(0, CLIENTS).map(asExplained), unknowns);
  const records = await store.audit.search({ userPoolId: pool.id, sub: user.sub }, null, RECORDS);
  return { ...explanation, Sub: user.sub, History: historyOf(records) };
}
