import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { after as at, DAY, systemClock } from "../../src/runtime/clock.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { startServer } from "../../src/server.ts";
import { DatabaseFacts } from "../support/database-facts.ts";

/** More than one round of the sweep takes. */
const EXPIRED = 1_300;

const dataDir = mkdtempSync(join(tmpdir(), "cognate-expired-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe("what has expired", () => {
  it("is gone soon after a start, however much it is, and what has not is there", async () => {
    const start = () =>
      startServer(parseConfig({ mode: "development", port: 0, dataDir }), { logger: silentLogger });
    const before = await start();
    await before.services.store.transaction(async ({ usedSessions }) => {
      const longAgo = at(systemClock.now(), -30 * DAY);
      for (let n = 0; n < EXPIRED; n++) await usedSessions.consume(`old-${n}`, longAgo);
      await usedSessions.consume("present", at(systemClock.now(), DAY));
    });
    await before.close();
    const server = await start();
    const facts = new DatabaseFacts(dataDir);
    try {
      await vi.waitFor(
        () => expect(facts.rows("select nonce from used_session")).toEqual([{ nonce: "present" }]),
        {
          timeout: 10_000,
        },
      );
    } finally {
      facts.close();
      await server.close();
    }
  });
});
