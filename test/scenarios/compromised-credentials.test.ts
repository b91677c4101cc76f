import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { startServer } from "../../src/server.ts";
import { refusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { OTHER_PASSWORD } from "../support/scene.ts";
import { type Watched, watchedScene, watching } from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

/** In the list that comes with the server, dressed up for the default policy. */
const COMMON = "Password1!";
/** In no list but the operator's file. */
const LEAKED = "Leaked-From-Elsewhere-7";
const REFUSED = "InvalidPasswordException: Provided password cannot be used for security reasons.";
const RESET = "PasswordResetRequiredException: Password reset required for user due to security reasons";

type EventFilter = ("SIGN_IN" | "SIGN_UP" | "PASSWORD_CHANGE")[];

const compromised = (EventAction: "BLOCK" | "NO_ACTION", EventFilter?: EventFilter) => ({
  CompromisedCredentialsRiskConfiguration: {
    ...(EventFilter ? { EventFilter } : {}),
    Actions: { EventAction },
  },
});

describe("passwords that strangers know", () => {
  let world: World;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-known-"));
    const digests = [LEAKED, "another", "and another"].map((password) =>
      createHash("sha1").update(password).digest("hex").toUpperCase(),
    );
    const compromisedPasswordsFile = join(directory, "known.txt");
    writeFileSync(
      compromisedPasswordsFile,
      digests
        .sort()
        .map((digest) => `${digest}:3\r\n`)
        .join(""),
    );
    world = await startWorld({ compromisedPasswordsFile });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    rmSync(directory, { recursive: true, force: true });
  });

  const signUp = ({ api, ClientId }: Watched, Username: string, Password: string) =>
    api("SignUp", {
      ClientId,
      Username,
      Password,
      UserAttributes: attributes({ email: `${Username}@example.com` }),
    });
  /** Gives ana the password, as an administrator may. */
  const give = ({ api, UserPoolId }: Watched, Password: string) =>
    api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password, Permanent: true });

  it.each([COMMON, LEAKED])("are refused at sign-up: %s", async (password) => {
    const place = await watchedScene(world, "ENFORCED", {}, compromised("BLOCK"));
    expect(await refusal(signUp(place, "new", password))).toBe(REFUSED);
    expect((await signUp(place, "new", PASSWORD)).UserSub).toBeDefined();
  });

  it("are refused in ChangePassword, in a forgotten password's place, and in place of a temporary one", async () => {
    const place = await watchedScene(
      world,
      "ENFORCED",
      { AutoVerifiedAttributes: ["email"] },
      compromised("BLOCK"),
    );
    const { api, ClientId, UserPoolId } = place;
    const { AccessToken } = await place.tokens("ana");
    const change = (ProposedPassword: string) =>
      api("ChangePassword", { AccessToken, PreviousPassword: PASSWORD, ProposedPassword });
    expect(await refusal(change(COMMON))).toBe(REFUSED);
    await place.tokens("ana");

    await api("ForgotPassword", { ClientId, Username: "ana" });
    const ConfirmationCode = await place.code("ana@example.com");
    const confirm = (Password: string) =>
      api("ConfirmForgotPassword", { ClientId, Username: "ana", ConfirmationCode, Password });
    expect(await refusal(confirm(LEAKED))).toBe(REFUSED);
    await confirm(OTHER_PASSWORD);

    await api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password: PASSWORD, Permanent: false });
    const { Session } = await place.signIn("ana");
    const answer = (NEW_PASSWORD: string) =>
      place.answer("NEW_PASSWORD_REQUIRED", Session, { USERNAME: "ana", NEW_PASSWORD });
    expect(await refusal(answer(COMMON))).toBe(REFUSED);
    expect((await answer(OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("end a sign-in: the user needs another password", async () => {
    const place = await watchedScene(
      world,
      "ENFORCED",
      { AutoVerifiedAttributes: ["email"] },
      compromised("BLOCK"),
    );
    const { api, ClientId } = place;
    await give(place, LEAKED);
    expect(await refusal(place.signIn("ana", LEAKED))).toBe(RESET);
    expect(await place.status("ana")).toBe("RESET_REQUIRED");
    expect((await place.events())[0]).toMatchObject({
      EventResponse: "Fail",
      EventRisk: { RiskDecision: "Block", CompromisedCredentialsDetected: true },
      ChallengeResponses: [{ ChallengeName: "Password", ChallengeResponse: "Success" }],
    });
    await api("ForgotPassword", { ClientId, Username: "ana" });
    const ConfirmationCode = await place.code("ana@example.com");
    await api("ConfirmForgotPassword", { ClientId, Username: "ana", ConfirmationCode, Password: PASSWORD });
    await place.tokens("ana");
  });

  it("end a sign-in by SRP too, which never shows them", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, compromised("BLOCK"));
    const { UserPoolId } = place;
    const { ClientId } = await place.client({ ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"] });
    const bySrp = (Password: string) =>
      new Promise<string>((resolve) => {
        const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: `${world.url}/` });
        new CognitoUser({ Username: "ana", Pool }).authenticateUser(
          new AuthenticationDetails({ Username: "ana", Password }),
          {
            onSuccess: () => resolve("signed in"),
            onFailure: (error: { code?: string; message: string }) =>
              resolve(`${error.code}: ${error.message}`),
          },
        );
      });
    expect(await bySrp(PASSWORD)).toBe("signed in");
    await give(place, COMMON);
    expect(await bySrp(COMMON)).toBe(RESET);
  });

  it("say nothing to whoever gives a wrong one", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, compromised("BLOCK"));
    expect(await refusal(place.signIn("ana", COMMON))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it.each([
    ["SIGN_IN", { signIn: true, signUp: false, change: false }],
    ["SIGN_UP", { signIn: false, signUp: true, change: false }],
    ["PASSWORD_CHANGE", { signIn: false, signUp: false, change: true }],
  ] as const)("are looked for where EventFilter says: %s", async (event, looked) => {
    const place = await watchedScene(world, "ENFORCED", {}, compromised("BLOCK", [event]));
    const { AccessToken } = await place.tokens("ana");
    const change = place.api("ChangePassword", {
      AccessToken,
      PreviousPassword: PASSWORD,
      ProposedPassword: COMMON,
    });
    if (looked.change) expect(await refusal(change)).toBe(REFUSED);
    else await change;
    await give(place, COMMON);
    if (looked.signIn) expect(await refusal(place.signIn("ana", COMMON))).toBe(RESET);
    else await place.tokens("ana", COMMON);
    if (looked.signUp) expect(await refusal(signUp(place, "new", COMMON))).toBe(REFUSED);
    else await signUp(place, "new", COMMON);
  });

  it.each([
    ["the action NO_ACTION", "ENFORCED", compromised("NO_ACTION"), true],
    ["the mode AUDIT", "AUDIT", compromised("BLOCK"), true],
    ["no configuration", "ENFORCED", null, false],
  ] as const)("are only noted with %s", async (_, mode, risk, CompromisedCredentialsDetected) => {
    const place = await watchedScene(world, mode, {}, risk);
    await signUp(place, "new", COMMON);
    expect((await place.events("new"))[0]?.EventRisk).toMatchObject({ CompromisedCredentialsDetected });
    await give(place, COMMON);
    await place.tokens("ana", COMMON);
    expect((await place.events())[0]).toMatchObject({
      EventResponse: "Pass",
      EventRisk: { CompromisedCredentialsDetected },
    });
  });

  it("are no matter in a pool without threat protection", async () => {
    const place = await watchedScene(world, "AUDIT", {}, compromised("BLOCK"));
    await place.api("UpdateUserPool", { UserPoolId: place.UserPoolId, ...watching("OFF") });
    await signUp(place, "new", COMMON);
    await give(place, COMMON);
    await place.tokens("ana", COMMON);
  });

  it("do not end a temporary password, which has to be changed anyway", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, compromised("BLOCK"));
    const { api, UserPoolId } = place;
    await api("AdminSetUserPassword", { UserPoolId, Username: "ana", Password: COMMON, Permanent: false });
    expect((await place.signIn("ana", COMMON)).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
  });
});

describe("a file of compromised passwords that cannot be used", () => {
  it("stops the start with its name and the reason", async () => {
    const directory = mkdtempSync(join(tmpdir(), "cognate-known-"));
    const compromisedPasswordsFile = join(directory, "known.txt");
    writeFileSync(compromisedPasswordsFile, "secret\n");
    const start = startServer(
      parseConfig({ mode: "development", port: 0, dataDir: directory, compromisedPasswordsFile }),
      { logger: silentLogger },
    );
    await expect(start).rejects.toThrow(
      `compromisedPasswordsFile: ${compromisedPasswordsFile}: a line is no SHA-1 digest`,
    );
    rmSync(directory, { recursive: true, force: true });
  });
});
