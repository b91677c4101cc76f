import { describe, expect, it } from "vitest";
import {
  changedAccessClaims,
  changedIdClaims,
  requireBounded,
} from "../../src/domain/tokens/claim-changes.ts";
import { tokenChangesV1, tokenChangesV2 } from "../../src/domain/triggers/index.ts";

const ID = {
  sub: "u",
  "cognito:groups": ["a"],
  "cognito:roles": ["arn:r"],
  "cognito:preferred_role": "arn:r",
  email: "a@example.com",
  "dev:custom:plan": "x",
  iss: "https://issuer",
  "cognito:username": "ana",
  aud: "client",
  event_id: "e",
  token_use: "id",
  auth_time: 1,
  exp: 2,
  iat: 1,
  origin_jti: "o",
  jti: "j",
};
const ACCESS = {
  sub: "u",
  "cognito:groups": ["a"],
  iss: "https://issuer",
  client_id: "client",
  origin_jti: "o",
  event_id: "e",
  token_use: "access",
  scope: "aws.cognito.signin.user.admin",
  auth_time: 1,
  exp: 2,
  iat: 1,
  jti: "j",
  username: "ana",
};

const v1 = (details: unknown) => {
  const changes = tokenChangesV1({ claimsOverrideDetails: details });
  if (!changes) throw new Error("no change");
  return { id: changedIdClaims(ID, changes), access: changedAccessClaims(ACCESS, changes) };
};
const v2 = (details: unknown) => {
  const changes = tokenChangesV2({ claimsAndScopeOverrideDetails: details });
  if (!changes) throw new Error("no change");
  return { id: changedIdClaims(ID, changes), access: changedAccessClaims(ACCESS, changes) };
};

const unrecognizable = expect.objectContaining({
  code: "InvalidLambdaResponseException",
  message: "Unrecognizable lambda output",
});
const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (refusal) {
    return refusal;
  }
};

describe("what a function may change of tokens", () => {
  it("is nothing when the answer is as it came", () => {
    expect(tokenChangesV1({ claimsOverrideDetails: null })).toBeNull();
    expect(tokenChangesV2({ claimsAndScopeOverrideDetails: null })).toBeNull();
    expect(tokenChangesV2({})).toBeNull();
  });

  it("in version 1 is the ID token's claims, as strings", () => {
    const { id, access } = v1({ claimsToAddOrOverride: { plan: "gold", email: "b@example.com" } });
    expect(id).toEqual({ ...ID, plan: "gold", email: "b@example.com" });
    expect(access).toEqual(ACCESS);
    expect(refusalOf(() => v1({ claimsToAddOrOverride: { plan: 7 } }))).toEqual(unrecognizable);
  });

  it("lets leaving out win over setting", () => {
    const { id } = v1({ claimsToAddOrOverride: { plan: "gold" }, claimsToSuppress: ["plan", "email"] });
    const { email: _, ...rest } = ID;
    expect(id).toEqual(rest);
  });

  it("passes over every reserved claim in silence, in both tokens", () => {
    const names = [
      ...Object.keys({ ...ID, ...ACCESS }).filter((name) => name !== "email" && name !== "dev:custom:plan"),
      ...["acr", "amr", "at_hash", "azp", "nbf", "nonce", "identities", "device_key", "version"],
      ...["cognito:anything", "cognito:mfa"],
    ];
    const forged = Object.fromEntries(names.map((name) => [name, "forged"]));
    const suppressed = names.filter((name) => !/^cognito:(groups|roles|preferred_role)$/.test(name));
    const generation = { claimsToAddOrOverride: forged, claimsToSuppress: suppressed };
    const changed = v2({ idTokenGeneration: generation, accessTokenGeneration: generation });
    expect(changed).toEqual({ id: ID, access: ACCESS });
    expect(v1({ claimsToAddOrOverride: forged, claimsToSuppress: suppressed }).id).toEqual(ID);
  });

  it("does not reach the prototype of anything", () => {
    const details = JSON.parse('{"claimsToAddOrOverride":{"__proto__":"x","constructor":"y"}}');
    const { id } = v1(details);
    expect(Object.getPrototypeOf(id)).toBe(Object.prototype);
    expect(Object.hasOwn(id, "constructor")).toBe(true);
  });

  it("may leave out developers' attributes but not set them", () => {
    const set = { "dev:custom:plan": "forged" };
    expect(v1({ claimsToAddOrOverride: set }).id).toEqual(ID);
    expect(v1({ claimsToSuppress: ["dev:custom:plan"] }).id).not.toHaveProperty("dev:custom:plan");
  });

  it("replaces the groups in both tokens", () => {
    const { id, access } = v1({
      groupOverrideDetails: {
        groupsToOverride: ["b", "c"],
        iamRolesToOverride: ["arn:s"],
        preferredRole: "arn:s",
      },
    });
    expect(id).toMatchObject({
      "cognito:groups": ["b", "c"],
      "cognito:roles": ["arn:s"],
      "cognito:preferred_role": "arn:s",
    });
    expect(access).toMatchObject({ "cognito:groups": ["b", "c"] });
    expect(access).not.toHaveProperty("cognito:roles");
  });

  it.each([null, {}])(
    "takes all groups and roles away by %j, and none when not mentioned",
    (groupOverrideDetails) => {
      const { id, access } = v1({ groupOverrideDetails });
      expect(Object.keys(id).filter((name) => /groups|role/.test(name))).toEqual([]);
      expect(access).not.toHaveProperty("cognito:groups");
      expect(v1({}).id).toEqual(ID);
    },
  );

  it("may leave the group claims out by name too", () => {
    const { id } = v1({ claimsToSuppress: ["cognito:groups"] });
    expect(id).not.toHaveProperty("cognito:groups");
    expect(id).toHaveProperty("cognito:roles");
  });

  it("from version 2 on is claims of any JSON type, and scopes", () => {
    const { id, access } = v2({
      idTokenGeneration: { claimsToAddOrOverride: { nested: { a: [1, true] } } },
      accessTokenGeneration: {
        claimsToAddOrOverride: { tenant: 7, flags: ["x"] },
        scopesToAdd: ["orders/read", "openid"],
        scopesToSuppress: ["aws.cognito.signin.user.admin"],
      },
    });
    expect(id).toMatchObject({ nested: { a: [1, true] } });
    expect(access).toMatchObject({ tenant: 7, flags: ["x"], scope: "orders/read openid" });
  });

  it("leaves no scope claim when every scope is taken away", () => {
    const accessTokenGeneration = { scopesToSuppress: ["aws.cognito.signin.user.admin"] };
    expect(v2({ accessTokenGeneration }).access).not.toHaveProperty("scope");
  });

  it("keeps the scope claim to the lists of scopes", () => {
    const accessTokenGeneration = { claimsToAddOrOverride: { scope: "all" }, claimsToSuppress: ["scope"] };
    expect(v2({ accessTokenGeneration }).access).toEqual(ACCESS);
  });

  it("adds an audience to the access token only when it is the client itself", () => {
    const withAudience = (aud: string) =>
      v2({ accessTokenGeneration: { claimsToAddOrOverride: { aud } } }).access;
    expect(withAudience("client")).toEqual({ ...ACCESS, aud: "client" });
    expect(withAudience("other")).toEqual(ACCESS);
  });

  it.each([
    ["a claim of null", { idTokenGeneration: { claimsToAddOrOverride: { a: null } } }],
    ["an object for a typed claim", { idTokenGeneration: { claimsToAddOrOverride: { address: {} } } }],
    ["a list for a typed claim", { idTokenGeneration: { claimsToAddOrOverride: { email_verified: [] } } }],
    ["a scope with a space", { accessTokenGeneration: { scopesToAdd: ["a b"] } }],
    ["an empty scope", { accessTokenGeneration: { scopesToAdd: [""] } }],
    ["claims that are a list", { idTokenGeneration: { claimsToAddOrOverride: [] } }],
    ["names that are no list", { accessTokenGeneration: { claimsToSuppress: "a" } }],
    ["groups that are numbers", { groupOverrideDetails: { groupsToOverride: [1] } }],
    ["details that are text", "yes"],
  ])("does not understand %s", (_, details) => {
    expect(refusalOf(() => v2(details))).toEqual(unrecognizable);
  });

  it("ends at 5,000 claims and scopes", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`c${index}`, "x"]));
    expect(refusalOf(() => requireBounded(many, ACCESS))).toEqual(unrecognizable);
    expect(refusalOf(() => requireBounded(ID, ACCESS))).toBeUndefined();
  });
});
