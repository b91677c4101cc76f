import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { coreMeter, divideCores, keepOn, onCore } from "../support/cores.ts";
import { DatabaseFacts } from "../support/database-facts.ts";
import { ApiCaller } from "../support/http-connection.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { residentMb } from "../support/process-figures.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const PASSWORD = "Correct-Horse_7";
const USERS = 50;
const CLIENTS = 8;
/** Between two requests of one client: load, and not overload. */
const PAUSE_MS = 40;
const SECONDS = sizes.soakSeconds;
/** In which clients do not pause: caches fill, and the heap becomes as large as it will. */
const WARM_UP_SECONDS = Math.min(60, SECONDS / 3);
const GROWTH = 1.1;
const LOOP_P99_MS = 50;
/** Of what is live. */
const LEFT = 1.1;
const DAY_MS = 86_400_000;

/** Rows that were over long ago, as a server that was away for a while finds them. Tables, and how one row is made of a number. */
const EXPIRED: Readonly<Record<string, string>> = {
  used_session:
    "insert into used_session (nonce, consumed, wrong_answers, expires_at) select 'old-' || n, 1, 0, :longAgo from numbers",
  refresh_session: `insert into refresh_session (id, origin_jti, pool_key, user_key, client_id, signed_in_at, expires_at, counter)
     select 'old-' || n, 'old-' || n, pool_key, key, 'gone', :longAgo - 1, :longAgo, 0 from numbers, (select key, pool_key from user_account limit 1)`,
  sign_in_attempt: `insert into sign_in_attempt (pool_key, subject, failures, locked_until)
     select pool_key, 'name:old-' || n, 1, :longAgo from numbers, (select pool_key from user_account limit 1)`,
  attempt_count: `insert into attempt_count (pool_key, subject, kind, window_start, attempts)
     select pool_key, 'old-' || n, 'old', :longAgo, 1 from numbers, (select pool_key from user_account limit 1)`,
};

const dataDir = mkdtempSync(join(tmpdir(), "cognate-soak-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function addExpired(): void {
  const database = new DatabaseSync(join(dataDir, "cognate.sqlite"));
  database.exec("begin");
  for (const insert of Object.values(EXPIRED))
    database
      .prepare(
        `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < :rows) ${insert}`,
      )
      .run({ rows: sizes.expiredRows, longAgo: Date.now() - 40 * DAY_MS });
  database.exec("commit");
  database.close();
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
};

/** Whatever an application asks for, as it comes, on one connection for each client. */
class MixedLoad {
  readonly wrong: string[] = [];
  answered = 0;
  pauseMs = 0;
  readonly #api: ApiCaller;
  readonly #pool: { readonly UserPoolId: string; readonly ClientId: string };
  readonly #clients: Promise<void>[];
  #over = false;
  #serial = 0;

  constructor(api: ApiCaller, pool: { readonly UserPoolId: string; readonly ClientId: string }) {
    this.#api = api;
    this.#pool = pool;
    this.#clients = Array.from({ length: CLIENTS }, (_, n) => this.#use(drawsFrom(n)));
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }

  async #use(draw: () => number): Promise<void> {
    const { UserPoolId, ClientId } = this.#pool;
    const signIn = (USERNAME: string, password: string) =>
      this.#ask("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId,
        AuthParameters: { USERNAME, PASSWORD: password },
      });
    let held: { AccessToken: string; RefreshToken: string } | null = null;
    while (!this.#over) {
      const chance = draw();
      if (held === null || chance < 0.25) {
        const { status, body } = await signIn(`user-${Math.floor(draw() * USERS)}`, PASSWORD);
        this.#expect(status === 200, "sign-in", status, body);
        if (status === 200) held = JSON.parse(body).AuthenticationResult;
      } else if (chance < 0.45) {
        const { status, body } = await this.#ask("InitiateAuth", {
          AuthFlow: "REFRESH_TOKEN_AUTH",
          ClientId,
          AuthParameters: { REFRESH_TOKEN: held.RefreshToken },
        });
        this.#expect(status === 200, "refresh", status, body);
      } else if (chance < 0.7) {
        const { status, body } = await this.#ask("GetUser", { AccessToken: held.AccessToken });
        this.#expect(status === 200, "GetUser", status, body);
      } else if (chance < 0.75) {
        const { status, body } = await signIn(`stranger-${this.#serial++}`, PASSWORD);
        this.#expect(status === 400, "a stranger", status, body);
      } else if (chance < 0.85) {
        const { status, body } = await this.#ask("AdminUpdateUserAttributes", {
          UserPoolId,
          Username: `user-${Math.floor(draw() * USERS)}`,
          UserAttributes: [{ Name: "nickname", Value: `nick-${this.#serial++}` }],
        });
        this.#expect(status === 200, "update", status, body);
      } else if (chance < 0.95) {
        const { status, body } = await this.#ask("ListUsers", { UserPoolId, Limit: 20 });
        this.#expect(status === 200, "ListUsers", status, body);
      } else {
        const Username = `guest-${this.#serial++}`;
        const made = await this.#ask("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" });
        this.#expect(made.status === 200, "create", made.status, made.body);
        const gone = await this.#ask("AdminDeleteUser", { UserPoolId, Username });
        this.#expect(gone.status === 200, "delete", gone.status, gone.body);
      }
      await sleep(this.pauseMs);
    }
  }

  #ask(operation: string, input: unknown) {
    this.answered++;
    return this.#api.answer(operation, input);
  }

  #expect(right: boolean, what: string, status: number, body: string): void {
    if (!right) this.wrong.push(`${what}: ${status} ${body.slice(0, 200)}`);
  }
}

const openFiles = ({ pid }: ServerProcess): number => readdirSync(`/proc/${pid}/fd`).length;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Rows of a table that are not over, and all of them. */
function rowsOf(facts: DatabaseFacts, table: string): { live: number; all: number } {
  const old = table === "used_session" ? "nonce" : table === "refresh_session" ? "id" : "subject";
  return {
    live: facts.number(`select count(*) from ${table} where ${old} not like '%old-%'`),
    all: facts.number(`select count(*) from ${table}`),
  };
}

const cores = divideCores();
if (!cores)
  console.warn("A long run is not checked: the server needs a core of its own, which taskset gives.");

describe.skipIf(!cores)("one server under mixed load", () => {
  it(
    `stays as it is, and sweeps ${sizes.expiredRows} expired rows of each kind out meanwhile, for ${SECONDS} s`,
    async () => {
      const core = cores?.server ?? 0;
      keepOn(cores?.others ?? []);
      const metricsPort = await freePort();
      const config = join(dataDir, "soak.toml");
      writeFileSync(config, `[metrics]\nhost = "127.0.0.1"\nport = ${metricsPort}\n`);
      const start = () =>
        startServerProcess({
          dataDir,
          wrapper: onCore(core),
          startArguments: ["--dev", "--config", config],
          environment: { COGNATE_LOG_LEVEL: "error" },
        });
      /** Since it was asked for last, in milliseconds. */
      const loopP99 = async (): Promise<number> => {
        const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
        return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1] ?? Number.NaN) * 1000;
      };
      let server = await start();
      let api = new ApiCaller(server.port);
      const { UserPool } = await api.call("CreateUserPool", { PoolName: "soak" });
      const UserPoolId = UserPool.Id;
      const { UserPoolClient } = await api.call("CreateUserPoolClient", {
        UserPoolId,
        ClientName: "soak",
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      });
      for (let n = 0; n < USERS; n++) {
        const Username = `user-${n}`;
        await api.call("AdminCreateUser", { UserPoolId, Username, MessageAction: "SUPPRESS" });
        await api.call("AdminSetUserPassword", { UserPoolId, Username, Password: PASSWORD, Permanent: true });
      }
      api.close();
      await server.stop();
      addExpired();

      server = await start();
      api = new ApiCaller(server.port);
      const facts = new DatabaseFacts(dataDir);
      try {
        expect(rowsOf(facts, "used_session").all, "there is something to sweep").toBeGreaterThan(0);
        const load = new MixedLoad(api, { UserPoolId, ClientId: UserPoolClient.ClientId });
        const begunAt = performance.now();
        const elapsed = () => (performance.now() - begunAt) / 1000;
        let sweptAfter = Number.POSITIVE_INFINITY;
        const isSwept = () =>
          Object.keys(EXPIRED).every((table) => rowsOf(facts, table).live === rowsOf(facts, table).all);
        for (; elapsed() < WARM_UP_SECONDS; await sleep(500))
          if (sweptAfter > SECONDS && isSwept()) sweptAfter = elapsed();
        load.pauseMs = PAUSE_MS;
        await loopP99();
        const meter = coreMeter(core, server.pid);
        const answeredBefore = load.answered;
        const memory: { mb: number; files: number }[] = [];
        for (; elapsed() < SECONDS; await sleep(500)) {
          memory.push({ mb: residentMb(server.pid)?.anonymous ?? 0, files: openFiles(server) });
          if (sweptAfter > SECONDS && isSwept()) sweptAfter = elapsed();
        }
        const lag = await loopP99();
        const { share } = meter();
        await load.stop();
        const rate = (load.answered - answeredBefore) / (SECONDS - WARM_UP_SECONDS);
        const early = memory.slice(0, memory.length >> 1);
        const late = memory.slice(memory.length >> 1);
        const growth = median(late.map(({ mb }) => mb)) / median(early.map(({ mb }) => mb));
        const files = new Set(memory.map((sample) => sample.files));
        const left = Object.keys(EXPIRED).map((table) => ({ table, ...rowsOf(facts, table) }));
        figure(
          "A13",
          `memory ${median(late.map(({ mb }) => mb)).toFixed(0)} MB (× ${growth.toFixed(3)}), ${[...files].join(" to ")} open files and connections, p99 of the loop ${lag.toFixed(0)} ms on a core of which it was left ${(share * 100).toFixed(0)} %, ${rate.toFixed(0)} requests a second; ${sizes.expiredRows * left.length} expired rows swept in ${sweptAfter.toFixed(0)} s`,
          `× ${GROWTH}, flat, ${LOOP_P99_MS} ms, × ${LEFT} of live rows`,
        );
        expect(load.wrong.slice(0, 5)).toEqual([]);
        expect(growth).toBeLessThanOrEqual(GROWTH);
        expect(Math.max(...files) - Math.min(...files)).toBeLessThanOrEqual(2);
        // Who gets half of a core waits twice as long; that is all that a busy machine excuses.
        expect(lag).toBeLessThan(LOOP_P99_MS / Math.max(share, 0.5));
        for (const { table, all, live } of left)
          expect(all, `rows of ${table}`).toBeLessThanOrEqual(live * LEFT);
      } finally {
        facts.close();
        api.close();
        await server.stop();
      }
    },
    120_000 + SECONDS * 2_000,
  );
});
