import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Input, type OperationName, operationFacts, operationNames } from "../../src/api/operation.ts";
import { inputSchema } from "../../src/http/aws-json/input-schema.ts";
import { apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { DatabaseFacts } from "../support/database-facts.ts";
import { drawsFrom, validInput } from "../support/model-probe.ts";
import { OTHER_PASSWORD, type Scene, scene } from "../support/scene.ts";
import { startWorld } from "../support/world.ts";

const INVALID = "NotAuthorizedException: Invalid Access Token";
const REVOKED = "NotAuthorizedException: Access Token has been revoked";
const EXPIRED = "NotAuthorizedException: Access Token has expired";
const DISABLED = "NotAuthorizedException: User is disabled.";
const NO_USER = "UserNotFoundException: User does not exist.";
const PATTERN =
  "InvalidParameterException: 1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+";

const OPERATIONS = operationNames.filter((name) => operationFacts[name].auth === "accessToken");

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

/** A token that must not be taken for an access token, or no longer, and the words that it is refused with. */
type Misused = readonly [name: string, token: string, words: string];

let place: Scene;
const misused: Misused[] = [];

beforeAll(async () => {
  place = await scene(world, {
    AutoVerifiedAttributes: ["email"],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
  });
  const { UserPoolId } = place;
  const named = (Username: string) => ({ UserPoolId, Username });
  const fresh = async (username: string, by = place) => {
    await by.user(username, { email: `${username}@example.com`, email_verified: "true" });
    return by.tokens(username);
  };
  const add = (name: string, token: string | undefined, words: string) =>
    misused.push([name, token ?? "", words]);

  const ana = await fresh("ana");
  add("an ID token", ana.IdToken, INVALID);
  add("a refresh token", ana.RefreshToken, INVALID);

  await place.invited("invited");
  add("the Session of NEW_PASSWORD_REQUIRED", (await place.signIn("invited")).Session, INVALID);
  const choosing = await place.client({ ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"] });
  const { ClientId } = choosing;
  const begin = (AuthFlow: Input<"InitiateAuth">["AuthFlow"], more: Record<string, string>) =>
    api("InitiateAuth", { ClientId, AuthFlow, AuthParameters: { USERNAME: "ana", ...more } });
  for (const name of ["SELECT_CHALLENGE", "EMAIL_OTP", "PASSWORD"])
    add(`the Session of ${name}`, (await begin("USER_AUTH", { PREFERRED_CHALLENGE: name })).Session, INVALID);
  const { ChallengeParameters } = await begin("USER_SRP_AUTH", { SRP_A: "abc123" });
  const block = Buffer.from(ChallengeParameters?.SECRET_BLOCK ?? "", "base64");
  add("a SECRET_BLOCK", block.toString("base64url"), INVALID);
  const UserAttributes = [{ Name: "email", Value: "new@example.com" }];
  await api("SignUp", { ClientId, Username: "new", Password: PASSWORD, UserAttributes });
  const ConfirmationCode = await place.code("new@example.com");
  const { Session } = await api("ConfirmSignUp", { ClientId, Username: "new", ConfirmationCode });
  add("the Session of ConfirmSignUp", Session, INVALID);
  const mfa = await scene(world);
  await mfa.user("ana");
  await api("SetUserPoolMfaConfig", {
    UserPoolId: mfa.UserPoolId,
    MfaConfiguration: "ON",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  const setUp = await mfa.signIn("ana");
  expect(setUp.ChallengeName).toBe("MFA_SETUP");
  add("the Session of MFA_SETUP", setUp.Session, INVALID);
  const associated = await api("AssociateSoftwareToken", { Session: setUp.Session });
  add("the Session of AssociateSoftwareToken", associated.Session, INVALID);

  add("the secret of a software token", associated.SecretCode, INVALID);
  add("a client id", ClientId, INVALID);
  add("a password", PASSWORD, INVALID);
  add("a token after the word Bearer", `Bearer ${ana.AccessToken}`, PATTERN);

  const revoked = await fresh("revoked");
  const again = (await place.refresh(revoked.RefreshToken)).AuthenticationResult?.AccessToken;
  await api("RevokeToken", { ClientId: place.ClientId, Token: revoked.RefreshToken });
  add("a token that was revoked", revoked.AccessToken, REVOKED);
  add("a refreshed token of a session that was revoked", again, REVOKED);
  const signedOut = await fresh("signed-out");
  await api("GlobalSignOut", { AccessToken: signedOut.AccessToken });
  add("a token after GlobalSignOut", signedOut.AccessToken, REVOKED);
  const thrownOut = await fresh("thrown-out");
  await api("AdminUserGlobalSignOut", named("thrown-out"));
  add("a token after AdminUserGlobalSignOut", thrownOut.AccessToken, REVOKED);

  const disabled = await fresh("disabled");
  await api("AdminDisableUser", named("disabled"));
  add("a token of a disabled user", disabled.AccessToken, DISABLED);
  const enabled = await fresh("enabled-again");
  await api("AdminDisableUser", named("enabled-again"));
  await api("AdminEnableUser", named("enabled-again"));
  add("a token from before the user was disabled and enabled", enabled.AccessToken, REVOKED);

  const deleted = await fresh("deleted");
  await api("AdminDeleteUser", named("deleted"));
  add("a token of a user who was deleted", deleted.AccessToken, NO_USER);
  for (const how of ["AdminDeleteUser", "DeleteUser"] as const) {
    const username = `recreated-${how}`;
    const before = await fresh(username);
    const refreshed = (await place.refresh(before.RefreshToken)).AuthenticationResult?.AccessToken;
    await (how === "DeleteUser"
      ? api("DeleteUser", { AccessToken: before.AccessToken })
      : api("AdminDeleteUser", named(username)));
    await fresh(username);
    add(`a token of the earlier user of a name, after ${how}`, before.AccessToken, NO_USER);
    add(`a refreshed token of the earlier user of a name, after ${how}`, refreshed, NO_USER);
    add(`an ID token of the earlier user of a name, after ${how}`, before.IdToken, INVALID);
  }

  const otherClient = await place.client({});
  const viaOther = await otherClient.tokens("ana");
  await api("DeleteUserPoolClient", { UserPoolId, ClientId: otherClient.ClientId });
  add("a token of a client that was deleted", viaOther.AccessToken, REVOKED);
  const otherPool = await scene(world);
  const elsewhere = await fresh("ana", otherPool);
  await api("DeleteUserPool", { UserPoolId: otherPool.UserPoolId });
  add("a token of a pool that was deleted", elsewhere.AccessToken, INVALID);

  const short = await place.client({
    AccessTokenValidity: 5,
    TokenValidityUnits: { AccessToken: "minutes" },
  });
  const expired = await short.tokens("ana");
  await world.advanceSeconds(300);
  add("a token whose time is up", expired.AccessToken, EXPIRED);
});

/** What the model allows, but for the token: and no Session, which some operations take in place of one. */
function inputWith(operation: OperationName, AccessToken: string): Record<string, unknown> {
  const { Session: _, ...rest } = validInput(operation, drawsFrom(operation.length));
  return { ...rest, AccessToken };
}

/** The user is not found only where the model declares that error; elsewhere the token is revoked. */
const wordsAt = (operation: OperationName, words: string): string =>
  words === NO_USER && !operationFacts[operation].errors.includes("UserNotFoundException") ? REVOKED : words;

const digest = (): string => {
  const facts = new DatabaseFacts(world.dataDir);
  // That a call was refused is itself recorded.
  const value = facts.digest(["audit_record", "audit_checkpoint"]);
  facts.close();
  return value;
};

describe("an operation with an access token", () => {
  it("is one of these, each with the member AccessToken", () => {
    expect(OPERATIONS.length).toBeGreaterThanOrEqual(20);
    for (const name of OPERATIONS)
      expect(inputSchema(name).members.map((member) => member.name)).toContain("AccessToken");
  });

  it.each(OPERATIONS)("%s takes none of the others, and changes nothing", async (operation) => {
    expect(misused.length).toBeGreaterThanOrEqual(28);
    const before = digest();
    const wrong: string[] = [];
    for (const [name, token, words] of misused) {
      const call = apiOf(world)(operation, inputWith(operation, token) as never);
      const answer = await refusal(call).catch((fault: Error) => fault.message);
      if (answer !== wordsAt(operation, words)) wrong.push(`${name}: ${answer}`);
    }
    expect(wrong).toEqual([]);
    expect(digest()).toBe(before);
  });
});

describe("the earlier user of a name", () => {
  it("cannot change the later one by any token", async () => {
    const { UserPoolId } = place;
    const named = { UserPoolId, Username: "twice" };
    await place.user("twice", { email: "first@example.com" });
    const first = await place.tokens("twice");
    await api("AdminDeleteUser", named);
    await place.user("twice", { email: "second@example.com" });
    const later = await api("AdminGetUser", named);
    const { AccessToken, RefreshToken } = first;
    const changes = [
      api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword: OTHER_PASSWORD }),
      api("UpdateUserAttributes", { AccessToken, UserAttributes: [{ Name: "name", Value: "x" }] }),
      api("DeleteUser", { AccessToken }),
    ];
    for (const change of changes) expect(await refusal(change)).toBe(NO_USER);
    expect(await refusal(api("GlobalSignOut", { AccessToken }))).toBe(REVOKED);
    expect(await refusal(place.refresh(RefreshToken))).toBe("NotAuthorizedException: Invalid Refresh Token");
    expect(await api("RevokeToken", { ClientId: place.ClientId, Token: RefreshToken })).toEqual({});
    expect(await api("AdminGetUser", named)).toEqual(later);
    expect((await place.tokens("twice")).AccessToken).toBeTruthy();
  });
});

describe("a token of another kind", () => {
  it("is no refresh token and no Session", async () => {
    const { AccessToken, IdToken, RefreshToken } = await place.tokens("ana");
    for (const token of [AccessToken, IdToken])
      expect(await refusal(place.refresh(token))).toBe("NotAuthorizedException: Invalid Refresh Token");
    for (const token of [AccessToken, IdToken, RefreshToken])
      expect(
        await refusal(
          place.answer("NEW_PASSWORD_REQUIRED", token, { USERNAME: "ana", NEW_PASSWORD: PASSWORD }),
        ),
      ).toBe("NotAuthorizedException: Invalid session provided");
  });
});
