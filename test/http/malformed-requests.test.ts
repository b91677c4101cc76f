import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatabaseFacts } from "../support/database-facts.ts";
import { malformedProbes } from "../support/model-probe.ts";
import { residentMb } from "../support/process-figures.ts";
import { MEMORY_GROWTH, sendProbes } from "../support/request-flood.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";

/** The short form of the flood in test/long. */
const WARM_UP = 5_000;
const MALFORMED = 10_000;

const dataDir = mkdtempSync(join(tmpdir(), "cognate-malformed-"));
let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess({ dataDir, environment: { COGNATE_LOG_LEVEL: "error" } });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function digest(): string {
  const facts = new DatabaseFacts(dataDir);
  const value = facts.digest();
  facts.close();
  return value;
}

describe("ten thousand malformed requests to all operations", () => {
  it("are each refused in the service's words within a second, change nothing and leave no memory behind", async () => {
    expect((await sendProbes(server.port, malformedProbes(1, WARM_UP))).wrong).toEqual([]);
    const warm = residentMb(server.pid);
    const before = digest();
    const { sent, wrong } = await sendProbes(server.port, malformedProbes(2, MALFORMED));
    expect(wrong).toEqual([]);
    expect(sent).toBe(MALFORMED);
    expect(digest()).toBe(before);
    expect(server.errors()).toBe("");
    const after = residentMb(server.pid);
    if (warm && after) expect(after.all).toBeLessThanOrEqual(warm.all * MEMORY_GROWTH);
  }, 120_000);
});
