import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { NOW } from "./rows.ts";

/*
 * A process of its own for the tests of locks and crashes: opens the data file, says `open` or why not, and with a second
 * argument writes without end from eight writers at once, saying each nonce that the store has acknowledged.
 */

const [, , file = "", writes] = process.argv;
try {
  const store = await openSqliteStore({ path: file, logger: silentLogger });
  console.log("open");
  setInterval(() => {}, 60_000);
  if (writes)
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; ; n++) {
          const nonce = `${writes}-${writer}-${n}`;
          await store.transaction(async ({ usedSessions }) => {
            await usedSessions.countWrongAnswer(nonce, NOW);
            await usedSessions.consume(nonce, NOW);
          });
          console.log(nonce);
        }
      }),
    );
} catch (error) {
  console.log(error instanceof Error ? error.message : "unknown");
  process.exit(1);
}
