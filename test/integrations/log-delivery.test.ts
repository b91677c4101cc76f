import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logRecord } from "../../src/domain/log-delivery/index.ts";
import type { Store } from "../../src/domain/store.ts";
import { MappedLogDelivery } from "../../src/integrations/log-delivery.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { type LogFields, type Logger, silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { aPool } from "../storage/rows.ts";

const LogGroupArn = "arn:aws:logs:us-east-1:123456789012:log-group:pool";

describe("the queue of log lines", () => {
  let store: Store;
  let directory: string;
  beforeAll(async () => {
    store = await openSqliteStore({ path: ":memory:", logger: silentLogger });
    directory = mkdtempSync(join(tmpdir(), "cognate-log-queue-"));
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("holds 10,000, delivers them in order before it stops, and says how many it dropped", async () => {
    const pool = aPool();
    await store.userPools.insert(pool);
    await store.logDeliveryConfigurations.put(pool.key, [
      { EventSource: "userAuthEvents", LogLevel: "INFO", CloudWatchLogsConfiguration: { LogGroupArn } },
    ]);
    const warnings: LogFields[] = [];
    const logger: Logger = { ...silentLogger, warn: (_message, fields = {}) => warnings.push(fields) };
    const path = join(directory, "pool.log");
    const delivery = new MappedLogDelivery(store, logger, { [LogGroupArn]: { file: { path } } });
    for (let n = 0; n < 10_500; n++)
      delivery.offer(pool.key, logRecord(systemClock, pool, "USER_ACTIVITY", { n }));
    await delivery.stop();
    const numbers = readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).message.n);
    expect(numbers).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
    expect(warnings).toEqual([{ count: 500 }]);
    delivery.offer(pool.key, logRecord(systemClock, pool, "USER_ACTIVITY", { n: -1 }));
    await delivery.stop();
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(10_001);
  });
});
