import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { attributes, makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { type Credentials, signedApi } from "../support/production.ts";
import {
  newKey,
  type ProductionProcess,
  type ProductionProcessOptions,
  startProductionProcess,
} from "../support/production-process.ts";
import { ServerDidNotStart } from "../support/server-process.ts";
import { versionBefore } from "../support/version-before.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");
const CLIENTS = 4;
const SECONDS = sizes.versionSeconds;

const before = url === null ? null : versionBefore();
if (url !== null && !before)
  console.warn("Two versions are not run together: there is no history to take one from.");
afterAll(() => before?.remove());

/** What everybody does all day, each step at any of the nodes that are there, until told to stop. */
class DailyLoad {
  /** By phase, what went wrong. */
  readonly faults = new Map<string, Map<string, number>>();
  readonly lives = new Map<string, number>();
  phase = "";
  nodes: readonly ProductionProcess[] = [];
  readonly #root: Credentials;
  readonly #clients: Promise<void>[];
  #over = false;
  #serial = 0;

  constructor(root: Credentials, poolId: string, clientId: string) {
    this.#root = root;
    this.#clients = Array.from({ length: CLIENTS }, async () => {
      while (!this.#over) await this.#live(poolId, clientId);
    });
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }

  #any(): ProductionProcess {
    const node = this.nodes[this.#serial++ % this.nodes.length];
    if (!node) throw new Error("No node");
    return node;
  }

  #fault(phase: string, step: string, fault: unknown): void {
    const text = `${step}: ${fault instanceof ApiRefusal ? fault.code : String(fault)}`;
    const faults = this.faults.get(phase) ?? new Map<string, number>();
    this.faults.set(phase, faults.set(text, (faults.get(text) ?? 0) + 1));
  }

  /** The life of one user. A change of phase counts for the one that it began in. */
  async #live(poolId: string, clientId: string): Promise<void> {
    const { phase } = this;
    if (this.nodes.length === 0) {
      await sleep(10);
      return;
    }
    const api: Api = (operation, input) => apiOf(this.#any())(operation, input);
    const admin: Api = (operation, input) => signedApi(this.#any().url, this.#root)(operation, input);
    const name = `user-${this.#serial++}`;
    const of = { UserPoolId: poolId, Username: name };
    let step = "";
    try {
      step = "create";
      await makeUser(admin, poolId, name, { password: PASSWORD, attributes: { nickname: "one" } });
      step = "sign in";
      const tokens = await signIn(api, { ClientId: clientId }, name);
      const { AccessToken } = tokens;
      const steps: Record<string, () => Promise<unknown>> = {
        GetUser: () => api("GetUser", { AccessToken }),
        refresh: () =>
          api("InitiateAuth", {
            ClientId: clientId,
            AuthFlow: "REFRESH_TOKEN_AUTH",
            AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken },
          }),
        update: () =>
          api("UpdateUserAttributes", { AccessToken, UserAttributes: attributes({ nickname: "two" }) }),
        group: () => admin("AdminAddUserToGroup", { ...of, GroupName: "everybody" }),
        groups: () => admin("AdminListGroupsForUser", of),
        list: () => admin("ListUsers", { UserPoolId: poolId, Filter: `username = "${name}"` }),
        password: () => admin("AdminSetUserPassword", { ...of, Password: `${PASSWORD}!`, Permanent: true }),
        "sign in anew": () => signIn(api, { ClientId: clientId }, name, `${PASSWORD}!`),
        "sign out": () => api("GlobalSignOut", { AccessToken }),
        delete: () => admin("AdminDeleteUser", of),
      };
      for (const [what, work] of Object.entries(steps)) {
        step = what;
        await work();
      }
      this.lives.set(phase, (this.lives.get(phase) ?? 0) + 1);
    } catch (fault) {
      this.#fault(phase, step, fault);
    }
  }
}

describe.skipIf(url === null || !before)(
  `a server of the version before and one of this on one PostgreSQL ${reason}`,
  () => {
    it(
      `serve together while the one is replaced by the other, ${SECONDS} s`,
      async () => {
        const dataDir = mkdtempSync(join(tmpdir(), "cognate-versions-"));
        const databaseUrl = await createDatabase(url ?? "");
        const start = (options: Partial<ProductionProcessOptions> = {}) =>
          startProductionProcess({ dataDir, databaseUrl, key, publicUrl: "http://localhost", ...options });
        /** A version from before there were rate limits refuses a configuration that tells of them. */
        const startOlder = async () => {
          const { entry } = before ?? {};
          if (!entry) throw new Error("There is no version before");
          return await start({ entry }).catch((fault: unknown) => {
            if (!(fault instanceof ServerDidNotStart)) throw fault;
            return start({ entry, knowsLimits: false });
          });
        };
        const key = newKey();
        const migrations = async (): Promise<string[]> => {
          const facts = new pg.Client({ connectionString: databaseUrl });
          await facts.connect();
          const { rows } = await facts.query("select name from migration order by name");
          await facts.end();
          return rows.map(({ name }) => name);
        };
        const older = await startOlder();
        const running = [older];
        try {
          const { root } = older;
          if (!root) throw new Error("No root key was shown");
          const admin = signedApi(older.url, root);
          const { Id: UserPoolId } = await makePool(admin);
          const { ClientId } = await makeClient(admin, UserPoolId);
          await admin("CreateGroup", { UserPoolId, GroupName: "everybody" });
          const known = await migrations();
          const load = new DailyLoad(root, UserPoolId, ClientId);
          load.phase = "the older alone";
          load.nodes = [older];
          await sleep((SECONDS * 1000) / 4);
          load.phase = "a start of the newer";
          const newer = await start();
          running.push(newer);
          const added = (await migrations()).filter((name) => !known.includes(name));
          load.phase = "both";
          load.nodes = [older, newer];
          await sleep((SECONDS * 1000) / 2);
          // As a rolling upgrade that is taken back: the older one starts on the newer schema.
          load.nodes = [newer];
          await older.stop();
          const again = await startOlder();
          running.push(again);
          load.phase = "both, the older started anew";
          load.nodes = [again, newer];
          await sleep((SECONDS * 1000) / 4);
          await load.stop();
          const baseline = new Set(load.faults.get("the older alone")?.keys());
          const strange = [...load.faults].flatMap(([phase, faults]) =>
            [...faults]
              .filter(([fault]) => !baseline.has(fault))
              .map(([fault, count]) => `${phase}: ${count} × ${fault}`),
          );
          figure(
            "B9",
            `${strange.length} kinds of errors beside ${before?.name} that are not its own; ${[...load.lives].map(([phase, count]) => `${count} lives with ${phase}`).join(", ")}; migrations meanwhile: ${added.join(", ") || "none"}`,
            "0",
          );
          expect(strange).toEqual([]);
          expect([...baseline]).toEqual([]);
          expect(load.lives.get("both") ?? 0).toBeGreaterThan(SECONDS / 4);
          expect(added.length, "the newer one migrated under load").toBeGreaterThan(0);
        } finally {
          await Promise.all(running.map((node) => node.stop()));
          await dropDatabase(url ?? "", databaseUrl);
          rmSync(dataDir, { recursive: true, force: true });
        }
      },
      120_000 + SECONDS * 2_000,
    );
  },
);
