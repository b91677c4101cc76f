import { silentLogger } from "../../src/runtime/logger.ts";
import { openPostgresStore } from "../../src/storage/drivers/postgres.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";

/* A process of its own that brings a database up to date, and says each migration that it has done. */

const [, , place = ""] = process.argv;
const logger = {
  ...silentLogger,
  info: (message: string) => {
    if (message === "schema migrated") console.log("migrated");
  },
};
const store = place.startsWith("postgres:")
  ? await openPostgresStore({ url: place, poolSize: 2, logger })
  : await openSqliteStore({ path: place, logger });
await store.close();
console.log("done");
