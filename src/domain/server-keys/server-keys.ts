import type { KeyEncryptionKey, SealingKey } from "../../crypto/encryption-at-rest.ts";
import type { Services } from "../services.ts";
import type { Store } from "../store.ts";

type KeyServices = Pick<Services, "store" | "keyEncryptionKey">;

/** Who the server's key is wrapped for, as pools' ids are for theirs. */
const OWNER = "server";
const PAGE = 100;

/**
 * The key for what belongs to the server as a whole. It is made once and kept wrapped, so that it stays the same when the
 * key-encryption key is replaced.
 * @throws SealBroken under another key-encryption key
 */
export async function loadServerKey({
  store,
  keyEncryptionKey,
}: {
  readonly store: Pick<Store, "serverKeys">;
  readonly keyEncryptionKey: KeyEncryptionKey;
}): Promise<SealingKey> {
  let wrapped = await store.serverKeys.find();
  if (!wrapped) {
    await store.serverKeys.insertFirst(keyEncryptionKey.newDataKey(OWNER));
    wrapped = await store.serverKeys.find();
  }
  if (!wrapped) throw new Error("The server's key was not kept");
  return keyEncryptionKey.dataKey(OWNER, wrapped);
}

/**
 * Wraps every data key that is still under an earlier key-encryption key under the present one. What the data keys seal stays as
 * it is, so nothing that is valid becomes invalid, and it can be interrupted and begun again.
 * @returns how many keys were wrapped anew; when none is left, the earlier key is of no use any more
 */
export async function rewrapKeys({ store, keyEncryptionKey }: KeyServices): Promise<number> {
  let rewrapped = 0;
  for (let afterKey: number | null = null; ; ) {
    const page = await store.userPools.page({ afterKey, limit: PAGE });
    for (const { id, wrappedDataKey } of page) {
      if (keyEncryptionKey.wrapsPresently(id, wrappedDataKey)) continue;
      rewrapped += await store.transaction(async ({ userPools }) => {
        const pool = await userPools.lock(id);
        if (!pool || keyEncryptionKey.wrapsPresently(id, pool.wrappedDataKey)) return 0;
        await userPools.rewrap(pool.key, keyEncryptionKey.rewrap(id, pool.wrappedDataKey));
        return 1;
      });
    }
    const last = page.at(-1);
    if (page.length < PAGE || !last) break;
    afterKey = last.key;
  }
  return rewrapped + (await rewrapServerKey({ store, keyEncryptionKey }));
}

function rewrapServerKey({ store, keyEncryptionKey }: KeyServices): Promise<number> {
  return store.transaction(async ({ serverKeys }) => {
    const wrapped = await serverKeys.lock();
    if (!wrapped || keyEncryptionKey.wrapsPresently(OWNER, wrapped)) return 0;
    await serverKeys.save(keyEncryptionKey.rewrap(OWNER, wrapped));
    return 1;
  });
}
