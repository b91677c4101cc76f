import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/runtime/logger.ts";
import { openSqliteStore } from "../../src/storage/drivers/sqlite.ts";
import { DatabaseFacts } from "../support/database-facts.ts";
import { ApiCaller } from "../support/http-connection.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { CUT_KINDS, Disk, type DiskEvent, diskEventsIn, recordWrites } from "../support/power-cut.ts";
import { startServerProcess } from "../support/server-process.ts";
import { straceMissing } from "../support/system-calls.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const DATABASE = "cognate.sqlite";
const FILES = [DATABASE, `${DATABASE}-wal`];
/** Not of the database: written once, long before. */
const OTHERS = ["cognate.key", `${DATABASE}.lock`];
const WRITERS = 4;
/** Each so many moments are within the bringing of the log into the database. */
const CHECKPOINT_EVERY = 5;
/** So many that the log is brought into the database meanwhile. */
const USERS_OF_EACH = 75;
/** A whole server is started after each so many cuts; the others are opened by its storage alone. */
const SERVER_EVERY = 20;

const directory = mkdtempSync(join(tmpdir(), "cognate-power-cut-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const missing = straceMissing();
if (missing) console.warn(`Power cuts are not replayed: ${missing}.`);

/** Runs a server under load and returns what it did to its disk and whom it acknowledged, in order. */
async function recorded(name: string, nodeArguments: readonly string[] = []) {
  const record = join(directory, `${name}.strace`);
  const dataDir = join(directory, name);
  const server = await startServerProcess({ dataDir, wrapper: recordWrites(record), nodeArguments });
  const api = new ApiCaller(server.port);
  const { UserPool } = await api.call("CreateUserPool", { PoolName: "power" });
  const create = async (writer: number) => {
    for (let n = 0; n < USERS_OF_EACH; n++) {
      const Username = `user-${writer}-${n}`;
      await api.call("AdminCreateUser", { UserPoolId: UserPool.Id, Username, MessageAction: "SUPPRESS" });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => create(writer)));
  api.close();
  await server.stop();
  const events = await diskEventsIn(record, FILES);
  rmSync(record);
  return { dataDir, events, poolId: String(UserPool.Id) };
}

/** Usernames that a successful answer tells of. */
const acknowledgedIn = (event: DiskEvent): string[] =>
  event.kind === "sent" && event.text.includes("HTTP/1.1 200 ")
    ? [...event.text.matchAll(/"Username":"(user-\d+-\d+)"/g)].map(([, username = ""]) => username)
    : [];

interface CutsVerdict {
  /** Cuts after which somebody was missing. */
  losing: number;
  lost: number;
  /** Of acknowledged users, over all cuts. */
  acknowledged: number;
  readonly damaged: string[];
  /** Cuts in the middle of bringing the log into the database. */
  inCheckpoints: number;
  servers: number;
}

/** What is there after a cut, when it is opened again. */
async function usersAfter(dataDir: string): Promise<Set<string>> {
  const store = await openSqliteStore({ path: join(dataDir, DATABASE), logger: silentLogger });
  const facts = new DatabaseFacts(dataDir);
  try {
    const integrity = facts.integrity();
    if (integrity !== "ok") throw new Error(integrity);
    const halves = facts.number(
      "select count(*) from user_account where key not in (select user_key from user_password)",
    );
    if (halves > 0) throw new Error(`${halves} users without the rest of them`);
    return new Set(facts.rows("select username from user_account").map(({ username }) => String(username)));
  } finally {
    facts.close();
    await store.close();
  }
}

/** Cuts the power at moments drawn from all after the first acknowledged user. */
async function cut(
  { dataDir, events, poolId }: Awaited<ReturnType<typeof recorded>>,
  cuts: number,
): Promise<CutsVerdict> {
  const draw = drawsFrom(29);
  const first = events.findIndex((event) => acknowledgedIn(event).length > 0);
  const inCheckpoint = events.flatMap((event, at) =>
    at > first && event.kind === "write" && event.file === DATABASE ? [at] : [],
  );
  const moments = Array.from({ length: cuts }, (_, n) => {
    const any = first + 1 + Math.floor(draw() * (events.length - first - 1));
    return n % CHECKPOINT_EVERY === 0 ? (inCheckpoint[Math.floor(draw() * inCheckpoint.length)] ?? any) : any;
  });
  moments.sort((a, b) => a - b);
  const disk = new Disk(FILES);
  const acknowledged: string[] = [];
  const verdict: CutsVerdict = {
    losing: 0,
    lost: 0,
    acknowledged: 0,
    damaged: [],
    inCheckpoints: 0,
    servers: 0,
  };
  let done = 0;
  for (const [n, moment] of moments.entries()) {
    for (; done <= moment; done++) {
      const event = events[done] as DiskEvent;
      disk.do(event);
      acknowledged.push(...acknowledgedIn(event));
    }
    if (disk.unsynced(DATABASE) > 0) verdict.inCheckpoints++;
    const kind = CUT_KINDS[n % CUT_KINDS.length] ?? "nothing";
    const place = join(directory, "after");
    mkdirSync(place, { mode: 0o700 });
    for (const name of OTHERS) copyFileSync(join(dataDir, name), join(place, name));
    for (const [name, bytes] of disk.after(kind, draw))
      writeFileSync(join(place, name), bytes, { mode: 0o600 });
    verdict.acknowledged += acknowledged.length;
    try {
      if (n % SERVER_EVERY === 0) {
        verdict.servers++;
        const server = await startServerProcess({ dataDir: place });
        const api = new ApiCaller(server.port);
        const { status } = await api.answer("AdminGetUser", {
          UserPoolId: poolId,
          Username: acknowledged.at(-1),
        });
        api.close();
        await server.stop();
        if (status !== 200) verdict.lost++;
      }
      const there = await usersAfter(place);
      const lost = acknowledged.filter((username) => !there.has(username)).length;
      verdict.lost += lost;
      if (lost > 0) verdict.losing++;
    } catch (fault) {
      verdict.damaged.push(`${kind} at ${moment}: ${fault}`);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }
  return verdict;
}

describe.skipIf(missing !== null)("a power cut under load", () => {
  it(
    `loses nothing that was acknowledged and leaves the database whole, at ${sizes.powerCuts} moments`,
    async () => {
      const run = await recorded("full");
      const { lost, acknowledged, damaged, inCheckpoints, servers } = await cut(run, sizes.powerCuts);
      figure(
        "A3",
        `${lost} of ${acknowledged} acknowledged lost, ${damaged.length} of ${sizes.powerCuts} not whole; ${inCheckpoints} cuts within checkpoints, ${servers} opened by a whole server`,
        "0, 0",
      );
      expect(damaged).toEqual([]);
      expect(lost).toBe(0);
      expect(inCheckpoints, "the log was brought into the database meanwhile").toBeGreaterThan(0);
    },
    120_000 + sizes.powerCuts * 1_000,
  );

  it("would lose some if commits did not wait for the disk", async () => {
    const careless = new URL("./normal-synchronous.ts", import.meta.url).href;
    const { losing } = await cut(await recorded("normal", ["--import", careless]), 20);
    figure("A3", `control that does not wait for the disk: ${losing} of 20 cuts lose somebody`, "over 5");
    expect(losing).toBeGreaterThan(5);
  }, 120_000);
});
