/**
 * The server on PostgreSQL, for measurement only: development mode, which takes any credentials, opens no PostgreSQL by itself.
 * Takes the arguments of `cognate start --dev`; the database's URL is in BENCH_DATABASE_URL.
 */
import { parseArgs } from "node:util";
import { parseConfig } from "../src/config/config.ts";
import { systemLogger } from "../src/runtime/system-logger.ts";
import { startServer } from "../src/server.ts";
import { openPostgresStore } from "../src/storage/drivers/postgres.ts";

const POOL_SIZE = 10;

const { values } = parseArgs({
  allowPositionals: true,
  options: { dev: { type: "boolean" }, port: { type: "string" }, "data-dir": { type: "string" } },
});
const url = process.env.BENCH_DATABASE_URL ?? "";
const config = parseConfig({
  mode: "development",
  port: Number(values.port),
  dataDir: values["data-dir"] ?? "",
});
const server = await startServer(config, {
  logger: systemLogger("error"),
  openStore: async (_config, logger) => ({
    store: await openPostgresStore({ url, poolSize: POOL_SIZE, logger }),
    snapshots: null,
  }),
});
console.log(`cognate ready on ${server.url}`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
