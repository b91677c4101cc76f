import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigInput, parseConfig } from "../../src/config/config.ts";
import { openMessage } from "../../src/domain/messages/index.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { openPostgresStore } from "../../src/storage/drivers/postgres.ts";
import { type Api, apiOf } from "./api.ts";

/** Several servers on one PostgreSQL database, with one key. */
export interface Nodes {
  readonly apis: readonly [Api, Api];
  readonly servers: readonly RunningServer[];
  /** Shared by the nodes. */
  readonly dataDir: string;
  /** The code in the newest message to the address, from whichever node queued it. */
  code(to: string): Promise<string>;
  /** Calls the work for each of `count` callers, spread over the nodes, all at once. */
  race<T>(count: number, work: (api: Api) => Promise<T>): Promise<PromiseSettledResult<T>[]>;
  /** Ends one of them; the other goes on. */
  stop(server: RunningServer): Promise<void>;
  close(): Promise<void>;
}

export async function startNodes(databaseUrl: string, settings: ConfigInput = {}): Promise<Nodes> {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-nodes-"));
  const key = randomBytes(32).toString("base64");
  const start = () =>
    startServer(
      parseConfig({
        mode: "development",
        port: 0,
        dataDir,
        key,
        publicUrl: "http://nodes.test",
        ...settings,
      }),
      {
        logger: silentLogger,
        openStore: async (_config, logger) => ({
          store: await openPostgresStore({ url: databaseUrl, poolSize: 8, logger }),
          snapshots: null,
        }),
      },
    );
  const first = await start();
  const second = await start();
  const running = new Set([first, second]);
  const apis = [apiOf(first), apiOf(second)] as const;
  return {
    apis,
    servers: [first, second],
    dataDir,
    async code(to) {
      const { services } = first;
      for (const message of await services.store.outbox.list({ poolKey: null, limit: 200 })) {
        const pool = await services.store.userPools.byKey(message.poolKey);
        const content = pool && openMessage(services, pool, message);
        if (content?.to === to) return content.code;
      }
      throw new Error(`No message to ${to}`);
    },
    race: (count, work) => Promise.allSettled([...Array(count).keys()].map((i) => work(apis[i % 2] as Api))),
    async stop(server) {
      running.delete(server);
      await server.close();
    },
    async close() {
      await Promise.all([...running].map((server) => server.close()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
