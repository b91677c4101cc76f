import { inject } from "vitest";
import { type Api, apiOf } from "./api.ts";
import { startNodes } from "./nodes.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";
import { startWorld } from "./world.ts";

/** One server or two, and what the tests need to know of both kinds. */
export interface Arena {
  readonly apis: readonly Api[];
  /** The code in the newest message to the address. */
  code(to: string): Promise<string>;
  close(): Promise<void>;
}

async function oneServer(): Promise<Arena> {
  const world = await startWorld();
  return {
    apis: [apiOf(world)],
    code: async (to) => (await world.lastMessage(to)).code,
    close: () => world.close(),
  };
}

async function twoNodes(serverUrl: string): Promise<Arena> {
  const database = await createDatabase(serverUrl);
  const nodes = await startNodes(database);
  return {
    apis: nodes.apis,
    code: nodes.code,
    async close() {
      await nodes.close();
      await dropDatabase(serverUrl, database);
    },
  };
}

/** Both kinds: a title, how one is opened, and whether that is possible here. */
export function arenas(): readonly (readonly [string, () => Promise<Arena>, boolean])[] {
  const { url, reason } = inject("postgres");
  return [
    ["one server on SQLite", oneServer, true],
    [`two nodes on PostgreSQL ${reason}`, () => twoNodes(url ?? ""), url !== null],
  ];
}
