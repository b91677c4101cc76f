import type { TestProject } from "vitest/node";
import { startPostgres, type TestPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server's URL, or why there is none. */
    postgres: { readonly url: string | null; readonly reason: string };
  }
}

/** One server for the whole run, however many projects ask for it. */
interface Shared {
  server: Promise<TestPostgres> | null;
  users: number;
}

const KEY = Symbol.for("cognate.test.postgres");
const holder = globalThis as { [KEY]?: Shared };
holder[KEY] ??= { server: null, users: 0 };
const shared = holder[KEY];

export async function setup(project: TestProject): Promise<void> {
  shared.users++;
  shared.server ??= startPostgres();
  const postgres = await shared.server;
  if (postgres.kind === "absent") console.warn(`Tests on PostgreSQL are skipped: ${postgres.reason}.`);
  project.provide(
    "postgres",
    postgres.kind === "running" ? { url: postgres.url, reason: "" } : { url: null, reason: postgres.reason },
  );
}

export async function teardown(): Promise<void> {
  if (--shared.users > 0) return;
  const postgres = await shared.server;
  shared.server = null;
  if (postgres?.kind === "running") await postgres.stop();
}
