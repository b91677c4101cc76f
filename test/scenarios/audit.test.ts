import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { CheckpointKey } from "../../src/crypto/checkpoint-key.ts";
import { SegmentLink } from "../../src/domain/audit/chain.ts";
import { type AuditRecord, verifyTrail } from "../../src/domain/audit/index.ts";
import { openPostgresAudit, openSqliteAudit } from "../../src/storage/audit-reader.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn, startSignIn } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { meanFaults } from "../support/watch-answers.ts";
import { startWorld, type World } from "../support/world.ts";

const { url: postgres, reason } = inject("postgres");
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
const OTHER_PASSWORD = "Other-Horse-10";

type CloudTrailRecord = Record<string, unknown> & {
  eventName: string;
  errorCode?: string;
  requestParameters: Record<string, unknown>;
  additionalEventData: { sub?: string; userPoolId?: string; clientId?: string };
};
const contentOf = ({ record }: AuditRecord): CloudTrailRecord => JSON.parse(record);

async function cognate(...args: string[]) {
  const child = spawn(process.execPath, ["src/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const [status] = await once(child, "close");
  return { status, output, errors };
}

const keyOf = (server: World["server"]) =>
  new CheckpointKey(server.services.keyEncryptionKey.server.seed("audit-checkpoint"));

describe("the audit trail", () => {
  let world: World;
  let api: Api;
  let file: string;
  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
    file = join(world.dataDir, "cognate.sqlite");
  });
  afterAll(() => world.close());

  const trail = () => world.server.services.store.audit;
  const since = async (from: number) =>
    (await trail().search({}, null, 10_000)).reverse().slice(from).map(contentOf);
  /** Records of calls that changed nothing are written a little later. */
  const written = () => world.server.sealAudit();
  const size = async () => {
    await written();
    return (await trail().search({}, null, 10_000)).length;
  };

  /** The records of the calls that the work makes, oldest first. */
  async function recorded(work: () => Promise<unknown>): Promise<CloudTrailRecord[]> {
    const before = await size();
    await work();
    await written();
    return since(before);
  }

  async function prepared() {
    const { Id: UserPoolId } = await makePool(api, { AutoVerifiedAttributes: ["email"] });
    const client = await makeClient(api, UserPoolId);
    await makeUser(api, UserPoolId, "ana", { password: PASSWORD, attributes: { email: "ana@example.com" } });
    const { UserAttributes } = await api("AdminGetUser", { UserPoolId, Username: "ana" });
    const sub = UserAttributes?.find(({ Name }) => Name === "sub")?.Value ?? "";
    return { UserPoolId, client, sub };
  }

  it("tells in CloudTrail's shape who did what to whom, and no name, address or password", async () => {
    const { UserPoolId, sub } = await prepared();
    const [record, ...others] = await recorded(() =>
      api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password: OTHER_PASSWORD, Permanent: true }),
    );
    expect(others).toEqual([]);
    expect(record).toEqual({
      eventVersion: "1.08",
      userIdentity: expect.any(Object),
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      eventSource: "cognito-idp.amazonaws.com",
      eventName: "AdminSetUserPassword",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userAgent: "node",
      requestParameters: { userPoolId: UserPoolId, username: HIDDEN, password: HIDDEN, permanent: true },
      responseElements: null,
      additionalEventData: { sub, userPoolId: UserPoolId },
      requestID: expect.any(String),
      eventID: expect.any(String),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "123456789012",
      eventCategory: "Management",
    });
  });

  it("holds one record for each call that changes or authenticates, and none for those that only read", async () => {
    const { UserPoolId, client, sub } = await prepared();
    const { ClientId } = client;
    const user = { UserPoolId, Username: "ana" };
    let AccessToken = "";
    let RefreshToken = "";
    const calls: readonly (() => Promise<unknown>)[] = [
      async () => {
        const tokens = await signIn(api, client, "ana");
        AccessToken = tokens.AccessToken;
        RefreshToken = tokens.RefreshToken;
      },
      () =>
        api("InitiateAuth", {
          ClientId,
          AuthFlow: "REFRESH_TOKEN_AUTH",
          AuthParameters: { REFRESH_TOKEN: RefreshToken },
        }),
      () => api("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name: "name", Value: "Ana" }] }),
      () =>
        api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: OTHER_PASSWORD }),
      () => api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" }),
      () => api("AdminUpdateUserAttributes", { ...user, UserAttributes: [{ Name: "name", Value: "A" }] }),
      () => api("AdminDisableUser", user),
      () => api("AdminEnableUser", user),
      () => api("CreateGroup", { UserPoolId, GroupName: "staff" }),
      () => api("AdminAddUserToGroup", { ...user, GroupName: "staff" }),
      () => api("AdminRemoveUserFromGroup", { ...user, GroupName: "staff" }),
      () => api("AdminUserGlobalSignOut", user),
      () => api("RevokeToken", { ClientId, Token: RefreshToken }),
      () => api("AdminDeleteUser", user),
    ];
    const names = [];
    for (const call of calls) {
      const [record, ...others] = await recorded(call);
      expect(others).toEqual([]);
      expect(record?.errorCode).toBeUndefined();
      names.push(record?.eventName);
      if (record?.eventName !== "CreateGroup" && record?.eventName !== "RevokeToken")
        expect(record?.additionalEventData.sub, record?.eventName).toBe(sub);
    }
    expect(names).toEqual([
      "InitiateAuth",
      "InitiateAuth",
      "UpdateUserAttributes",
      "ChangePassword",
      "GetUserAttributeVerificationCode",
      "AdminUpdateUserAttributes",
      "AdminDisableUser",
      "AdminEnableUser",
      "CreateGroup",
      "AdminAddUserToGroup",
      "AdminRemoveUserFromGroup",
      "AdminUserGlobalSignOut",
      "RevokeToken",
      "AdminDeleteUser",
    ]);
    const reads = await recorded(async () => {
      await api("DescribeUserPool", { UserPoolId });
      await api("ListUsers", { UserPoolId });
      await api("ListUserPools", { MaxResults: 1 });
    });
    expect(reads).toEqual([]);
  });

  it("tells of refusals, with the user where there is one", async () => {
    const { UserPoolId, client, sub } = await prepared();
    const [wrong] = await recorded(() => refusal(startSignIn(api, client, "ana", "Wrong-Horse-9")));
    expect(wrong).toMatchObject({
      eventName: "InitiateAuth",
      errorCode: "NotAuthorizedException",
      errorMessage: "Incorrect username or password.",
      requestParameters: {
        authFlow: "USER_PASSWORD_AUTH",
        authParameters: HIDDEN,
        clientId: client.ClientId,
      },
      additionalEventData: { sub, userPoolId: UserPoolId, clientId: client.ClientId },
    });
    const [unknown] = await recorded(() => refusal(startSignIn(api, client, "nobody")));
    expect(unknown).toMatchObject({ errorCode: "UserNotFoundException" });
    expect(unknown?.additionalEventData).not.toHaveProperty("sub");
    const [taken] = await recorded(() => refusal(makeUser(api, UserPoolId, "ana")));
    expect(taken).toMatchObject({ eventName: "AdminCreateUser", errorCode: "UsernameExistsException" });
    expect(await recorded(() => refusal(api("AdminGetUser", { UserPoolId, Username: "nobody" })))).toEqual(
      [],
    );
  });

  it("is searched by user, operation, principal, pool and time, newest first", async () => {
    const { UserPoolId, sub } = await prepared();
    await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    const found = async (query: Parameters<ReturnType<typeof trail>["search"]>[0]) =>
      (await trail().search(query, null, 100)).map(({ operation }) => operation);
    expect(await found({ sub })).toEqual(["AdminDisableUser", "AdminSetUserPassword", "AdminCreateUser"]);
    expect(await found({ sub, operation: "AdminCreateUser" })).toEqual(["AdminCreateUser"]);
    expect(await found({ userPoolId: UserPoolId })).toEqual([
      "AdminDisableUser",
      "AdminSetUserPassword",
      "AdminCreateUser",
      "CreateUserPoolClient",
      "CreateUserPool",
    ]);
    const [newest] = await trail().search({ sub }, null, 1);
    if (!newest) throw new Error("No record");
    expect(await found({ sub, until: newest.occurredAt })).not.toContain("AdminDisableUser");
    expect(await found({ sub, from: newest.occurredAt })).toContain("AdminDisableUser");
    expect((await trail().search({ sub }, newest, 100)).map(({ operation }) => operation)).toEqual([
      "AdminSetUserPassword",
      "AdminCreateUser",
    ]);
  });

  it("keeps nothing of a call whose record cannot be written", async () => {
    meanFaults();
    const { UserPoolId, client, sub } = await prepared();
    const { AccessToken } = await signIn(api, client, "ana");
    const database = new DatabaseSync(file);
    database.exec(
      "create trigger no_audit before insert on audit_record begin select raise(abort, 'full'); end",
    );
    try {
      const user = { UserPoolId, Username: "ana" };
      for (const call of [
        () => api("AdminDisableUser", user),
        () => api("AdminSetUserPassword", { ...user, Password: OTHER_PASSWORD, Permanent: true }),
        () => api("AdminDeleteUser", user),
        () => api("CreateGroup", { UserPoolId, GroupName: "staff" }),
        () => api("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name: "name", Value: "Ana" }] }),
        () => api("GlobalSignOut", { AccessToken }),
        () => api("DeleteUserPoolClient", { UserPoolId, ClientId: client.ClientId }),
        () => api("DeleteUserPool", { UserPoolId }),
        () => signIn(api, client, "ana"),
      ])
        expect(await refusal(call())).toMatch(/^InternalErrorException/);
      const { Enabled, UserAttributes } = await api("AdminGetUser", user);
      expect(Enabled).toBe(true);
      expect(UserAttributes?.find(({ Name }) => Name === "name")).toBeUndefined();
      expect((await api("ListGroups", { UserPoolId })).Groups).toEqual([]);
      expect(
        (await api("GetUser", { AccessToken })).UserAttributes?.find(({ Name }) => Name === "sub")?.Value,
      ).toBe(sub);
    } finally {
      database.exec("drop trigger no_audit");
      database.close();
    }
    await signIn(api, client, "ana");
  });

  describe("when it was tampered with", () => {
    let directory: string;
    let sealed: string;
    const verify = async (path: string) => {
      const key = keyOf(world.server);
      const reader = openSqliteAudit(path);
      try {
        return await verifyTrail(reader.trail, (content, signature) => key.verify(content, signature));
      } finally {
        await reader.close();
      }
    };
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), "cognate-audit-"));
      for (let round = 0; round < 3; round++) {
        await prepared();
        await world.server.sealAudit();
      }
      sealed = join(directory, "sealed.sqlite");
      const live = new DatabaseSync(file);
      live.exec(`vacuum into '${sealed}'`);
      live.close();
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    it("is whole before", async () => {
      const verdict = await verify(sealed);
      const { records, checkpoints } = verdict;
      expect(verdict).toEqual({ records, checkpoints, uncovered: 0, faults: [] });
      expect(records).toBeGreaterThan(12);
      expect(checkpoints).toBeGreaterThanOrEqual(3);
    });

    const rows =
      "(select id from audit_record order by position limit 1 offset abs(?) % (select count(*) from audit_record))";
    const checkpoints =
      "(select number from audit_checkpoint order by number limit 1 offset abs(?) % (select count(*) from audit_checkpoint))";
    const TAMPERINGS: Record<string, string> = {
      "another operation": `update audit_record set operation = 'GetUser' where id = ${rows}`,
      "another principal": `update audit_record set principal = 'somebody' where id = ${rows}`,
      "another time": `update audit_record set occurred_at = occurred_at - 1 where id = ${rows}`,
      "another user": `update audit_record set sub = 'x' where id = ${rows}`,
      "an error taken away or made up": `update audit_record set error_code = coalesce(error_code, '') || 'x' where id = ${rows}`,
      "another record": `update audit_record set record = replace(record, '1.08', '1.09') where id = ${rows}`,
      "a record removed": `delete from audit_record where id = ${rows}`,
      "a record moved": `update audit_record set position = position + 100000 where id = ${rows}`,
      // Before all others, where it was the first already: nothing but its own position tells.
      "the first record put earlier":
        "update audit_record set position = position - 1 where abs(?) >= 0 and id = (select id from audit_record order by position limit 1)",
      "another link": `update audit_segment set link = 'f' || substr(link, 2) || 'e' where number = 1 + abs(?) % 3`,
      "a segment removed": "delete from audit_segment where number = 1 + abs(?) % 3",
      "a segment moved": "update audit_segment set position = position + 1 where number = 1 + abs(?) % 3",
      "a record added": `insert into audit_record select id || 'x', node, -position, occurred_at, operation, pool_id, sub, principal, error_code, record from audit_record where id = ${rows}`,
      "all records from one on removed": `delete from audit_record where position >= (select position from audit_record where id = ${rows})`,
      "a checkpoint removed and renumbered": `delete from audit_checkpoint where number = ${checkpoints} and number < (select max(number) from audit_checkpoint)`,
      "a checkpoint of fewer records": `update audit_checkpoint set count = count - 1 where number = ${checkpoints}`,
      "another signature": `update audit_checkpoint set signature = 'A' || substr(signature, 2) || 'A' where number = ${checkpoints}`,
      "a chain removed, its checkpoints kept": "delete from audit_record where abs(?) >= 0",
    };

    it("shows it, wherever it was", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...Object.entries(TAMPERINGS)),
          fc.nat(),
          async ([how, sql], where) => {
            const copy = join(directory, "copy.sqlite");
            copyFileSync(sealed, copy);
            const database = new DatabaseSync(copy);
            const { changes } = database.prepare(sql).run(where);
            database.close();
            fc.pre(Number(changes) > 0);
            expect((await verify(copy)).faults, how).not.toEqual([]);
          },
        ),
        { numRuns: 150 },
      );
    });

    it("knows checkpoints that another key signed", async () => {
      const stranger = new CheckpointKey(Buffer.alloc(32, 7));
      const reader = openSqliteAudit(sealed);
      const { faults } = await verifyTrail(reader.trail, (content, signature) =>
        stranger.verify(content, signature),
      );
      await reader.close();
      expect(faults).toContain("checkpoint 1 is not signed by this server's key");
    });

    it("shows a segment that was sealed anew", async () => {
      // Between two checkpoints, where no signature tells of it by itself.
      const store = world.server.services.store.audit;
      const { node = "" } = (await store.search({}, null, 1))[0] ?? {};
      const sealedBefore = (await store.lastSegment(node))?.number ?? 0;
      await prepared();
      await expect
        .poll(async () => (await store.lastSegment(node))?.number, { timeout: 10_000 })
        .toBeGreaterThan(sealedBefore);
      await prepared();
      await world.server.sealAudit();
      const copy = join(directory, "anew.sqlite");
      const live = new DatabaseSync(file);
      live.exec(`vacuum into '${copy}'`);
      live.close();
      expect((await verify(copy)).faults).toEqual([]);
      const segments = await store.segments(node, Math.max(0, sealedBefore - 1), 2);
      const [before, forged] = sealedBefore === 0 ? [null, segments[0]] : segments;
      if (!forged) throw new Error("There is no segment to seal anew");
      const records = await store.chain(node, before?.position ?? 0, forged.position, 1000);
      const link = new SegmentLink(node, before ?? null);
      for (const record of records) link.add({ ...record, principal: "somebody" });
      const database = new DatabaseSync(copy);
      for (const { id } of records)
        database.prepare("update audit_record set principal = 'somebody' where id = ?").run(id);
      database
        .prepare("update audit_segment set link = ? where node = ? and number = ?")
        .run(link.segment().link, node, forged.number);
      database.close();
      const { faults } = await verify(copy);
      expect(faults).toContainEqual(
        expect.stringMatching(/^the records of \S+ up to position \d+ are not those/),
      );
      // What was sealed anew fits by itself: the link of the segment after it does not.
      expect(faults.join()).not.toContain(`up to position ${forged.position} are`);
    });

    it("is told by the command line, with status 3", async () => {
      const dataDir = join(directory, "data");
      const at = ["--data-dir", world.dataDir];
      expect(await cognate("audit", "verify", ...at)).toMatchObject({
        status: 0,
        output: expect.stringMatching(
          /^\d+ records, \d+ checkpoints, 0 records since the last one\nthe trail is whole\n$/,
        ),
      });
      const exported = await cognate("audit", "export", ...at, "--operation", "AdminCreateUser");
      const lines = exported.output.trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line).eventName)).toContain("AdminCreateUser");
      expect(new Set(lines.map((line) => JSON.parse(line).eventName)).size).toBe(1);
      expect((await cognate("audit", "tail", ...at)).output.split("\n").length).toBe(11);
      const nothing = await cognate("audit", "verify", "--data-dir", dataDir);
      expect(nothing).toMatchObject({
        status: 2,
        output: "",
        errors: expect.stringContaining("no database"),
      });
      const database = new DatabaseSync(file);
      database.exec("update audit_record set sub = 'x' where position = 2");
      database.close();
      const changed = await cognate("audit", "verify", ...at);
      expect(changed.status).toBe(3);
      expect(changed.output).toContain("the trail was changed");
    });
  });
});

describe.skipIf(postgres === null)(`the audit trail of two nodes on one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;
  beforeAll(async () => {
    database = await createDatabase(postgres ?? "");
    nodes = await startNodes(database);
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(postgres ?? "", database);
  });

  it("has a chain for each, with every call of a crowd in it once", async () => {
    const [a] = nodes.apis;
    const { Id: UserPoolId } = await makePool(a);
    let made = 0;
    await nodes.race(60, (api) => makeUser(api, UserPoolId, `user${made++}`, { password: PASSWORD }));
    await Promise.all(nodes.servers.map((server) => server.sealAudit()));
    const [server] = nodes.servers;
    if (!server) throw new Error("No server");
    const key = keyOf(server);
    const reader = await openPostgresAudit(database);
    const verdict = await verifyTrail(reader.trail, (content, signature) => key.verify(content, signature));
    expect(verdict).toEqual({ records: 121, checkpoints: 2, uncovered: 0, faults: [] });
    expect((await reader.trail.nodes()).length).toBe(2);
    const created = await reader.trail.search({ operation: "AdminCreateUser" }, null, 1000);
    expect(new Set(created.map(({ sub }) => sub)).size).toBe(60);
    await reader.close();
  });
});
