import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { type CommitFate, FaultyPostgres } from "../support/faulty-postgres.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import {
  type Answered,
  apiHeaders,
  type Credentials,
  send,
  signedApi,
  signedSend,
} from "../support/production.ts";
import { newKey, type ProductionProcess, startProductionProcess } from "../support/production-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const { url, reason } = inject("postgres");
const SHARE_OF_FAULTS = 0.2;
const FORCED: readonly CommitFate[] = ["40001", "40P01", "lost-answer", "lost-request"];
const CALLERS = 8;
const MAIL_MS = 30_000;

/** Counts the mail to each address. */
async function countingMail() {
  const received = new Map<string, number>();
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, { envelope }, done) {
      stream.resume().on("end", () => {
        for (const { address } of envelope.rcptTo) received.set(address, (received.get(address) ?? 0) + 1);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", () => resolve()));
  const address = smtp.server.address();
  if (typeof address !== "object" || !address) throw new Error("not listening");
  return {
    received,
    port: address.port,
    close: () => new Promise<void>((resolve) => smtp.close(() => resolve())),
  };
}

describe.skipIf(url === null)(`a production server whose commits fail on PostgreSQL ${reason}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), "cognate-faults-"));
  const draw = drawsFrom(40_001);
  let fateOfNext: () => CommitFate = () => "pass";
  let database: string;
  let proxy: FaultyPostgres;
  let mail: Awaited<ReturnType<typeof countingMail>>;
  let node: ProductionProcess;
  let root: Credentials;
  let facts: pg.Pool;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    proxy = await FaultyPostgres.start(database, () => fateOfNext());
    mail = await countingMail();
    const config = join(dataDir, "cognate.toml");
    writeFileSync(config, `[limits]\nenabled = false\n[smtp]\nurl = "smtp://127.0.0.1:${mail.port}"\n`);
    node = await startProductionProcess({
      dataDir,
      databaseUrl: proxy.urlOf(database),
      key: newKey(),
      startArguments: ["--config", config],
    });
    if (!node.root) throw new Error("No root key was shown");
    root = node.root;
    facts = new pg.Pool({ connectionString: database, max: 2 });
  });
  afterAll(async () => {
    fateOfNext = () => "pass";
    await facts?.end();
    await node?.stop();
    await proxy?.stop();
    await mail?.close();
    if (database) await dropDatabase(url ?? "", database);
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    `does everything once, mail included, though a fifth of ${sizes.faultyOperations} commits fails in one way or another`,
    async () => {
      const api = signedApi(node.url, root);
      const { Id: UserPoolId } = await makePool(api);
      const { ClientId } = await makeClient(api, UserPoolId);
      await api("CreateGroup", { UserPoolId, GroupName: "members" });
      fateOfNext = () =>
        draw() < SHARE_OF_FAULTS ? (FORCED[Math.floor(draw() * FORCED.length)] ?? "pass") : "pass";
      const refused: string[] = [];
      let done = 0;
      let signIns = 0;
      const created: string[] = [];
      const answered = (what: string, { status, code, message }: Answered) => {
        done++;
        if (status !== 200) refused.push(`${what}: ${status} ${code} ${message}`);
        return status === 200;
      };
      let serial = 0;
      const callers = Array.from({ length: CALLERS }, async () => {
        while (done < sizes.faultyOperations) {
          const Username = `user-${serial++}`;
          const email = `${Username}@faults.example`;
          const named = { UserPoolId, Username };
          const UserAttributes = [{ Name: "email", Value: email }];
          const asked = (operation: string, input: object) => signedSend(node.url, root, operation, input);
          if (answered("create", await asked("AdminCreateUser", { ...named, UserAttributes })))
            created.push(email);
          const password = { ...named, Password: PASSWORD, Permanent: true };
          answered("password", await asked("AdminSetUserPassword", password));
          answered("group", await asked("AdminAddUserToGroup", { ...named, GroupName: "members" }));
          const input = {
            ClientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: Username, PASSWORD },
          };
          const signedIn = await send(
            node.url,
            "InitiateAuth",
            JSON.stringify(input),
            apiHeaders("InitiateAuth"),
          );
          if (answered("sign-in", signedIn)) signIns++;
        }
      });
      await Promise.all(callers);
      const isDelivered = () => created.every((email) => mail.received.has(email));
      for (const end = Date.now() + MAIL_MS; !isDelivered() && Date.now() < end; ) await sleep(100);
      fateOfNext = () => "pass";
      // What would come twice would come now.
      await sleep(2_000);
      const count = async (sql: string) => Number((await facts.query(sql)).rows[0].count);
      const sessions = await count("select count(*) from refresh_session");
      const users = await count("select count(*) from user_account");
      const members = await count("select count(*) from group_member");
      const mailedOnce = created.filter((email) => mail.received.get(email) === 1).length;
      const forced = FORCED.map((fate) => `${fate} ${proxy.fates.get(fate) ?? 0}`).join(", ");
      figure(
        "B7",
        `${refused.length} of ${done} refused; ${signIns} sign-ins made ${sessions} sessions, ${created.length} creations ${users} users, ${mailedOnce} mailed once; forced ${forced}`,
        "0 refused, everything once",
      );
      for (const fate of FORCED) expect(proxy.fates.get(fate) ?? 0, fate).toBeGreaterThan(0);
      expect(refused).toEqual([]);
      expect(sessions).toBe(signIns);
      expect(users).toBe(created.length);
      expect(members).toBe(created.length);
      expect(mailedOnce).toBe(created.length);
    },
    120_000 + sizes.faultyOperations * 200,
  );

  it(
    `takes the same refresh token again when the commit of its use has failed, ${sizes.failedRefreshes} times`,
    async () => {
      const api = signedApi(node.url, root);
      const { Id: UserPoolId } = await makePool(api);
      const client = await makeClient(api, UserPoolId, {
        ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
      });
      await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
      let token = (await signIn(apiOf(node), client, "ana")).RefreshToken;
      const refresh = () => {
        const input = { ClientId: client.ClientId, RefreshToken: token };
        return send(
          node.url,
          "GetTokensFromRefreshToken",
          JSON.stringify(input),
          apiHeaders("GetTokensFromRefreshToken"),
        );
      };
      // A lost answer is no failure: the database is asked what became of the commit, and the client gets the successor.
      for (let n = 0; n < sizes.failedRefreshes; n++) {
        const lossy: CommitFate[] = ["lost-answer"];
        fateOfNext = () => lossy.pop() ?? "pass";
        const { status, body } = await refresh();
        expect(lossy, "the refresh committed").toEqual([]);
        expect(status).toBe(200);
        token = JSON.parse(body).AuthenticationResult.RefreshToken;
      }
      let failed = 0;
      let worked = 0;
      for (let n = 0; n < sizes.failedRefreshes; n++) {
        // The disk is full: not to be tried again by the driver, and it reaches the client.
        let isForced = false;
        fateOfNext = () => {
          isForced = true;
          return "53100";
        };
        const first = await refresh();
        fateOfNext = () => "pass";
        if (isForced && first.status >= 500) failed++;
        const second = await refresh();
        if (second.status !== 200) continue;
        worked++;
        token = JSON.parse(second.body).AuthenticationResult.RefreshToken;
      }
      figure(
        "B10",
        `${worked} of ${sizes.failedRefreshes} tokens worked again after ${failed} failed commits; ${sizes.failedRefreshes} of ${sizes.failedRefreshes} lost answers recovered`,
        "100 %",
      );
      expect(failed).toBe(sizes.failedRefreshes);
      expect(worked).toBe(sizes.failedRefreshes);
    },
    60_000 + sizes.failedRefreshes * 1_000,
  );
});
