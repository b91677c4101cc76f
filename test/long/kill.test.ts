import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { DatabaseFacts } from "../support/database-facts.ts";
import { ApiCaller, ConnectionLost } from "../support/http-connection.ts";
import { drawsFrom } from "../support/model-probe.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { figure } from "./figure.ts";
import { sizes } from "./sizes.ts";

const WRITERS = 8;
const READY_MS = 3_000;
const PASSWORD = "Correct-Horse_7";

interface Place {
  readonly userPoolId: string;
  readonly clientId: string;
}

/** What one user must be like: `acknowledged` was answered, `attempted` may or may not have happened. */
interface Register {
  acknowledged: string | null;
  attempted: string | null;
}
const untouched = (): Register => ({ acknowledged: null, attempted: null });
const isPossible = (value: string | null, { acknowledged, attempted }: Register): boolean =>
  value === acknowledged || (attempted !== null && value === attempted);

/** A user that one writer works on; nobody else does. */
interface Subject {
  readonly username: string;
  readonly email: string;
  readonly createdBy: "AdminCreateUser" | "SignUp";
  created: boolean;
  readonly password: Register;
  /** The name attribute, as the user sets it with an access token. */
  readonly name: Register;
  /** "in" or "out" of the group. */
  readonly membership: Register;
  accessToken: string | null;
}

const dataDir = mkdtempSync(join(tmpdir(), "cognate-kill-"));
const draw = drawsFrom(20_260_101);
const subjects: Subject[] = [];
let serial = 0;

async function makePlace(api: ApiCaller): Promise<Place> {
  const { UserPool } = await api.call("CreateUserPool", {
    PoolName: "kill",
    AliasAttributes: ["email"],
    AutoVerifiedAttributes: ["email"],
  });
  const { UserPoolClient } = await api.call("CreateUserPoolClient", {
    UserPoolId: UserPool.Id,
    ClientName: "kill",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  await api.call("CreateGroup", { UserPoolId: UserPool.Id, GroupName: "members" });
  return { userPoolId: UserPool.Id, clientId: UserPoolClient.ClientId };
}

/** Tries to give a register a value; it counts only when the server said so. */
async function write(register: Register, value: string, call: () => Promise<unknown>): Promise<void> {
  register.attempted = value;
  await call();
  register.acknowledged = value;
  register.attempted = null;
}

async function createSubject(api: ApiCaller, { userPoolId, clientId }: Place): Promise<Subject> {
  const username = `user-${serial++}`;
  const email = `${username}@kill.example`;
  const createdBy = draw() < 0.5 ? "AdminCreateUser" : "SignUp";
  const fresh = { created: false, accessToken: null };
  const registers = { password: untouched(), name: untouched(), membership: untouched() };
  const subject: Subject = { username, email, createdBy, ...fresh, ...registers };
  subjects.push(subject);
  subject.membership.acknowledged = "out";
  const emailAttribute = { Name: "email", Value: email };
  await write(subject.password, PASSWORD, () =>
    createdBy === "SignUp"
      ? api.call("SignUp", {
          ClientId: clientId,
          Username: username,
          Password: PASSWORD,
          UserAttributes: [emailAttribute],
        })
      : api.call("AdminCreateUser", {
          UserPoolId: userPoolId,
          Username: username,
          TemporaryPassword: PASSWORD,
          UserAttributes: [emailAttribute, { Name: "email_verified", Value: "true" }],
        }),
  );
  subject.created = true;
  return subject;
}

/** One writer: makes users and changes them until the server is gone. */
async function keepWriting(port: number, place: Place): Promise<void> {
  const api = new ApiCaller(port);
  const { userPoolId: UserPoolId, clientId: ClientId } = place;
  try {
    for (;;) {
      const subject = await createSubject(api, place);
      const named = { UserPoolId, Username: subject.username };
      const password = `${PASSWORD}-${serial}`;
      await write(subject.password, password, () =>
        api.call("AdminSetUserPassword", { ...named, Password: password, Permanent: true }),
      );
      const member = { ...named, GroupName: "members" };
      await write(subject.membership, "in", () => api.call("AdminAddUserToGroup", member));
      if (draw() < 0.3)
        await write(subject.membership, "out", () => api.call("AdminRemoveUserFromGroup", member));
      const { AuthenticationResult } = await api.call("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId,
        AuthParameters: { USERNAME: subject.username, PASSWORD: password },
      });
      subject.accessToken = AuthenticationResult.AccessToken;
      for (const value of ["Ana", "Ben", "Cora"])
        await write(subject.name, value, () =>
          api.call("UpdateUserAttributes", {
            AccessToken: AuthenticationResult.AccessToken,
            UserAttributes: [{ Name: "name", Value: value }],
          }),
        );
    }
  } catch (fault) {
    if (!(fault instanceof ConnectionLost)) throw fault;
  } finally {
    api.close();
  }
}

/** Everything about a subject that an answer promised, and nothing that contradicts it. */
async function check(api: ApiCaller, { userPoolId, clientId }: Place, subject: Subject): Promise<string[]> {
  const lost: string[] = [];
  const expect = (right: boolean, what: string) => {
    if (!right) lost.push(`${subject.username} (${subject.createdBy}): ${what}`);
  };
  const named = { UserPoolId: userPoolId, Username: subject.username };
  const answer = await api.answer("AdminGetUser", named);
  if (answer.status !== 200) {
    expect(!subject.created, "the user is gone");
    return lost;
  }
  const user = JSON.parse(answer.body);
  const name = user.UserAttributes.find((attribute: { Name: string }) => attribute.Name === "name");
  expect(isPossible(name?.Value ?? null, subject.name), `name is ${name?.Value}`);
  const { Groups } = await api.call("AdminListGroupsForUser", named);
  expect(isPossible(Groups.length === 1 ? "in" : "out", subject.membership), "membership");
  if (subject.createdBy === "AdminCreateUser") {
    const byAlias = await api.answer("AdminGetUser", { ...named, Username: subject.email });
    expect(byAlias.status === 200, "the alias does not find its user");
  }
  const signIns = await Promise.all(
    [subject.password.acknowledged, subject.password.attempted].map(async (password) => {
      if (password === null) return false;
      const { status, body } = await api.answer("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: clientId,
        AuthParameters: { USERNAME: subject.username, PASSWORD: password },
      });
      return status === 200 || body.includes("UserNotConfirmedException");
    }),
  );
  expect(signIns.includes(true), "no password opens the account");
  return lost;
}

/** Rows that one transaction writes together: each query counts those that stand alone. */
const HALVES: Readonly<Record<string, string>> = {
  "a user without a password":
    "select count(*) from user_account where not exists (select 1 from user_password where user_key = key)",
  "a verified address without its alias": `select count(*) from user_account u
    where json_extract(u.attributes, '$.email_verified') = 'true'
    and not exists (select 1 from user_alias where user_key = u.key and name = 'email')`,
  "an alias without its user":
    "select count(*) from user_alias where not exists (select 1 from user_account where key = user_key)",
  "an unconfirmed user without a code": `select count(*) from user_account u where u.status = 'UNCONFIRMED'
    and not exists (select 1 from verification_code where user_key = u.key)`,
  "a new user without a message": `select count(*) from user_account u
    where not exists (select 1 from outbox_message where user_key = u.key)`,
  "a membership without its user":
    "select count(*) from group_member where not exists (select 1 from user_account where key = user_key)",
};

function halfApplied(): string[] {
  const facts = new DatabaseFacts(dataDir);
  try {
    return Object.entries(HALVES).flatMap(([what, sql]) => {
      const count = facts.number(sql);
      return count === 0 ? [] : [`${what}: ${count}`];
    });
  } finally {
    facts.close();
  }
}

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe(`a server killed ${sizes.kills} times under ${WRITERS} writers`, () => {
  let server: ServerProcess;
  let place: Place;
  const readyMs: number[] = [];
  const lost: string[] = [];
  const halves: string[] = [];

  it(
    "starts again each time",
    async () => {
      server = await startServerProcess({ dataDir });
      const api = new ApiCaller(server.port);
      place = await makePlace(api);
      api.close();
      for (let kill = 0; kill < sizes.kills; kill++) {
        const firstOfRound = subjects.length;
        const writers = Array.from({ length: WRITERS }, () => keepWriting(server.port, place));
        await sleep(150 + draw() * 350);
        server.signal("SIGKILL");
        await Promise.all([server.ended, ...writers]);
        server = await startServerProcess({ dataDir });
        readyMs.push(server.readyMs);
        halves.push(...halfApplied());
        const checker = new ApiCaller(server.port);
        for (const subject of subjects.slice(firstOfRound))
          lost.push(...(await check(checker, place, subject)));
        checker.close();
      }
      expect(readyMs).toHaveLength(sizes.kills);
    },
    sizes.kills * 10_000,
  );

  it("has every write that it had acknowledged", () => {
    const acknowledged = subjects.filter((subject) => subject.created).length;
    console.log(`${acknowledged} of ${subjects.length} users acknowledged over ${sizes.kills} kills`);
    expect(acknowledged).toBeGreaterThan(sizes.kills);
    expect(lost).toEqual([]);
  });

  it("has nothing half done", () => expect(halves).toEqual([]));

  it(`is ready within ${READY_MS} ms each time`, () => {
    console.log(`ready after at most ${Math.max(...readyMs).toFixed(0)} ms`);
    figure(
      "A1",
      `${lost.length} lost, ${halves.length} half done, ready within ${Math.max(...readyMs).toFixed(0)} ms over ${sizes.kills} kills`,
      `0, 0, ${READY_MS} ms`,
    );
    expect(Math.max(...readyMs)).toBeLessThanOrEqual(READY_MS);
  });

  it("still has all users of all rounds in the end, in a sound file", async () => {
    await server.stop();
    const facts = new DatabaseFacts(dataDir);
    const stored = new Set(facts.rows("select username from user_account").map((row) => row.username));
    const integrity = facts.integrity();
    facts.close();
    expect(subjects.filter(({ created, username }) => created && !stored.has(username))).toEqual([]);
    expect(integrity).toBe("ok");
  });
});
