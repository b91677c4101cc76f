import { after } from "../../runtime/clock.ts";
import type { Services } from "../services.ts";

const PAGE = 100;

/**
 * Replaces the signing keys of every pool whose newest are older than this; each pool's by one node only.
 * @param ageMs milliseconds
 * @returns how many pools got new keys
 */
export async function rotateOldSigningKeys(
  { store, clock, tokenKeys }: Pick<Services, "store" | "clock" | "tokenKeys">,
  ageMs: number,
): Promise<number> {
  const oldest = after(clock.now(), -ageMs);
  let rotated = 0;
  let afterKey: number | null = null;
  for (;;) {
    const page = await store.userPools.page({ afterKey, limit: PAGE });
    for (const pool of page) {
      const [newest] = (await store.signingKeys.ofPool(pool.key)).sort((a, b) => b.createdAt - a.createdAt);
      if (newest && newest.createdAt <= oldest && (await tokenKeys.rotate(pool, oldest))) rotated += 1;
    }
    const last = page.at(-1);
    if (page.length < PAGE || !last) return rotated;
    afterKey = last.key;
  }
}
