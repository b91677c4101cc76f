import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, PASSWORD, secretHash, signIn } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const ACCESS_REVOKED = "NotAuthorizedException: Access Token has been revoked";
const REFRESH_REVOKED = "NotAuthorizedException: Refresh Token has been revoked";
const REFRESH_INVALID = "NotAuthorizedException: Invalid Refresh Token";
const DISABLED = "NotAuthorizedException: User is disabled.";
const NO_USER = "UserNotFoundException: User does not exist.";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

async function sceneWithAna(client = {}, pool = {}): Promise<Scene> {
  const place = await scene(world, pool, client);
  await place.user("ana", { email: "ana@example.com" });
  return place;
}

const revoke = ({ api, ClientId }: Scene, Token: string, more = {}) =>
  api("RevokeToken", { ClientId, Token, ...more });
const whoAmI = ({ api }: Scene, AccessToken: string) => api("GetUser", { AccessToken });

describe.skipIf(awsCliMissing)(`a signed-in user's session, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("is refreshed, revoked, and then refused", async () => {
    const place = await sceneWithAna();
    const { RefreshToken, AccessToken } = await place.tokens("ana");
    const aws = awsCli(world.url);
    const refresh = () =>
      aws(
        ...["initiate-auth", "--client-id", place.ClientId, "--auth-flow", "REFRESH_TOKEN_AUTH"],
        ...["--auth-parameters", `REFRESH_TOKEN=${RefreshToken}`],
      );
    const refreshed = await refresh();
    expect(refreshed.output).toEqual({
      ChallengeParameters: {},
      AuthenticationResult: {
        AccessToken: expect.any(String),
        IdToken: expect.any(String),
        ExpiresIn: 3600,
        TokenType: "Bearer",
      },
    });
    const revoked = await aws("revoke-token", "--client-id", place.ClientId, "--token", RefreshToken);
    expect(revoked).toMatchObject({ status: 0, errorText: "" });
    expect(await refresh()).toMatchObject({
      errorCode: "NotAuthorizedException",
      errorMessage: "Refresh Token has been revoked",
    });
    expect(await refusal(whoAmI(place, AccessToken))).toBe(ACCESS_REVOKED);
  });

  it("ends everywhere by admin-user-global-sign-out", async () => {
    const place = await sceneWithAna();
    const { AccessToken } = await place.tokens("ana");
    const aws = awsCli(world.url);
    const out = await aws(
      ...["admin-user-global-sign-out", "--user-pool-id", place.UserPoolId, "--username", "ana"],
    );
    expect(out).toMatchObject({ status: 0, errorText: "" });
    expect(await aws("get-user", "--access-token", AccessToken)).toMatchObject({
      errorCode: "NotAuthorizedException",
      errorMessage: "Access Token has been revoked",
    });
  });
});

describe("REFRESH_TOKEN_AUTH", () => {
  it("keeps what belongs to the sign-in and renews what belongs to the token", async () => {
    const place = await sceneWithAna();
    const first = await place.tokens("ana");
    await world.advanceSeconds(100);
    const { AuthenticationResult: second } = await place.refresh(first.RefreshToken);
    for (const name of ["IdToken", "AccessToken"] as const) {
      const before = claimsOf(first[name]);
      const after = claimsOf(second?.[name]);
      const same = ["sub", "auth_time", "origin_jti", "event_id", "iss", "token_use"];
      for (const claim of same) expect(after[claim]).toEqual(before[claim]);
      expect(after.jti).not.toBe(before.jti);
      expect(Number(after.iat) - Number(before.iat)).toBeGreaterThanOrEqual(100);
      expect(Number(after.exp) - Number(after.iat)).toBe(3600);
    }
    expect(claimsOf(second?.AccessToken).origin_jti).toBe(claimsOf(second?.IdToken).origin_jti);
    expect((await whoAmI(place, second?.AccessToken ?? "")).Username).toBe("ana");
  });

  it("answers to its older name REFRESH_TOKEN and by AdminInitiateAuth too", async () => {
    const place = await sceneWithAna();
    const { api, ClientId, UserPoolId } = place;
    const { RefreshToken } = await place.tokens("ana");
    const request = {
      ClientId,
      AuthFlow: "REFRESH_TOKEN",
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    } as const;
    expect((await api("InitiateAuth", request)).AuthenticationResult?.IdToken).toBeDefined();
    const asAdmin = await api("AdminInitiateAuth", { UserPoolId, ...request });
    expect(asAdmin.AuthenticationResult).not.toHaveProperty("RefreshToken");
  });

  it("works many times, at once and one after another", async () => {
    const place = await sceneWithAna();
    const { RefreshToken } = await place.tokens("ana");
    expect(await race(Array.from({ length: 20 }, () => place.refresh(RefreshToken)))).toEqual({
      won: 20,
      refusals: [],
    });
  });

  it("ends when the time from the sign-in is over, however often it was refreshed", async () => {
    const place = await sceneWithAna({
      RefreshTokenValidity: 60,
      TokenValidityUnits: { RefreshToken: "minutes" },
    });
    const { RefreshToken } = await place.tokens("ana");
    await world.advanceSeconds(3500);
    expect((await place.refresh(RefreshToken)).AuthenticationResult).toBeDefined();
    await world.advanceSeconds(101);
    expect(await refusal(place.refresh(RefreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("lasts thirty days unless the client says otherwise", async () => {
    const place = await sceneWithAna();
    const { RefreshToken } = await place.tokens("ana");
    await world.advanceSeconds(30 * 86_400 - 60);
    expect((await place.refresh(RefreshToken)).AuthenticationResult).toBeDefined();
    await world.advanceSeconds(61);
    expect(await refusal(place.refresh(RefreshToken))).toBe(
      "NotAuthorizedException: Refresh Token has expired",
    );
  });

  it("is refused for another client, another pool, a changed token, and what is no refresh token", async () => {
    const place = await sceneWithAna();
    const { RefreshToken, AccessToken } = await place.tokens("ana");
    expect(RefreshToken).toMatch(/^eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ\.[\w.-]+$/);
    expect(RefreshToken.split(".")).toHaveLength(5);
    const otherClient = await place.client({});
    expect(await refusal(otherClient.refresh(RefreshToken))).toBe(REFRESH_INVALID);
    expect(await refusal((await scene(world)).refresh(RefreshToken))).toBe(REFRESH_INVALID);
    for (const garbage of [
      "garbage",
      AccessToken,
      `${RefreshToken}A`,
      RefreshToken.replace(/\.[^.]*$/, ".AAAA"),
    ])
      expect(await refusal(place.refresh(garbage))).toBe(REFRESH_INVALID);
    expect(await refusal(place.refresh(""))).toBe(
      "InvalidParameterException: Missing required parameter REFRESH_TOKEN",
    );
  });

  it("is refused for a disabled user and for one who is gone", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const { RefreshToken } = await place.tokens("ana");
    await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    expect(await refusal(place.refresh(RefreshToken))).toMatch(
      /^NotAuthorizedException: (User is disabled\.|Refresh Token has been revoked)$/,
    );
    await api("AdminDeleteUser", { UserPoolId, Username: "ana" });
    expect(await refusal(place.refresh(RefreshToken))).toMatch(
      /^(NotAuthorizedException: Invalid Refresh Token|UserNotFoundException: )/,
    );
  });

  it("is refused where the client does not allow it", async () => {
    const place = await sceneWithAna({ ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"] });
    const { RefreshToken } = await place.tokens("ana");
    expect(await refusal(place.refresh(RefreshToken))).toMatch(
      /^InvalidParameterException: .*REFRESH_TOKEN_AUTH/,
    );
  });

  it("asks a client with a secret for the hash over the user's own username", async () => {
    const place = await scene(world, { UsernameAttributes: ["email"] });
    const { api, UserPoolId } = place;
    const client = await makeClient(api, UserPoolId, { GenerateSecret: true });
    const username = await place.user("ana@example.com");
    const { RefreshToken } = await signIn(api, client, "ana@example.com");
    const refresh = (hash?: string) =>
      api("InitiateAuth", {
        ClientId: client.ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: RefreshToken, ...(hash ? { SECRET_HASH: hash } : {}) },
      });
    expect((await refresh(secretHash(client, username))).AuthenticationResult).toBeDefined();
    expect(await refusal(refresh(secretHash(client, "ana@example.com")))).toBe(
      `NotAuthorizedException: SecretHash does not match for the client: ${client.ClientId}`,
    );
    expect(await refusal(refresh())).toBe(
      `NotAuthorizedException: Client ${client.ClientId} is configured with secret but SECRET_HASH was not received`,
    );
  });

  it("leaves a user's other sign-ins alone", async () => {
    const place = await sceneWithAna();
    const one = await place.tokens("ana");
    const two = await place.tokens("ana");
    await revoke(place, one.RefreshToken);
    expect((await place.refresh(two.RefreshToken)).AuthenticationResult).toBeDefined();
    expect((await whoAmI(place, two.AccessToken)).Username).toBe("ana");
  });
});

describe("RevokeToken", () => {
  it("ends the refresh token and every access token that came from it, and can be repeated", async () => {
    const place = await sceneWithAna();
    const { RefreshToken, AccessToken } = await place.tokens("ana");
    const { AuthenticationResult } = await place.refresh(RefreshToken);
    // Used before, so that nothing that was remembered of it can count afterwards.
    expect((await whoAmI(place, AccessToken)).Username).toBe("ana");
    expect(await revoke(place, RefreshToken)).toEqual({});
    expect(await revoke(place, RefreshToken)).toEqual({});
    expect(await refusal(place.refresh(RefreshToken))).toBe(REFRESH_REVOKED);
    expect(await refusal(whoAmI(place, AccessToken))).toBe(ACCESS_REVOKED);
    expect(await refusal(whoAmI(place, AuthenticationResult?.AccessToken ?? ""))).toBe(ACCESS_REVOKED);
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });

  it("succeeds for a token that was never issued, and for another client's, which it leaves alone", async () => {
    const place = await sceneWithAna();
    const { RefreshToken } = await place.tokens("ana");
    expect(await revoke(place, "never-issued")).toEqual({});
    expect(await revoke(place, `${RefreshToken.slice(0, -4)}AAAA`)).toEqual({});
    const otherClient = await place.client({});
    expect(await revoke(otherClient, RefreshToken)).toEqual({});
    expect((await place.refresh(RefreshToken)).AuthenticationResult).toBeDefined();
  });

  it("is refused an access token and an ID token", async () => {
    const place = await sceneWithAna();
    const { AccessToken, IdToken } = await place.tokens("ana");
    expect(await refusal(revoke(place, AccessToken))).toMatch(/^UnsupportedTokenTypeException: /);
    expect(await refusal(revoke(place, IdToken))).toMatch(/^UnsupportedTokenTypeException: /);
    expect((await whoAmI(place, AccessToken)).Username).toBe("ana");
  });

  it("is refused where the client has revocation off, whose tokens carry no origin_jti", async () => {
    const place = await sceneWithAna({ EnableTokenRevocation: false });
    const { RefreshToken, AccessToken, IdToken } = await place.tokens("ana");
    for (const token of [AccessToken, IdToken]) {
      expect(claimsOf(token)).not.toHaveProperty("origin_jti");
      expect(claimsOf(token)).not.toHaveProperty("jti");
    }
    expect(await refusal(revoke(place, RefreshToken))).toMatch(/^UnsupportedOperationException: /);
    expect((await place.refresh(RefreshToken)).AuthenticationResult).toBeDefined();
  });

  it("asks a client with a secret for it", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const client = await makeClient(api, UserPoolId, { GenerateSecret: true });
    const { RefreshToken, AccessToken } = await signIn(api, client, "ana");
    const call = (more: object) =>
      api("RevokeToken", { ClientId: client.ClientId, Token: RefreshToken, ...more });
    expect(await refusal(call({}))).toMatch(/^UnauthorizedException: /);
    expect(await refusal(call({ ClientSecret: "x".repeat(51) }))).toMatch(/^UnauthorizedException: /);
    expect((await whoAmI(place, AccessToken)).Username).toBe("ana");
    expect(await call({ ClientSecret: client.ClientSecret ?? "" })).toEqual({});
    expect(await refusal(whoAmI(place, AccessToken))).toBe(ACCESS_REVOKED);
  });

  it("is refused for a client that does not exist", async () => {
    const { api } = await scene(world);
    expect(await refusal(api("RevokeToken", { ClientId: "0123456789", Token: "x" }))).toMatch(
      /^(InvalidParameter|Unauthorized)Exception: .*0123456789/,
    );
  });
});

describe("signing out everywhere", () => {
  it.each(["GlobalSignOut", "AdminUserGlobalSignOut"] as const)(
    "by %s ends all sign-ins of the user through all clients, and nobody else's",
    async (how) => {
      const place = await sceneWithAna();
      const { api, UserPoolId } = place;
      const otherClient = await place.client({});
      await place.user("bob");
      const mine = [await place.tokens("ana"), await place.tokens("ana")];
      const elsewhere = await otherClient.tokens("ana");
      const bobs = await place.tokens("bob");
      for (const { AccessToken } of mine) expect((await whoAmI(place, AccessToken)).Username).toBe("ana");
      const done =
        how === "GlobalSignOut"
          ? api("GlobalSignOut", { AccessToken: mine[0]?.AccessToken ?? "" })
          : api("AdminUserGlobalSignOut", { UserPoolId, Username: "ana" });
      expect(await done).toEqual({});
      for (const tokens of [...mine, elsewhere])
        expect(await refusal(whoAmI(place, tokens.AccessToken))).toBe(ACCESS_REVOKED);
      for (const tokens of mine)
        expect(await refusal(place.refresh(tokens.RefreshToken))).toBe(REFRESH_REVOKED);
      expect(await refusal(otherClient.refresh(elsewhere.RefreshToken))).toBe(REFRESH_REVOKED);
      expect((await whoAmI(place, bobs.AccessToken)).Username).toBe("bob");
      const again = await place.tokens("ana");
      expect((await whoAmI(place, again.AccessToken)).Username).toBe("ana");
    },
  );

  it("refuses every operation with the token afterwards", async () => {
    const place = await sceneWithAna();
    const { api } = place;
    const { AccessToken } = await place.tokens("ana");
    await api("GlobalSignOut", { AccessToken });
    const calls = [
      api("GetUser", { AccessToken }),
      api("GlobalSignOut", { AccessToken }),
      api("DeleteUser", { AccessToken }),
      api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: PASSWORD }),
      api("UpdateUserAttributes", { AccessToken, UserAttributes: [] }),
      api("DeleteUserAttributes", { AccessToken, UserAttributeNames: ["name"] }),
      api("GetUserAttributeVerificationCode", { AccessToken, AttributeName: "email" }),
      api("VerifyUserAttribute", { AccessToken, AttributeName: "email", Code: "123456" }),
      api("SetUserMFAPreference", { AccessToken }),
    ];
    for (const call of calls) expect(await refusal(call)).toBe(ACCESS_REVOKED);
  });

  it("works for a user who is signed in nowhere, and is refused for one who does not exist", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    expect(await api("AdminUserGlobalSignOut", { UserPoolId, Username: "ana" })).toEqual({});
    expect(await refusal(api("AdminUserGlobalSignOut", { UserPoolId, Username: "nobody" }))).toBe(NO_USER);
  });
});

describe("a disabled user", () => {
  it("is refused everything at once, and after being enabled signs in anew: the old tokens stay dead", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const { AccessToken, RefreshToken } = await place.tokens("ana");
    expect(await api("AdminDisableUser", { UserPoolId, Username: "ana" })).toEqual({});
    expect(await api("AdminGetUser", { UserPoolId, Username: "ana" })).toMatchObject({
      Enabled: false,
      UserStatus: "CONFIRMED",
    });
    expect(await refusal(place.signIn("ana"))).toBe(DISABLED);
    expect(await refusal(whoAmI(place, AccessToken))).toMatch(
      /^NotAuthorizedException: (User is disabled\.|Access Token has been revoked)$/,
    );
    expect(await api("AdminEnableUser", { UserPoolId, Username: "ana" })).toEqual({});
    expect(await refusal(whoAmI(place, AccessToken))).toBe(ACCESS_REVOKED);
    expect(await refusal(place.refresh(RefreshToken))).toBe(REFRESH_REVOKED);
    const again = await place.tokens("ana");
    expect((await whoAmI(place, again.AccessToken)).Username).toBe("ana");
  });

  it("is told so only with the right password", async () => {
    const place = await sceneWithAna();
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(await refusal(place.signIn("ana", "Wr0ng-password!"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("can be disabled and enabled again and again; one who does not exist cannot", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    for (let n = 0; n < 2; n++) await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    for (let n = 0; n < 2; n++) await api("AdminEnableUser", { UserPoolId, Username: "ana" });
    expect(await refusal(api("AdminDisableUser", { UserPoolId, Username: "nobody" }))).toBe(NO_USER);
    expect(await refusal(api("AdminEnableUser", { UserPoolId, Username: "nobody" }))).toBe(NO_USER);
  });
});

describe("a user who deletes the account", () => {
  it("is gone at once with all tokens, and the name is free", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const { AccessToken, RefreshToken } = await place.tokens("ana");
    const other = await place.tokens("ana");
    const before = await api("AdminGetUser", { UserPoolId, Username: "ana" });
    expect(await api("DeleteUser", { AccessToken })).toBeUndefined();
    expect(await refusal(whoAmI(place, AccessToken))).toBe(NO_USER);
    expect(await refusal(whoAmI(place, other.AccessToken))).toBe(NO_USER);
    expect(await refusal(api("DeleteUser", { AccessToken }))).toBe(NO_USER);
    expect(await refusal(place.refresh(RefreshToken))).toMatch(
      /^(NotAuthorizedException: Invalid Refresh Token|UserNotFoundException: )/,
    );
    expect(await refusal(place.signIn("ana"))).toBe(NO_USER);
    expect(await refusal(api("AdminGetUser", { UserPoolId, Username: "ana" }))).toBe(NO_USER);

    await place.user("ana");
    const after = await api("AdminGetUser", { UserPoolId, Username: "ana" });
    expect(after.UserAttributes?.[0]).not.toEqual(before.UserAttributes?.[0]);
    expect(await refusal(whoAmI(place, AccessToken))).toBe(NO_USER);
    expect(await refusal(place.refresh(RefreshToken))).toMatch(/Invalid Refresh Token|UserNotFoundException/);
  });

  it("frees an alias too", async () => {
    const place = await scene(world, { AliasAttributes: ["email"] });
    const verified = { email: "ana@example.com", email_verified: "true" };
    await place.user("ana", verified);
    const { AccessToken } = await place.tokens("ana@example.com");
    await place.api("DeleteUser", { AccessToken });
    await place.user("anna", verified);
    expect((await place.signIn("ana@example.com")).AuthenticationResult).toBeDefined();
  });

  it("does the same as AdminDeleteUser, which answers with an empty body and fails the second time", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const { AccessToken } = await place.tokens("ana");
    expect(await api("AdminDeleteUser", { UserPoolId, Username: "ana" })).toBeUndefined();
    expect(await refusal(whoAmI(place, AccessToken))).toBe(NO_USER);
    expect(await refusal(api("AdminDeleteUser", { UserPoolId, Username: "ana" }))).toBe(NO_USER);
  });
});

describe("the tokens of a pool or client that is deleted", () => {
  it("are worth nothing", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    const doomed = await place.client({});
    const a = await doomed.tokens("ana");
    const b = await place.tokens("ana");
    await api("DeleteUserPoolClient", { UserPoolId, ClientId: doomed.ClientId });
    expect(await refusal(whoAmI(place, a.AccessToken))).toBe(ACCESS_REVOKED);
    expect(await refusal(doomed.refresh(a.RefreshToken))).toMatch(/^ResourceNotFoundException: /);
    await api("DeleteUserPool", { UserPoolId });
    expect(await refusal(whoAmI(place, b.AccessToken))).toBe("NotAuthorizedException: Invalid Access Token");
  });
});
