import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, inject, it } from "vitest";
import { operationNames } from "../../src/api/operation.ts";
import type { ConfigInput } from "../../src/config/config.ts";
import { REQUEST_CATEGORIES, type RequestCategory } from "../../src/domain/provisioned-limits/index.ts";
import { operationCategories } from "../../src/domain/rate-limits/index.ts";
import { type Api, ApiRefusal, apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { EVERYTHING, type Production, send, signedApi, startProduction } from "../support/production.ts";
import { startWorld, type World } from "../support/world.ts";

const THROTTLED = { code: "TooManyRequestsException", message: "Rate exceeded", status: 400 };
/** The limit of a category in tests that look at one. */
const RATE = 3;

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

type Limits = NonNullable<ConfigInput["limits"]>;

/** A server in development mode with limits, and the names that requests need. */
async function limited(limits: Limits, settings: ConfigInput = {}) {
  const world = await startWorld({ limits: { enabled: true, ...limits }, ...settings });
  worlds.push(world);
  const api = apiOf(world);
  return { world, api, url: world.url };
}

/** So many calls at once: how many were admitted, and what the others were told. */
async function burst(count: number, call: (index: number) => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => call(index)));
  const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  const throttled = refusals.filter((fault) => fault instanceof ApiRefusal && fault.code === THROTTLED.code);
  return { throttled, admitted: count - throttled.length };
}

const initiate = (url: string, ClientId: string, USERNAME: string, PASSWORD: string, headers = {}) =>
  send(
    url,
    "InitiateAuth",
    JSON.stringify({ AuthFlow: "USER_PASSWORD_AUTH", ClientId, AuthParameters: { USERNAME, PASSWORD } }),
    headers,
  );

const provision = (api: Api, Category: RequestCategory, RequestedLimitValue: number) =>
  api("UpdateProvisionedLimit", {
    LimitDefinition: { LimitClass: "API_CATEGORY", Attributes: { Category } },
    RequestedLimitValue,
  });

describe("every operation", () => {
  it("is in a category, but for those that tell and change limits", () => {
    const outside = operationNames.filter((name) => !operationCategories.has(name));
    expect(outside.sort()).toEqual(["GetProvisionedLimit", "UpdateProvisionedLimit"]);
  });
});

describe("a category", () => {
  const UserPoolId = "us-east-1_absent000";
  const ClientId = "absentclient0000000000000";
  /** Cheap calls that change nothing: admitted ones are refused for something else. */
  const calls: Partial<Record<RequestCategory, (api: Api) => Promise<unknown>>> = {
    UserAuthentication: (api) =>
      api("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId,
        AuthParameters: { USERNAME: "a", PASSWORD: "b" },
      }),
    UserCreation: (api) => api("SignUp", { ClientId, Username: "a", Password: "b" }),
    UserAccountRecovery: (api) => api("ForgotPassword", { ClientId, Username: "a" }),
    UserRead: (api) => api("AdminGetUser", { UserPoolId, Username: "a" }),
    UserUpdate: (api) => api("AdminDisableUser", { UserPoolId, Username: "a" }),
    UserToken: (api) => api("RevokeToken", { ClientId, Token: "a" }),
    UserResourceRead: (api) => api("AdminListDevices", { UserPoolId, Username: "a" }),
    UserResourceUpdate: (api) =>
      api("AdminForgetDevice", {
        UserPoolId,
        Username: "a",
        DeviceKey: "us-east-1_11111111-1111-1111-1111-111111111111",
      }),
    UserList: (api) => api("ListUsers", { UserPoolId }),
    UserPoolRead: (api) => api("ListUserPools", { MaxResults: 1 }),
    UserPoolUpdate: (api) => api("DeleteUserPool", { UserPoolId }),
    UserPoolResourceRead: (api) => api("ListGroups", { UserPoolId }),
    UserPoolResourceUpdate: (api) => api("DeleteGroup", { UserPoolId, GroupName: "g" }),
    UserPoolClientRead: (api) => api("ListUserPoolClients", { UserPoolId }),
    UserPoolClientUpdate: (api) => api("DeleteUserPoolClient", { UserPoolId, ClientId }),
    ClientAuthentication: (api) => api("GetClientToken", { ClientId, Secret: "s" }),
  };

  it.each(Object.entries(calls))("%s acts, and leaves the others alone", async (category, call) => {
    const { api } = await limited({ categories: { [category]: RATE } });
    const { throttled, admitted } = await burst(RATE * 4, () => call(api));
    expect(admitted).toBe(RATE);
    expect(throttled[0]).toMatchObject(THROTTLED);
    const [other] = Object.entries(calls).filter(([name]) => name !== category);
    expect((await burst(1, () => other?.[1](api) ?? Promise.resolve())).admitted).toBe(1);
    await sleep(1010);
    expect((await burst(RATE + 2, () => call(api))).admitted).toBe(RATE);
  });

  it("names every one that requests of the API belong to", () =>
    expect(Object.keys(calls).sort()).toEqual(
      Object.keys(REQUEST_CATEGORIES)
        .filter((name) => name !== "UserFederation")
        .sort(),
    ));
});

describe("limits", () => {
  it("are off in development mode unless they are asked for", async () => {
    const { api } = await limited({ enabled: false, categories: { UserPoolRead: 1 } });
    expect((await burst(40, () => api("ListUserPools", { MaxResults: 1 }))).throttled).toEqual([]);
  });

  it("are on in production, Cognito's for who says nothing", async () => {
    const production: Production = await startProduction({ limits: {} });
    const api = signedApi(production.url, await production.user("admin", [EVERYTHING]));
    const { admitted } = await burst(60, () => api("ListUserPools", { MaxResults: 1 }));
    await production.close();
    expect(admitted).toBe(15);
  });

  it("count nobody whose signature is wrong or who may not call", async () => {
    const production = await startProduction({ limits: { categories: { UserPoolRead: RATE } } });
    const nobody = signedApi(production.url, await production.user("nobody"));
    const admin = signedApi(production.url, await production.user("admin", [EVERYTHING]));
    const refused = await burst(RATE * 3, () => nobody("ListUserPools", { MaxResults: 1 }));
    expect(refused.throttled).toEqual([]);
    expect((await burst(RATE, () => admin("ListUserPools", { MaxResults: 1 }))).admitted).toBe(RATE);
    await production.close();
  });

  it("act within a second when they are raised, and in their region only", async () => {
    const { api, world } = await limited({ categories: { UserToken: RATE } });
    const call = () => api("RevokeToken", { ClientId: "absentclient", Token: "a" });
    expect((await burst(20, call)).admitted).toBe(RATE);
    await provision(api, "UserToken", 10);
    await sleep(2010);
    expect((await burst(20, call)).admitted).toBe(10);
    expect(world.undeclaredErrors).toEqual([]);
  });

  it("of one pool are five a second for each operation that configures it", async () => {
    const { api } = await limited({});
    const { Id } = await makePool(api);
    const { Id: other } = await makePool(api);
    const groups = (UserPoolId: string) => api("ListGroups", { UserPoolId });
    expect((await burst(12, () => groups(Id))).admitted).toBe(5);
    expect((await burst(5, () => groups(other))).admitted).toBe(5);
    expect((await burst(1, () => api("GetUserPoolMfaConfig", { UserPoolId: Id }))).admitted).toBe(1);
  });

  it("of one user are ten reads and ten writes a second, with a token or by an administrator", async () => {
    const { api } = await limited({});
    const { Id: UserPoolId } = await makePool(api);
    const { ClientId } = await makeClient(api, UserPoolId);
    for (const name of ["ana", "ben"]) await makeUser(api, UserPoolId, name, { password: PASSWORD });
    const { AuthenticationResult } = await api("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId,
      AuthParameters: { USERNAME: "ana", PASSWORD },
    });
    const AccessToken = AuthenticationResult?.AccessToken ?? "";
    await sleep(1010);
    expect((await burst(30, () => api("GetUser", { AccessToken }))).admitted).toBe(10);
    expect((await burst(10, () => api("AdminGetUser", { UserPoolId, Username: "ben" }))).admitted).toBe(10);
    const rename = () =>
      api("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name: "name", Value: "Ana" }] });
    expect((await burst(15, rename)).admitted).toBe(10);
  });

  it("of a user are not used up with forged tokens", async () => {
    const { api } = await limited({});
    const { Id: UserPoolId } = await makePool(api);
    const { ClientId } = await makeClient(api, UserPoolId);
    await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
    const { AuthenticationResult } = await api("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId,
      AuthParameters: { USERNAME: "ana", PASSWORD },
    });
    const AccessToken = AuthenticationResult?.AccessToken ?? "";
    const forged = `${AccessToken.slice(0, -8)}AAAAAAAA`;
    expect((await burst(50, () => api("GetUser", { AccessToken: forged }))).throttled).toEqual([]);
    expect((await burst(10, () => api("GetUser", { AccessToken }))).admitted).toBe(10);
  });

  it("of one client leave the others alone", async () => {
    const { api } = await limited({ client: RATE });
    const { Id } = await makePool(api);
    const first = await makeClient(api, Id);
    const second = await makeClient(api, Id);
    const revoke = (ClientId: string) => api("RevokeToken", { ClientId, Token: "a" });
    expect((await burst(9, () => revoke(first.ClientId))).admitted).toBe(RATE);
    expect((await burst(RATE, () => revoke(second.ClientId))).admitted).toBe(RATE);
  });

  it("leave answers to challenges three times the rate of sign-ins, and new passwords to recovery", async () => {
    const { api } = await limited({ categories: { UserAuthentication: RATE, UserAccountRecovery: 2 } });
    const answer = (ChallengeName: "SMS_MFA" | "NEW_PASSWORD_REQUIRED") =>
      api("RespondToAuthChallenge", {
        ChallengeName,
        ClientId: "absentclient",
        Session: "s".repeat(40),
        ChallengeResponses: { USERNAME: "a" },
      });
    expect((await burst(30, () => answer("SMS_MFA"))).admitted).toBe(RATE * 4);
    expect((await burst(5, () => answer("NEW_PASSWORD_REQUIRED"))).admitted).toBe(2);
  });
});

describe("a source address", () => {
  const PROXY = { trustedProxies: ["127.0.0.0/8"] };
  const from = (address: string) => ({ "x-forwarded-for": address });

  it("is refused by itself: a /64 is one, and what a client writes into the header is nothing", async () => {
    const { url } = await limited({ address: 5 }, PROXY);
    const call = (address: string) => initiate(url, "absentclient", "a", "b", from(address));
    const codes = async (addresses: readonly string[]) => {
      const answers = await Promise.all(addresses.map(call));
      return answers.filter(({ code }) => code === THROTTLED.code).length;
    };
    const neighbours = Array.from({ length: 20 }, (_, i) => `2001:db8:0:7:${i.toString(16)}::${i}`);
    expect(await codes(neighbours)).toBe(15);
    expect(await codes(["2001:db8:0:8::1", "198.51.100.1"])).toBe(0);
    const forged = Array.from({ length: 20 }, (_, i) => `10.0.0.${i}, 203.0.113.9`);
    expect(await codes(forged)).toBe(15);
  });

  it("is refused key sets, discovery and STS like other calls that anybody may make", async () => {
    const { api, url } = await limited({ address: 5 }, PROXY);
    const { Id } = await makePool(api);
    const statuses = async (address: string, count: number, ask: (headers: object) => Promise<Response>) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(from(address))));
      return Promise.all(answers.map(async (answer) => [answer.status, await answer.text()] as const));
    };
    const document = (name: string) => (headers: object) =>
      fetch(`${url}/${Id}/.well-known/${name}`, { headers: { ...headers } });
    for (const [address, name] of [
      ["198.51.100.1", "jwks.json"],
      ["198.51.100.2", "openid-configuration"],
    ] as const) {
      const answers = await statuses(address, 12, document(name));
      expect(answers.filter(([status]) => status === 200)).toHaveLength(5);
      expect(answers.filter(([status]) => status === 429)).toHaveLength(7);
      expect(answers.find(([status]) => status === 429)?.[1]).toBe('{"message":"Rate exceeded"}');
    }
    const identity = (headers: object) =>
      fetch(url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        body: "Action=GetCallerIdentity&Version=2011-06-15",
      });
    const asked = await statuses("198.51.100.3", 12, identity);
    expect(asked.filter(([status]) => status === 200)).toHaveLength(5);
    const refused = asked.filter(([status]) => status === 400);
    expect(refused).toHaveLength(7);
    expect(refused[0]?.[1]).toContain("<Code>Throttling</Code>");
    // One count for all of it, and none for anybody else.
    expect((await statuses("198.51.100.3", 1, document("jwks.json")))[0]?.[0]).toBe(429);
    expect((await statuses("198.51.100.4", 1, identity))[0]?.[0]).toBe(200);
    expect((await initiate(url, "absentclient", "a", "b", from("198.51.100.3"))).code).toBe(THROTTLED.code);
  });

  it("that fails too often signs in no more for the rest of the minute, and others do", async () => {
    const { api, url } = await limited({ failedSignInsPerMinute: 4 }, PROXY);
    const { Id } = await makePool(api);
    const { ClientId } = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    const signIn = (address: string, name: string, password: string) =>
      initiate(url, ClientId, name, password, from(address));
    for (let i = 0; i < 4; i++)
      expect((await signIn("198.51.100.1", `nobody${i}`, PASSWORD)).code).toBe("UserNotFoundException");
    expect(await signIn("198.51.100.1", "ana", PASSWORD)).toMatchObject(THROTTLED);
    expect((await signIn("198.51.100.2", "ana", PASSWORD)).status).toBe(200);
    for (let i = 0; i < 8; i++) expect((await signIn("198.51.100.3", "ana", PASSWORD)).status).toBe(200);
  });
});

const { url: postgres, reason } = inject("postgres");

describe.skipIf(postgres === null)(`two nodes with one PostgreSQL ${reason}`, () => {
  it("together admit the limit, wherever the requests go", async () => {
    const database = await createDatabase(postgres ?? "");
    const LIMIT = 60;
    const nodes = await startNodes(database, {
      limits: { enabled: true, categories: { UserToken: LIMIT }, address: 10_000 },
    });
    const SECONDS = 5;
    /** Three times the limit, spread evenly; a fraction of it on the second node. */
    const flood = async (second: number) => {
      let admitted = 0;
      let sent = 0;
      const begun = performance.now();
      const pending: Promise<unknown>[] = [];
      while (performance.now() - begun < SECONDS * 1000) {
        const due = ((performance.now() - begun) / 1000) * LIMIT * 3;
        for (; sent < due; sent++) {
          const api = nodes.apis[(sent % 10) / 10 < second ? 1 : 0];
          pending.push(
            api("RevokeToken", { ClientId: "absentclient", Token: "a" }).catch((fault) => {
              if (fault.code !== THROTTLED.code) admitted++;
            }),
          );
        }
        await sleep(5);
      }
      await Promise.all(pending);
      return admitted / SECONDS / LIMIT;
    };
    // Both know of each other, and then of what each is asked for.
    await sleep(1500);
    const even = await flood(0.5);
    await flood(0.2);
    const uneven = await flood(0.2);
    await flood(0);
    const alone = await flood(0);
    console.log(`admitted of the limit: ${[even, uneven, alone].map((part) => part.toFixed(3)).join(", ")}`);
    const [, second] = nodes.servers;
    if (second) await nodes.stop(second);
    await nodes.close();
    await dropDatabase(postgres ?? "", database);
    for (const part of [even, uneven, alone]) {
      expect(part).toBeGreaterThanOrEqual(0.9);
      expect(part).toBeLessThanOrEqual(1.1);
    }
  }, 60_000);
});
