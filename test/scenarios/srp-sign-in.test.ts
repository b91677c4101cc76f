import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SRP_N } from "../../src/crypto/srp.ts";
import { apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

const PASSWORD = "Correct-horse-1";

interface SignedIn {
  readonly kind: "tokens" | "new-password" | "failure";
  readonly text: string;
}

/** Signs in with the stock client; answers NEW_PASSWORD_REQUIRED with the new password if one is given. */
function stockSignIn(
  world: World,
  pool: string,
  client: string,
  username: string,
  password: string,
  newPassword?: string,
) {
  const user = new CognitoUser({
    Username: username,
    Pool: new CognitoUserPool({ UserPoolId: pool, ClientId: client, endpoint: `${world.url}/` }),
  });
  return new Promise<SignedIn>((resolve) => {
    const callbacks = {
      onSuccess: (session: { getAccessToken(): { getJwtToken(): string } }) =>
        resolve({ kind: "tokens", text: session.getAccessToken().getJwtToken() }),
      onFailure: (error: { code?: string; name?: string; message: string }) =>
        resolve({ kind: "failure", text: `${error.code ?? error.name}: ${error.message}` }),
      newPasswordRequired: () =>
        newPassword
          ? user.completeNewPasswordChallenge(newPassword, {}, callbacks)
          : resolve({ kind: "new-password", text: "" }),
    };
    user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), callbacks);
  });
}

describe("sign-in by SRP", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    expect(world.undeclaredErrors).toEqual([]);
    await world.close();
  });

  async function prepared(settings: { client?: object; pool?: object; username?: string } = {}) {
    const api = apiOf(world);
    const { Id: pool } = await makePool(api, settings.pool);
    const { ClientId: client } = await makeClient(api, pool, {
      ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      ...settings.client,
    });
    await makeUser(api, pool, settings.username ?? "alice", { password: PASSWORD });
    return { api, pool, client };
  }

  it("lets the stock JavaScript client in with the right password and no other", async () => {
    const { pool, client } = await prepared();
    expect((await stockSignIn(world, pool, client, "alice", PASSWORD)).kind).toBe("tokens");
    expect(await stockSignIn(world, pool, client, "alice", "Wrong-horse-1")).toEqual({
      kind: "failure",
      text: "NotAuthorizedException: Incorrect username or password.",
    });
  });

  it("lets the stock client in by the address in a pool of e-mail users", async () => {
    const { pool, client } = await prepared({
      pool: { UsernameAttributes: ["email"] },
      username: "alice@example.com",
    });
    expect((await stockSignIn(world, pool, client, "alice@example.com", PASSWORD)).kind).toBe("tokens");
  });

  it("leads the stock client with a temporary password through NEW_PASSWORD_REQUIRED", async () => {
    const { api, pool, client } = await prepared();
    await api("AdminSetUserPassword", { UserPoolId: pool, Username: "alice", Password: "Temporary-1!" });
    expect((await stockSignIn(world, pool, client, "alice", "Temporary-1!", "Changed-horse-2")).kind).toBe(
      "tokens",
    );
    expect((await stockSignIn(world, pool, client, "alice", "Changed-horse-2")).kind).toBe("tokens");
  });

  it("fails as for a wrong password in a pool that keeps argon2id hashes", async () => {
    const { pool, client } = await prepared({
      pool: { UserPoolTags: { "cognate:password-storage": "argon2id" } },
    });
    expect((await stockSignIn(world, pool, client, "alice", PASSWORD)).text).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
  });

  it("answers PASSWORD_VERIFIER without a Session", async () => {
    const { api, client } = await prepared();
    const challenge = await api("InitiateAuth", {
      ClientId: client,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "alice", SRP_A: "abc123" },
    });
    expect(challenge.ChallengeName).toBe("PASSWORD_VERIFIER");
    expect(challenge.Session).toBeUndefined();
    expect(Object.keys(challenge.ChallengeParameters ?? {}).sort()).toEqual([
      "SALT",
      "SECRET_BLOCK",
      "SRP_B",
      "USERNAME",
      "USER_ID_FOR_SRP",
    ]);
  });

  it("is open to administrators too", async () => {
    const { api, pool, client } = await prepared();
    const challenge = await api("AdminInitiateAuth", {
      UserPoolId: pool,
      ClientId: client,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "alice", SRP_A: "abc123" },
    });
    expect(challenge.ChallengeName).toBe("PASSWORD_VERIFIER");
  });

  it("gives an unknown name the same stable salt and UUID each time, where the client hides who exists", async () => {
    const { api, client } = await prepared({ client: { PreventUserExistenceErrors: "ENABLED" } });
    const ask = (name: string) =>
      api("InitiateAuth", {
        ClientId: client,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: { USERNAME: name, SRP_A: "abc123" },
      });
    const [first, second, other] = [await ask("nobody"), await ask("nobody"), await ask("somebody")];
    const facts = (answer: typeof first) => [
      answer.ChallengeParameters?.SALT,
      answer.ChallengeParameters?.USER_ID_FOR_SRP,
    ];
    expect(facts(first)).toEqual(facts(second));
    expect(facts(first)).not.toEqual(facts(other));
    expect(first.ChallengeParameters?.SRP_B).not.toBe(second.ChallengeParameters?.SRP_B);
  });

  it.each([
    ["0", "Invalid SRP_A value."],
    [SRP_N.toString(16), "Invalid SRP_A value."],
    ["0".repeat(700), "Invalid SRP_A value."],
    ["f".repeat(769), "Invalid SRP_A value."],
    ["not hex", "Invalid SRP_A value."],
  ])("refuses SRP_A %#", async (publicA, text) => {
    const { api, client } = await prepared();
    const attempt = api("InitiateAuth", {
      ClientId: client,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "alice", SRP_A: publicA },
    });
    await expect(attempt).rejects.toMatchObject({ code: "InvalidParameterException", message: text });
  });

  it("refuses a foreign SECRET_BLOCK and counts wrong signatures like wrong passwords", async () => {
    const { api, client } = await prepared();
    const other = await prepared();
    const ask = (clientId: string) =>
      api("InitiateAuth", {
        ClientId: clientId,
        AuthFlow: "USER_SRP_AUTH",
        AuthParameters: { USERNAME: "alice", SRP_A: "abc123" },
      });
    const answer = (block: string | undefined) =>
      api("RespondToAuthChallenge", {
        ClientId: client,
        ChallengeName: "PASSWORD_VERIFIER",
        ChallengeResponses: {
          USERNAME: "alice",
          PASSWORD_CLAIM_SECRET_BLOCK: block ?? "",
          PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString("base64"),
          TIMESTAMP: "Tue Jan 7 08:05:09 UTC 2025",
        },
      });
    const foreign = (await ask(other.client)).ChallengeParameters?.SECRET_BLOCK;
    const wrong = { code: "NotAuthorizedException", message: "Incorrect username or password." };
    await expect(answer(foreign)).rejects.toMatchObject(wrong);
    const own = (await ask(client)).ChallengeParameters?.SECRET_BLOCK;
    for (let i = 0; i < 5; i++) await expect(answer(own)).rejects.toMatchObject(wrong);
    await expect(answer(own)).rejects.toMatchObject({ message: "Password attempts exceeded" });
  });
});
