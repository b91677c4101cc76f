import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf, refusal } from "../support/api.ts";
import { attributes, closeWithinModel, makeClient, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not typed
  readonly body: any;
}

async function get(path: string): Promise<Answer> {
  const response = await fetch(`${world.url}/_dev/${path}`);
  return { status: response.status, body: await response.json() };
}

async function post(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${world.url}/_dev/${path}`, {
    method: "POST",
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/** With headers that `fetch` does not let a program choose. */
function raw(path: string, headers: Record<string, string>, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(world.url);
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("GET /_dev/messages", () => {
  it("shows what was sent, newest first, with every field", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    for (const name of ["ana", "bob"])
      await api("AdminCreateUser", {
        UserPoolId,
        Username: name,
        TemporaryPassword: PASSWORD,
        UserAttributes: attributes({ email: `${name}@example.com` }),
      });
    const { status, body } = await get(`messages?userPoolId=${UserPoolId}`);
    expect(status).toBe(200);
    expect(body).toEqual(
      ["bob", "ana"].map((name) => ({
        id: expect.any(String),
        sentAt: expect.any(Number),
        channel: "EMAIL",
        to: `${name}@example.com`,
        userPoolId: UserPoolId,
        username: name,
        kind: "AdminCreateUser",
        code: PASSWORD,
        subject: "Your temporary password",
        body: `Your username is ${name} and temporary password is ${PASSWORD}. `,
      })),
    );
    expect(body[0].id).not.toBe(body[1].id);
  });

  it("finds by pool, by user and by address, alone and together", async () => {
    const one = await scene(world, { UsernameAttributes: ["email"], AutoVerifiedAttributes: ["email"] });
    const two = await scene(world, { AutoVerifiedAttributes: ["email"] });
    const sub = (
      await one.api("SignUp", { ClientId: one.ClientId, Username: "x+y@example.com", Password: PASSWORD })
    ).UserSub;
    await two.api("SignUp", {
      ClientId: two.ClientId,
      Username: "ana",
      Password: PASSWORD,
      UserAttributes: attributes({ email: "x+y@example.com" }),
    });
    const count = async (query: Record<string, string>) =>
      (await get(`messages?${new URLSearchParams(query)}`)).body.length;
    const to = "x+y@example.com";
    expect(await count({ to })).toBe(2);
    expect(await count({ to, userPoolId: one.UserPoolId })).toBe(1);
    expect(await count({ userPoolId: one.UserPoolId, username: sub ?? "" })).toBe(1);
    expect(await count({ userPoolId: one.UserPoolId, username: to })).toBe(1);
    expect(await count({ userPoolId: two.UserPoolId, username: "ana", to })).toBe(1);
    expect(await count({ userPoolId: two.UserPoolId, username: "bob" })).toBe(0);
    expect(await count({ userPoolId: "us-east-1_AbCdEf123" })).toBe(0);
    expect(await count({ to: "nobody@example.com" })).toBe(0);
  });
});

describe("the development clock", () => {
  const now = async () => (await get("clock")).body.now as number;
  const realNow = () => Date.now() / 1000;

  it("goes with the real one, moves by advance and set, and goes back by reset", async () => {
    expect((await post("clock", { reset: true })).body.now).toBeCloseTo(realNow(), 0);
    const { status, body } = await post("clock", { advanceSeconds: 3600 });
    expect(status).toBe(200);
    expect(body).toEqual({ now: expect.any(Number) });
    expect(body.now).toBeCloseTo(realNow() + 3600, 0);
    await post("clock", { advanceSeconds: -600 });
    expect(await now()).toBeCloseTo(realNow() + 3000, 0);
    await post("clock", { set: 2_000_000_000 });
    expect(await now()).toBeCloseTo(2_000_000_000, 0);
    await post("clock", { reset: true });
    expect(await now()).toBeCloseTo(realNow(), 0);
  });

  it("goes on from where it was put, and everything is dated by it", async () => {
    await post("clock", { set: 1_900_000_000 });
    const place = await scene(world);
    await place.user("ana");
    const user = await place.api("AdminGetUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(user.UserCreateDate).toBeCloseTo(1_900_000_000, -1);
    expect(claimsOf((await place.tokens("ana")).IdToken).iat).toBeCloseTo(1_900_000_000, -1);
    await post("clock", { reset: true });
  });

  it("takes fractions of a second of any length, and the server goes on as before", async () => {
    for (const step of [0.001, 0.1234567891, 1e-9, -0.3333333333333333]) {
      expect((await post("clock", { advanceSeconds: step })).status).toBe(200);
      const place = await scene(world);
      await place.user("ana");
      await place.tokens("ana");
    }
    expect((await post("clock", { set: 1_900_000_000.123456 })).status).toBe(200);
    await scene(world);
    await post("clock", { reset: true });
  });

  it("goes to the earliest and the latest time that it takes, and back, and the server goes on as before", async () => {
    for (const set of [0, 3_755_289_599]) {
      expect((await post("clock", { set })).status).toBe(200);
      const place = await scene(world);
      await place.user("ana");
      expect((await place.tokens("ana")).AccessToken).toBeDefined();
    }
    await post("clock", { reset: true });
    const place = await scene(world);
    await place.user("ana");
    expect((await place.tokens("ana")).AccessToken).toBeDefined();
  });

  it.each([
    undefined,
    {},
    [],
    "text",
    "{",
    { advanceSeconds: "10" },
    { advanceSeconds: null },
    { advanceSeconds: 1, set: 1 },
    { advanceSeconds: 1e300 },
    { set: -1 },
    { set: "2030-01-01" },
    { set: 1e12 },
    { set: 3_755_289_601 },
    { advanceSeconds: 3_755_289_600 },
    { advanceSeconds: -3_755_289_600 },
    { reset: false },
    { forward: 10 },
  ])("is not moved by %j", async (body) => {
    const before = await now();
    const answer = await post("clock", body);
    expect(answer).toEqual({ status: 400, body: { message: expect.any(String) } });
    expect(Math.abs((await now()) - before)).toBeLessThan(5);
  });
});

describe("snapshots", () => {
  it("bring back everything as it was: pools, users, passwords, tokens, messages", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana", { email: "ana@example.com", email_verified: "true" });
    const before = await place.tokens("ana");
    await api("ForgotPassword", { ClientId: place.ClientId, Username: "ana" });
    const code = await place.code("ana@example.com");
    expect(await post("snapshots", { name: "with-ana" })).toEqual({
      status: 200,
      body: { name: "with-ana" },
    });

    await api("AdminSetUserPassword", {
      UserPoolId,
      Username: "ana",
      Password: "0ther-Passw0rd!",
      Permanent: true,
    });
    await makeUser(api, UserPoolId, "bob");
    await api("AdminUserGlobalSignOut", { UserPoolId, Username: "ana" });
    const later = await place.tokens("ana", "0ther-Passw0rd!");

    expect(await post("snapshots/with-ana/restore")).toEqual({ status: 200, body: { name: "with-ana" } });
    expect((await place.tokens("ana")).AccessToken).toBeDefined();
    expect((await api("GetUser", { AccessToken: before.AccessToken })).Username).toBe("ana");
    expect((await place.refresh(before.RefreshToken)).AuthenticationResult).toBeDefined();
    expect(await refusal(api("GetUser", { AccessToken: later.AccessToken }))).toMatch(
      /^NotAuthorizedException: /,
    );
    expect(await refusal(api("AdminGetUser", { UserPoolId, Username: "bob" }))).toBe(
      "UserNotFoundException: User does not exist.",
    );
    await api("ConfirmForgotPassword", {
      ClientId: place.ClientId,
      Username: "ana",
      ConfirmationCode: code,
      Password: "0ther-Passw0rd!",
    });
  });

  it("can be restored many times, also after a reset, and be overwritten", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await makeUser(api, UserPoolId, "one");
    await post("snapshots", { name: "s_1" });
    await makeUser(api, UserPoolId, "two");
    const users = async () =>
      ((await api("ListUsers", { UserPoolId })).Users ?? []).map((user) => user.Username);
    for (let n = 0; n < 2; n++) {
      await post("snapshots/s_1/restore");
      expect(await users()).toEqual(["one"]);
      await makeUser(api, UserPoolId, `more-${n}`);
    }
    await post("snapshots", { name: "s_1" });
    expect(await post("reset")).toEqual({ status: 200, body: {} });
    expect(await refusal(users())).toBe(`ResourceNotFoundException: User pool ${UserPoolId} does not exist.`);
    await post("snapshots/s_1/restore");
    expect(await users()).toEqual(["one", "more-1"]);
  });

  it("restore the keys that tokens are signed with", async () => {
    const place = await scene(world);
    await post("snapshots", { name: "before-keys" });
    await place.user("ana");
    await place.tokens("ana");
    await post("snapshots/before-keys/restore");
    const client = await makeClient(place.api, place.UserPoolId);
    await place.user("ana");
    const tokens = await signIn(place.api, client, "ana");
    const header = JSON.parse(Buffer.from(tokens.AccessToken.split(".")[0] ?? "", "base64url").toString());
    const response = await fetch(`${world.url}/${place.UserPoolId}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: { kid: string }[] };
    expect(keys.map(({ kid }) => kid)).toContain(header.kid);
    expect((await place.api("GetUser", { AccessToken: tokens.AccessToken })).Username).toBe("ana");
  });

  it("are saved and restored while calls come in, which are answered as before or after", async () => {
    const place = await scene(world);
    await place.user("ana");
    await post("snapshots", { name: "busy" });
    const calls = Array.from({ length: 60 }, (_, i) => {
      if (i % 20 === 7) return post("snapshots/busy/restore").then(({ status }) => expect(status).toBe(200));
      if (i % 20 === 15)
        return post("snapshots", { name: "other" }).then(({ status }) => expect(status).toBe(200));
      return i % 2 ? place.signIn("ana") : place.invited(`u${i}`);
    });
    await Promise.all(calls);
    await post("snapshots/busy/restore");
    expect((await place.tokens("ana")).AccessToken).toBeDefined();
    const { Users } = await place.api("ListUsers", { UserPoolId: place.UserPoolId });
    expect(Users?.map((user) => user.Username)).toEqual(["ana"]);
  });

  it("answer 404 for a name that was never saved, and 400 for one that is no name", async () => {
    expect((await post("snapshots/never-saved/restore")).status).toBe(404);
    for (const name of ["", "a b", "../etc", "a/b", "x".repeat(65), "é", 7, null, undefined])
      expect((await post("snapshots", { name })).status).toBe(400);
    for (const path of ["snapshots/..%2f..%2fetc/restore", "snapshots/a b/restore", "snapshots//restore"])
      expect((await post(path)).status).toBe(404);
    expect((await post("snapshots")).status).toBe(400);
  });
});

describe("POST /_dev/reset", () => {
  it("empties the database and sets the clock right", async () => {
    const place = await scene(world);
    await place.user("ana", { email: "ana@example.com" });
    const { AccessToken } = await place.tokens("ana");
    await post("clock", { advanceSeconds: 1000 });
    expect(await post("reset")).toEqual({ status: 200, body: {} });
    expect((await get("messages")).body).toEqual([]);
    expect((await place.api("ListUserPools", { MaxResults: 60 })).UserPools).toEqual([]);
    expect((await get("clock")).body.now).toBeCloseTo(Date.now() / 1000, 0);
    expect(await refusal(place.api("GetUser", { AccessToken }))).toMatch(/^NotAuthorizedException: /);
    const fresh = await scene(world);
    await fresh.user("ana");
    expect((await fresh.tokens("ana")).AccessToken).toBeDefined();
  });
});

describe("what the development kit refuses", () => {
  it.each([
    ["a web page of another site", { origin: "https://evil.example" }],
    ["a web page of this machine", { origin: "http://localhost:3000" }],
    ["a page that says it comes from nowhere", { origin: "null" }],
    ["a request that the browser marks as cross-site", { "sec-fetch-site": "cross-site" }],
    ["a name that is not this machine's", { host: "evil.example" }],
    ["a name that only looks like this machine's", { host: "localhost.evil.example:9500" }],
  ])("is %s", async (_, headers) => {
    for (const [method, path] of [
      ["GET", "/_dev/messages"],
      ["POST", "/_dev/reset"],
      ["POST", "/_dev/clock"],
    ] as const)
      expect(await raw(path, headers as Record<string, string>, method)).toEqual({
        status: 403,
        body: { message: expect.any(String) },
      });
  });

  it("is nothing for a program on this machine, under any of its names", async () => {
    for (const host of ["localhost", "127.0.0.1:1234", "[::1]:80", "auth.localhost"])
      expect((await raw("/_dev/clock", { host })).status).toBe(200);
  });

  it.each([
    ["GET", "/_dev/"],
    ["GET", "/_dev/unknown"],
    ["GET", "/_dev/reset"],
    ["DELETE", "/_dev/messages"],
    ["POST", "/_dev/messages"],
    ["PUT", "/_dev/clock"],
  ])("is %s %s: there is no such address", async (method, path) => {
    expect(await raw(path, {}, method)).toEqual({ status: 404, body: { message: expect.any(String) } });
  });
});
