import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Api } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, TEMPORARY_PASSWORD } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";

const { url, reason } = inject("postgres");
const CALLERS = 20;

const fulfilled = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter((result) => result.status === "fulfilled").length;
const refusals = (results: readonly PromiseSettledResult<unknown>[]) => [
  ...new Set(
    results.flatMap((result) =>
      result.status === "rejected" ? [`${result.reason.code}: ${result.reason.message}`] : [],
    ),
  ),
];

describe.skipIf(url === null)(`two nodes on one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;
  let a: Api;
  let b: Api;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
    [a, b] = nodes.apis;
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  async function prepared(pool: object = {}) {
    const { Id: UserPoolId } = await makePool(a, pool);
    const { ClientId } = await makeClient(a, UserPoolId);
    const signIn = (api: Api, PASSWORD: string) =>
      api("InitiateAuth", {
        ClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: "ana", PASSWORD },
      });
    return { UserPoolId, ClientId, signIn };
  }

  it("finishes on one what was begun on the other, each challenge in turn", async () => {
    const { UserPoolId, ClientId, signIn } = await prepared({
      EmailConfiguration: {
        EmailSendingAccount: "DEVELOPER",
        SourceArn: "arn:aws:ses:us-east-1:123456789012:identity/x",
      },
    });
    await b("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "ON",
      EmailMfaConfiguration: { Message: "{####}", Subject: "code" },
    });
    await makeUser(b, UserPoolId, "ana", { attributes: { email: "ana@nodes.test" } });
    const first = await signIn(a, TEMPORARY_PASSWORD);
    expect(first.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const answer = (api: Api, of: typeof first, more: Record<string, string>) =>
      api("RespondToAuthChallenge", {
        ClientId,
        ChallengeName: of.ChallengeName ?? "PASSWORD",
        ...(of.Session ? { Session: of.Session } : {}),
        ChallengeResponses: { USERNAME: "ana", ...more },
      });
    const second = await answer(b, first, { NEW_PASSWORD: PASSWORD });
    expect(second.ChallengeName).toBe("EMAIL_OTP");
    const done = await answer(a, second, { EMAIL_OTP_CODE: await nodes.code("ana@nodes.test") });
    const AccessToken = done.AuthenticationResult?.AccessToken ?? "";
    expect((await b("GetUser", { AccessToken })).Username).toBe("ana");
    await a("AdminUserGlobalSignOut", { UserPoolId, Username: "ana" });
    await expect(b("GetUser", { AccessToken })).rejects.toMatchObject({
      message: "Access Token has been revoked",
    });
  });

  it("lets one of twenty creations of a name win", async () => {
    const { UserPoolId } = await prepared();
    const results = await nodes.race(CALLERS, (api) =>
      api("AdminCreateUser", { UserPoolId, Username: "ana", MessageAction: "SUPPRESS" }),
    );
    expect(fulfilled(results)).toBe(1);
    expect(refusals(results)).toEqual(["UsernameExistsException: User account already exists"]);
  });

  it("checks at most five of fifty wrong guesses before the first lock, whichever node they reach", async () => {
    const { UserPoolId, signIn } = await prepared();
    await makeUser(a, UserPoolId, "ana", { password: PASSWORD });
    const results = await nodes.race(50, (api) => signIn(api, "Wrong-Horse-1"));
    const wrong = results.filter(
      (result) => result.status === "rejected" && result.reason.message === "Incorrect username or password.",
    );
    expect(wrong.length).toBeLessThanOrEqual(6);
    expect(refusals(results).sort()).toEqual([
      "NotAuthorizedException: Incorrect username or password.",
      "NotAuthorizedException: Password attempts exceeded",
    ]);
  });

  it("does not lock out twenty honest sign-ins at once", async () => {
    const { UserPoolId, signIn } = await prepared();
    await makeUser(a, UserPoolId, "ana", { password: PASSWORD });
    expect(refusals(await nodes.race(CALLERS, (api) => signIn(api, PASSWORD)))).toEqual([]);
  });

  it("keeps all of a hundred different attributes and memberships written at once", async () => {
    const names = [...Array(25).keys()].map((i) => `a${i}`);
    const { UserPoolId } = await prepared({
      Schema: names.map((Name) => ({ Name, AttributeDataType: "String" })),
    });
    await makeUser(a, UserPoolId, "ana");
    for (const GroupName of names) await a("CreateGroup", { UserPoolId, GroupName });
    const results = await Promise.allSettled([
      ...names.map((name, i) =>
        (i % 2 ? a : b)("AdminUpdateUserAttributes", {
          UserPoolId,
          Username: "ana",
          UserAttributes: [{ Name: `custom:${name}`, Value: name }],
        }),
      ),
      ...names.map((GroupName, i) =>
        (i % 2 ? b : a)("AdminAddUserToGroup", { UserPoolId, Username: "ana", GroupName }),
      ),
    ]);
    expect(refusals(results)).toEqual([]);
    const user = await a("AdminGetUser", { UserPoolId, Username: "ana" });
    expect(user.UserAttributes).toHaveLength(1 + names.length);
    expect((await b("AdminListGroupsForUser", { UserPoolId, Username: "ana" })).Groups).toHaveLength(
      names.length,
    );
  });
});
