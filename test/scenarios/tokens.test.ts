import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateUserPoolClientRequest } from "../../src/api/generated/shapes.ts";
import { apiOf, claimsOf, refusal } from "../support/api.ts";
import {
  attributes,
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Client = Awaited<ReturnType<typeof makeClient>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuid = expect.stringMatching(UUID);
const seconds = expect.any(Number);

let poolId = "";
let client: Client;
beforeAll(async () => {
  poolId = (
    await makePool(api, {
      Schema: [
        { Name: "count", AttributeDataType: "Number" },
        { Name: "flag", AttributeDataType: "Boolean" },
        { Name: "day", AttributeDataType: "DateTime" },
        { Name: "note", AttributeDataType: "String" },
        { Name: "internal", AttributeDataType: "String", DeveloperOnlyAttribute: true },
      ],
    })
  ).Id;
  client = await makeClient(api, poolId);
});

const headerOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
const refresh = async (by: Client, REFRESH_TOKEN: string) => {
  const { AuthenticationResult } = await api("InitiateAuth", {
    ClientId: by.ClientId,
    AuthFlow: "REFRESH_TOKEN_AUTH",
    AuthParameters: { REFRESH_TOKEN },
  });
  return AuthenticationResult ?? {};
};

describe("the tokens of a sign-in", () => {
  it("carry exactly the claims of Cognito's, for a user with nothing but a name", async () => {
    await makeUser(api, poolId, "plain", { password: PASSWORD });
    const { IdToken, AccessToken } = await signIn(api, client, "plain");
    const id = claimsOf(IdToken);
    const access = claimsOf(AccessToken);
    const issuer = `${world.url}/${poolId}`;
    expect(id).toEqual({
      sub: uuid,
      iss: issuer,
      "cognito:username": "plain",
      origin_jti: uuid,
      aud: client.ClientId,
      event_id: uuid,
      token_use: "id",
      auth_time: seconds,
      exp: seconds,
      iat: seconds,
      jti: uuid,
    });
    expect(access).toEqual({
      sub: id.sub,
      iss: issuer,
      client_id: client.ClientId,
      origin_jti: id.origin_jti,
      event_id: id.event_id,
      token_use: "access",
      scope: "aws.cognito.signin.user.admin",
      auth_time: id.auth_time,
      exp: seconds,
      iat: id.iat,
      jti: uuid,
      username: "plain",
    });
    expect(access.jti).not.toBe(id.jti);
    expect(access.jti).not.toBe(id.origin_jti);
    for (const claims of [id, access]) {
      expect(claims.iat).toBe(claims.auth_time);
      expect(Number.isInteger(claims.iat)).toBe(true);
      expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
    }
    const { UserAttributes } = await api("AdminGetUser", { UserPoolId: poolId, Username: "plain" });
    expect(UserAttributes?.[0]).toEqual({ Name: "sub", Value: id.sub });
  });

  it("have a header of kid and alg in that order, with a key for each kind", async () => {
    await makeUser(api, poolId, "headers", { password: PASSWORD });
    const { IdToken, AccessToken } = await signIn(api, client, "headers");
    for (const token of [IdToken, AccessToken]) {
      const header = headerOf(token) as Record<string, string>;
      expect(Object.keys(header)).toEqual(["kid", "alg"]);
      expect(header.alg).toBe("RS256");
      expect(header.kid).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    }
    expect(headerOf(IdToken)).not.toEqual(headerOf(AccessToken));
  });

  it("are other ones each time", async () => {
    await makeUser(api, poolId, "each-time", { password: PASSWORD });
    const [one, two] = [await signIn(api, client, "each-time"), await signIn(api, client, "each-time")];
    for (const claim of ["jti", "origin_jti", "event_id"])
      expect(claimsOf(one.AccessToken)[claim]).not.toBe(claimsOf(two.AccessToken)[claim]);
    expect(one.RefreshToken).not.toBe(two.RefreshToken);
  });

  it("carry no jti and no origin_jti where token revocation is off", async () => {
    const open = await makeClient(api, poolId, { EnableTokenRevocation: false });
    await makeUser(api, poolId, "no-revocation", { password: PASSWORD });
    const { IdToken, AccessToken } = await signIn(api, open, "no-revocation");
    for (const token of [IdToken, AccessToken]) {
      expect(claimsOf(token)).not.toHaveProperty("jti");
      expect(claimsOf(token)).not.toHaveProperty("origin_jti");
      expect(claimsOf(token).event_id).toMatch(UUID);
    }
  });

  it("say nothing of attributes in the access token", async () => {
    const given = { email: "quiet@example.com", "custom:note": "x" };
    await makeUser(api, poolId, "quiet", { password: PASSWORD, attributes: given });
    const { AccessToken } = await signIn(api, client, "quiet");
    expect(JSON.stringify(claimsOf(AccessToken))).not.toContain("quiet@example.com");
    expect(claimsOf(AccessToken)).not.toHaveProperty("custom:note");
  });
});

describe("attributes in the ID token", () => {
  const all = {
    email: "attributes@example.com",
    email_verified: "true",
    phone_number: "+15550001111",
    phone_number_verified: "false",
    name: "Ana Q.",
    address: "1 Main Street\nTown",
    updated_at: "1700000000",
    "custom:count": "7",
    "custom:flag": "true",
    "custom:day": "2026-11-20T00:00:00Z",
    "custom:note": "été ✓",
    "dev:custom:internal": "not for tokens",
  };

  it("have the types that Cognito gives them; custom ones are strings always", async () => {
    await makeUser(api, poolId, "attributes", { password: PASSWORD, attributes: all });
    const claims = claimsOf((await signIn(api, client, "attributes")).IdToken);
    expect(claims).toMatchObject({
      email: "attributes@example.com",
      email_verified: true,
      phone_number: "+15550001111",
      phone_number_verified: false,
      name: "Ana Q.",
      address: { formatted: "1 Main Street\nTown" },
      updated_at: 1_700_000_000,
      "custom:count": "7",
      "custom:flag": "true",
      "custom:day": "2026-11-20T00:00:00Z",
      "custom:note": "été ✓",
    });
    expect(claims).not.toHaveProperty("dev:custom:internal");
  });

  it("are those that the client may read, in GetUser as well", async () => {
    const limited = await makeClient(api, poolId, { ReadAttributes: ["email", "custom:note"] });
    await makeUser(api, poolId, "limited", { password: PASSWORD, attributes: all });
    const { IdToken, AccessToken } = await signIn(api, limited, "limited");
    const claims = claimsOf(IdToken);
    expect(claims).toMatchObject({ email: all.email, "custom:note": "été ✓", sub: uuid });
    for (const hidden of ["email_verified", "name", "phone_number", "address", "custom:count"])
      expect(claims).not.toHaveProperty(hidden);
    const user = await api("GetUser", { AccessToken });
    expect(user).toEqual({
      Username: "limited",
      UserAttributes: [
        { Name: "sub", Value: claims.sub },
        ...attributes({ email: all.email, "custom:note": "été ✓" }),
      ],
    });
  });
});

describe("groups in the tokens", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  let groupsPool = "";
  let groupsClient: Client;
  beforeAll(async () => {
    groupsPool = (await makePool(api)).Id;
    groupsClient = await makeClient(api, groupsPool);
    for (const group of [
      { GroupName: "plain" },
      { GroupName: "best", Precedence: 0, RoleArn: role("best") },
      { GroupName: "second", Precedence: 5, RoleArn: role("second") },
      { GroupName: "second-same", Precedence: 5, RoleArn: role("second") },
      { GroupName: "second-other", Precedence: 5, RoleArn: role("other") },
      { GroupName: "last", RoleArn: role("last") },
    ])
      await api("CreateGroup", { UserPoolId: groupsPool, ...group });
  });

  const claimsIn = async (username: string, groups: readonly string[]) => {
    await makeUser(api, groupsPool, username, { password: PASSWORD });
    for (const GroupName of groups)
      await api("AdminAddUserToGroup", { UserPoolId: groupsPool, Username: username, GroupName });
    const { IdToken, AccessToken } = await signIn(api, groupsClient, username);
    return { id: claimsOf(IdToken), access: claimsOf(AccessToken) };
  };

  it("are absent, not empty, for a user in none", async () => {
    const { id, access } = await claimsIn("in-none", []);
    for (const claims of [id, access])
      expect(Object.keys(claims).filter((name) => /groups|role/.test(name))).toEqual([]);
  });

  it("are named in both tokens, their roles only in the ID token", async () => {
    const { id, access } = await claimsIn("in-two", ["plain", "second"]);
    expect(new Set(id["cognito:groups"] as string[])).toEqual(new Set(["plain", "second"]));
    expect(access["cognito:groups"]).toEqual(id["cognito:groups"]);
    expect(id["cognito:roles"]).toEqual([role("second")]);
    expect(id["cognito:preferred_role"]).toBe(role("second"));
    expect(access).not.toHaveProperty("cognito:roles");
    expect(access).not.toHaveProperty("cognito:preferred_role");
  });

  it("give no role where no group has one", async () => {
    const { id } = await claimsIn("no-role", ["plain"]);
    expect(id["cognito:groups"]).toEqual(["plain"]);
    expect(id).not.toHaveProperty("cognito:roles");
    expect(id).not.toHaveProperty("cognito:preferred_role");
  });

  it.each([
    ["the lowest precedence wins", ["second", "best", "last"], role("best")],
    ["no precedence is the worst", ["last", "second"], role("second")],
    ["equals with one role give that role", ["second", "second-same"], role("second")],
    ["equals with different roles give none", ["second", "second-other"], undefined],
    ["a better group ends a tie", ["second", "second-other", "best"], role("best")],
  ])("prefer one role: %s", async (_rule, groups, preferred) => {
    const { id } = await claimsIn(`prefers-${groups.join("-")}`, groups);
    expect(id["cognito:preferred_role"]).toBe(preferred);
    expect(new Set(id["cognito:groups"] as string[])).toEqual(new Set(groups));
    const roles = id["cognito:roles"] as string[];
    expect(new Set(roles).size).toBe(roles.length);
  });
});

describe("a refresh", () => {
  it("keeps the sign-in's time and ids, and makes new tokens with what is true now", async () => {
    await makeUser(api, poolId, "refreshes", { password: PASSWORD, attributes: { name: "Before" } });
    const first = await signIn(api, client, "refreshes");
    await world.advanceSeconds(1800);
    await api("AdminUpdateUserAttributes", {
      UserPoolId: poolId,
      Username: "refreshes",
      UserAttributes: attributes({ name: "After" }),
    });
    await api("CreateGroup", { UserPoolId: poolId, GroupName: "joined" });
    await api("AdminAddUserToGroup", { UserPoolId: poolId, Username: "refreshes", GroupName: "joined" });
    const second = await refresh(client, first.RefreshToken);
    expect(Object.keys(second).sort()).toEqual(["AccessToken", "ExpiresIn", "IdToken", "TokenType"]);
    for (const kind of ["IdToken", "AccessToken"] as const) {
      const [before, after] = [claimsOf(first[kind]), claimsOf(second[kind])];
      for (const kept of ["auth_time", "origin_jti", "event_id", "sub", "iss", "token_use"])
        expect(after[kept]).toBe(before[kept]);
      expect(after.jti).not.toBe(before.jti);
      expect(Number(after.iat) - Number(before.iat)).toBeGreaterThanOrEqual(1800);
      expect(Number(after.exp) - Number(after.iat)).toBe(3600);
      expect(after["cognito:groups"]).toEqual(["joined"]);
    }
    expect(claimsOf(second.IdToken).name).toBe("After");
  });
});

describe("how long tokens live", () => {
  const lifetimes = async (username: string, settings: Partial<CreateUserPoolClientRequest>) => {
    const own = await makeClient(api, poolId, settings);
    await makeUser(api, poolId, username, { password: PASSWORD });
    const tokens = await signIn(api, own, username);
    const life = (token: string) => Number(claimsOf(token).exp) - Number(claimsOf(token).iat);
    return { own, tokens, access: life(tokens.AccessToken), id: life(tokens.IdToken) };
  };

  it.each([
    [
      "minutes",
      {
        AccessTokenValidity: 5,
        IdTokenValidity: 10,
        TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes" },
      },
      300,
      600,
    ],
    [
      "seconds",
      {
        AccessTokenValidity: 301,
        IdTokenValidity: 86_400,
        TokenValidityUnits: { AccessToken: "seconds", IdToken: "seconds" },
      },
      301,
      86_400,
    ],
    ["hours, which are the default", { AccessTokenValidity: 2, IdTokenValidity: 3 }, 7200, 10_800],
    [
      "days",
      {
        AccessTokenValidity: 1,
        IdTokenValidity: 1,
        TokenValidityUnits: { AccessToken: "days", IdToken: "days" },
      },
      86_400,
      86_400,
    ],
  ])("is set in %s", async (unit, settings, access, id) => {
    const life = await lifetimes(`life-${unit.slice(0, 4)}`, settings as never);
    expect([life.access, life.id, life.tokens.ExpiresIn]).toEqual([access, id, access]);
  });

  it("ends for access tokens at exp", async () => {
    const { tokens } = await lifetimes("expires", {
      AccessTokenValidity: 5,
      TokenValidityUnits: { AccessToken: "minutes" },
    });
    const { AccessToken } = tokens;
    await world.advanceSeconds(297);
    expect((await api("GetUser", { AccessToken })).Username).toBe("expires");
    await world.advanceSeconds(3);
    expect(await refusal(api("GetUser", { AccessToken }))).toBe(
      "NotAuthorizedException: Access Token has expired",
    );
  });

  it("ends for refresh tokens after the sign-in, whatever was refreshed since", async () => {
    const { own, tokens } = await lifetimes("refresh-expires", {
      RefreshTokenValidity: 60,
      TokenValidityUnits: { RefreshToken: "minutes" },
      AccessTokenValidity: 1,
    });
    await world.advanceSeconds(3590);
    await refresh(own, tokens.RefreshToken);
    await world.advanceSeconds(10);
    expect(await refusal(refresh(own, tokens.RefreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("is 30 days for refresh tokens unless the client says otherwise", async () => {
    await makeUser(api, poolId, "thirty-days", { password: PASSWORD });
    const { RefreshToken } = await signIn(api, client, "thirty-days");
    await world.advanceSeconds(30 * 86_400 - 5);
    await refresh(client, RefreshToken);
    await world.advanceSeconds(5);
    expect(await refusal(refresh(client, RefreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });
});
