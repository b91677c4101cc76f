/**
 * Fills pools with users straight through the store, in a process of its own while the server is down: through the API each user
 * would cost two password derivations. Rows are what the server itself writes; only the users who sign in have a password that
 * someone knows, the others' is sealed noise of the same size.
 *
 *   node bench/load-users.ts <data directory> <pool id> <users> <users with a known password> [<pool id> …]
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseConfig } from "../src/config/config.ts";
import { loadKeyEncryptionKey } from "../src/config/key-file.ts";
import { KeyEncryptionKey } from "../src/crypto/encryption-at-rest.ts";
import type { UserPool } from "../src/domain/user-pools/index.ts";
import { HashingSlots, insertUser, newUser, sealPassword } from "../src/domain/users/index.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { Identifiers } from "../src/runtime/identifiers.ts";
import { silentLogger } from "../src/runtime/logger.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { openSqliteStore } from "../src/storage/drivers/sqlite.ts";
import { attributesOf, GROUP_NAME, isInGroup, PASSWORD, usernameOf } from "./people.ts";

/** Users in one transaction. */
const BATCH = 4_000;
/** Bytes of a sealed SRP credential. */
const SEALED_BYTES = 620;

const [dataDir = "", ...pools] = process.argv.slice(2);
const config = parseConfig({ mode: "development", dataDir });
const store = await openSqliteStore({ path: join(dataDir, "cognate.sqlite"), logger: silentLogger });
const services = {
  clock: systemClock,
  random: systemRandom,
  identifiers: new Identifiers(systemClock, systemRandom),
  keyEncryptionKey: new KeyEncryptionKey(loadKeyEncryptionKey(config, systemRandom), systemRandom),
  compromisedPasswords: { includes: async () => false },
  hashing: new HashingSlots(2, BATCH),
};

async function newPerson(pool: UserPool, n: number, active: number) {
  const user = newUser(services, pool, {
    username: usernameOf(n),
    status: "CONFIRMED",
    attributes: attributesOf(n),
  });
  const sealed =
    n < active
      ? await sealPassword(services, pool, user, PASSWORD)
      : new Uint8Array(randomBytes(SEALED_BYTES));
  return { user, sealed };
}

async function fill(poolId: string, users: number, active: number): Promise<void> {
  const pool = await store.userPools.find(poolId);
  if (!pool) throw new Error(`There is no pool ${poolId}`);
  for (let from = 0; from < users; from += BATCH) {
    const people = await Promise.all(
      Array.from({ length: Math.min(BATCH, users - from) }, (_, i) => newPerson(pool, from + i, active)),
    );
    const setAt = systemClock.now();
    await store.transaction(async (repositories) => {
      for (const [i, { user, sealed }] of people.entries()) {
        const result = await insertUser(repositories, pool, user, "refuse");
        if (result !== "inserted") throw new Error(`${user.username} cannot be inserted`);
        await repositories.passwords.put(user.key, { sealed, setAt, temporaryUntil: null });
        if (isInGroup(from + i)) await repositories.groups.addMember(pool.key, GROUP_NAME, user.key, setAt);
      }
    });
  }
}

for (let i = 0; i + 2 < pools.length; i += 3)
  await fill(pools[i] ?? "", Number(pools[i + 1]), Number(pools[i + 2]));
await store.close();
