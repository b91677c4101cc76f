import { SignUpCommand } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  secretHash,
  signIn,
  startSignIn,
  TEMPORARY_PASSWORD,
} from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Client = Awaited<ReturnType<typeof makeClient>>;

let poolId = "";
/** A client with a secret. */
let client: Client;
beforeAll(async () => {
  poolId = (await makePool(api, { AutoVerifiedAttributes: ["email"] })).Id;
  client = await makeClient(api, poolId, { GenerateSecret: true });
  await makeUser(api, poolId, "ana", { password: PASSWORD });
});

const missingMember = () =>
  `NotAuthorizedException: Client ${client.ClientId} is configured for secret but secret was not received`;
const missingParameter = () =>
  `NotAuthorizedException: Client ${client.ClientId} is configured with secret but SECRET_HASH was not received`;
const mismatch = () => `NotAuthorizedException: Unable to verify secret hash for client ${client.ClientId}`;

describe("SECRET_HASH", () => {
  it("is base64 of HMAC-SHA256 under the secret over username and client id, as in AWS's example", () => {
    const example = { ClientId: "1example23456789", ClientSecret: "51charsecret" };
    expect(secretHash(example, "alice")).toBe("uWZgIY/kspSaR7yfSe72a5qtHGMP9wdprAtP/9/O8gU=");
  });
});

describe.skipIf(awsCliMissing)(
  `a client with a secret, by the AWS CLI (${awsCliMissing ?? "installed"})`,
  () => {
    it("signs in with the hash", async () => {
      const hash = secretHash(client, "ana");
      const run = await awsCli(world.url)(
        "initiate-auth",
        ...["--client-id", client.ClientId, "--auth-flow", "USER_PASSWORD_AUTH"],
        ...["--auth-parameters", JSON.stringify({ USERNAME: "ana", PASSWORD, SECRET_HASH: hash })],
      );
      expect(run.output.AuthenticationResult.TokenType).toBe("Bearer");
    });
  },
);

describe("an operation with the member SecretHash, on a client with a secret", () => {
  const person = (SecretHash?: string) => ({
    ClientId: client.ClientId,
    Username: "ben",
    ...(SecretHash === undefined ? {} : { SecretHash }),
  });
  const operations = {
    SignUp: (hash?: string) => api("SignUp", { ...person(hash), Password: PASSWORD }),
    ConfirmSignUp: (hash?: string) => api("ConfirmSignUp", { ...person(hash), ConfirmationCode: "000000" }),
    ResendConfirmationCode: (hash?: string) => api("ResendConfirmationCode", person(hash)),
    ForgotPassword: (hash?: string) => api("ForgotPassword", person(hash)),
    ConfirmForgotPassword: (hash?: string) =>
      api("ConfirmForgotPassword", { ...person(hash), ConfirmationCode: "000000", Password: PASSWORD }),
  };

  it.each(Object.keys(operations) as (keyof typeof operations)[])(
    "%s refuses it missing or wrong",
    async (name) => {
      const call = operations[name];
      expect(await refusal(call())).toBe(missingMember());
      const right = secretHash(client, "ben");
      const wrong = [
        secretHash(client, "ana"),
        secretHash({ ...client, ClientSecret: "x" }, "ben"),
        right.toLowerCase(),
        right.slice(0, -1),
        "x",
      ];
      for (const hash of wrong) expect(await refusal(call(hash))).toBe(mismatch());
    },
  );

  it("is let through with the right one", async () => {
    const hash = secretHash(client, "ben");
    expect((await operations.SignUp(hash)).UserConfirmed).toBe(false);
    expect(await refusal(operations.ConfirmSignUp(hash))).toBe(
      "ExpiredCodeException: Invalid code provided, please request a code again.",
    );
    expect(await refusal(operations.ResendConfirmationCode(hash))).toBe(
      "NotAuthorizedException: Cannot resend codes. Auto verification not turned on.",
    );
    expect(await refusal(operations.ForgotPassword(hash))).toBe(
      "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
    expect(await refusal(operations.ConfirmForgotPassword(hash))).toBe(
      "ExpiredCodeException: Invalid code provided, please request a code again.",
    );
  });

  it("is let through by the AWS SDK", async () => {
    const command = new SignUpCommand({
      ClientId: client.ClientId,
      Username: "by-sdk",
      Password: PASSWORD,
      SecretHash: secretHash(client, "by-sdk"),
    });
    expect((await world.client().send(command)).UserConfirmed).toBe(false);
  });

  it("tells a caller without the secret nothing about who exists", async () => {
    const known = { ClientId: client.ClientId, Username: "ana" };
    const unknown = { ClientId: client.ClientId, Username: "nobody" };
    for (const input of [known, unknown]) {
      expect(await refusal(api("ForgotPassword", input))).toBe(missingMember());
      expect(await refusal(api("ForgotPassword", { ...input, SecretHash: "x" }))).toBe(mismatch());
    }
  });
});

describe("an operation with the parameter SECRET_HASH, on a client with a secret", () => {
  const withHash = (hash: string | undefined): Record<string, string> =>
    hash === undefined ? {} : { SECRET_HASH: hash };
  const begin = (hash?: string) =>
    api("InitiateAuth", {
      ClientId: client.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD, ...withHash(hash) },
    });
  const adminBegin = (hash?: string) =>
    api("AdminInitiateAuth", {
      UserPoolId: poolId,
      ClientId: client.ClientId,
      AuthFlow: "ADMIN_NO_SRP_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD, ...withHash(hash) },
    });

  it("InitiateAuth and AdminInitiateAuth refuse it missing or wrong, and take it right", async () => {
    for (const call of [begin, adminBegin]) {
      expect(await refusal(call())).toBe(missingParameter());
      expect(await refusal(call(""))).toBe(missingParameter());
      for (const wrong of [secretHash(client, "ben"), "x"])
        expect(await refusal(call(wrong))).toBe(mismatch());
      expect((await call(secretHash(client, "ana"))).AuthenticationResult).toBeDefined();
    }
  });

  it("is checked before the password, so that a wrong one does not count as a guess", async () => {
    await makeUser(api, poolId, "uncounted", { password: PASSWORD });
    for (let i = 0; i < 8; i++)
      expect(
        await refusal(
          api("InitiateAuth", {
            ClientId: client.ClientId,
            AuthFlow: "USER_PASSWORD_AUTH",
            AuthParameters: { USERNAME: "uncounted", PASSWORD: "Wrong-Horse-9", SECRET_HASH: "x" },
          }),
        ),
      ).toBe(mismatch());
    await signIn(api, client, "uncounted");
  });

  it("RespondToAuthChallenge and AdminRespondToAuthChallenge want it too, and the Session stays usable", async () => {
    const respond = (Session: string, username: string, hash?: string) =>
      api("RespondToAuthChallenge", {
        ClientId: client.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: { USERNAME: username, NEW_PASSWORD: PASSWORD, ...withHash(hash) },
      });
    const adminRespond = (Session: string, username: string, hash?: string) =>
      api("AdminRespondToAuthChallenge", {
        UserPoolId: poolId,
        ClientId: client.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: { USERNAME: username, NEW_PASSWORD: PASSWORD, ...withHash(hash) },
      });
    for (const [call, username] of [
      [respond, "answers"],
      [adminRespond, "admin-answers"],
    ] as const) {
      await makeUser(api, poolId, username);
      const { Session = "" } = await startSignIn(api, client, username, TEMPORARY_PASSWORD);
      expect(await refusal(call(Session, username))).toBe(missingParameter());
      expect(await refusal(call(Session, username, "x"))).toBe(mismatch());
      expect(
        (await call(Session, username, secretHash(client, username))).AuthenticationResult,
      ).toBeDefined();
    }
  });
});

describe("SECRET_HASH in a pool whose users sign in with an e-mail address", () => {
  let mailPool = "";
  let mail: Client;
  let sub = "";
  beforeAll(async () => {
    mailPool = (await makePool(api, { UsernameAttributes: ["email"] })).Id;
    mail = await makeClient(api, mailPool, { GenerateSecret: true });
    sub = await makeUser(api, mailPool, "ana@example.com", { password: PASSWORD });
  });
  const begin = (USERNAME: string, hashed: string) =>
    api("InitiateAuth", {
      ClientId: mail.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME, PASSWORD, SECRET_HASH: secretHash(mail, hashed) },
    });

  it("is over the name as sent at sign-in", async () => {
    await begin("ana@example.com", "ana@example.com");
    await begin(sub, sub);
    expect(await refusal(begin("ana@example.com", sub))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${mail.ClientId}`,
    );
  });

  it("is over the name as sent or the real username in an answer to a challenge", async () => {
    for (const [address, hashed] of [
      ["ben@example.com", "address"],
      ["cleo@example.com", "uuid"],
    ] as const) {
      const uuid = await makeUser(api, mailPool, address);
      const { Session } = await startSignIn(api, mail, address, TEMPORARY_PASSWORD);
      const { AuthenticationResult } = await api("RespondToAuthChallenge", {
        ClientId: mail.ClientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session,
        ChallengeResponses: {
          USERNAME: address,
          NEW_PASSWORD: PASSWORD,
          SECRET_HASH: secretHash(mail, hashed === "uuid" ? uuid : address),
        },
      });
      expect(AuthenticationResult).toBeDefined();
    }
  });

  it("is over the real username, the UUID, when refreshing", async () => {
    const { AuthenticationResult } = await begin("ana@example.com", "ana@example.com");
    const REFRESH_TOKEN = AuthenticationResult?.RefreshToken ?? "";
    const refresh = (hash?: string) =>
      api("InitiateAuth", {
        ClientId: mail.ClientId,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN, ...(hash === undefined ? {} : { SECRET_HASH: hash }) },
      });
    expect((await refresh(secretHash(mail, sub))).AuthenticationResult?.AccessToken).toBeDefined();
    expect(await refusal(refresh(secretHash(mail, "ana@example.com")))).toBe(
      `NotAuthorizedException: SecretHash does not match for the client: ${mail.ClientId}`,
    );
    expect(await refusal(refresh())).toBe(
      `NotAuthorizedException: Client ${mail.ClientId} is configured with secret but SECRET_HASH was not received`,
    );
  });
});

describe("a client without a secret", () => {
  it("takes any SecretHash and none", async () => {
    const open = await makeClient(api, poolId);
    const person = { ClientId: open.ClientId, Username: "open", Password: PASSWORD };
    await api("SignUp", { ...person, SecretHash: "anything" });
    await api("SignUp", { ...person, Username: "open-too" });
  });
});
