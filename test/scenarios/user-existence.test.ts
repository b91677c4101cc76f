import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld();
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

type Client = Awaited<ReturnType<typeof makeClient>>;

let poolId = "";
/** Does not set PreventUserExistenceErrors, which is LEGACY. */
let telling: Client;
let legacy: Client;
let hiding: Client;
beforeAll(async () => {
  poolId = (await makePool(api, { AutoVerifiedAttributes: ["email"] })).Id;
  telling = await makeClient(api, poolId);
  legacy = await makeClient(api, poolId, { PreventUserExistenceErrors: "LEGACY" });
  hiding = await makeClient(api, poolId, { PreventUserExistenceErrors: "ENABLED" });
});

const NOT_FOUND = "UserNotFoundException: User does not exist.";
const NO_COMBINATION = "UserNotFoundException: Username/client id combination not found.";
const WRONG = "NotAuthorizedException: Incorrect username or password.";
const MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";

const passwordSignIn = (client: Client, USERNAME: string, password = PASSWORD) =>
  api("InitiateAuth", {
    ClientId: client.ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME, PASSWORD: password },
  });
const adminSignIn = (client: Client, USERNAME: string) =>
  api("AdminInitiateAuth", {
    UserPoolId: poolId,
    ClientId: client.ClientId,
    AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME, PASSWORD },
  });
const forgotPassword = (client: Client, Username: string) =>
  api("ForgotPassword", { ClientId: client.ClientId, Username });
const confirmForgotPassword = (client: Client, Username: string) =>
  api("ConfirmForgotPassword", {
    ClientId: client.ClientId,
    Username,
    ConfirmationCode: "000000",
    Password: PASSWORD,
  });
const confirmSignUp = (client: Client, Username: string) =>
  api("ConfirmSignUp", { ClientId: client.ClientId, Username, ConfirmationCode: "000000" });
const resendCode = (client: Client, Username: string) =>
  api("ResendConfirmationCode", { ClientId: client.ClientId, Username });

describe("an unknown user, at a client that does not hide who exists", () => {
  it.each([
    ["InitiateAuth", passwordSignIn, NOT_FOUND],
    ["AdminInitiateAuth", adminSignIn, NOT_FOUND],
    ["ForgotPassword", forgotPassword, NO_COMBINATION],
    ["ConfirmForgotPassword", confirmForgotPassword, NO_COMBINATION],
    ["ConfirmSignUp", confirmSignUp, NO_COMBINATION],
    ["ResendConfirmationCode", resendCode, NO_COMBINATION],
  ] as const)("is called unknown by %s", async (name, call, sentence) => {
    expect(await refusal(call(telling, `unknown-${name}`))).toBe(sentence);
    expect(await refusal(call(legacy, `unknown-${name}`))).toBe(sentence);
  });
});

describe("an unknown user, at a client with PreventUserExistenceErrors ENABLED", () => {
  it("gets the words of a wrong password at sign-in", async () => {
    expect(await refusal(passwordSignIn(hiding, "unknown"))).toBe(WRONG);
    expect(await refusal(adminSignIn(hiding, "unknown"))).toBe(WRONG);
  });

  it.each([
    ["ForgotPassword", forgotPassword, confirmForgotPassword],
    ["ResendConfirmationCode", resendCode, confirmSignUp],
  ] as const)(
    "gets the words of a missing code before %s, of a wrong one for five tries after it",
    async (name, ask, answer) => {
      const unknown = `uncoded-${name}`;
      expect(await refusal(answer(hiding, unknown))).toBe(EXPIRED);
      await ask(hiding, unknown);
      expect(await refusal(answer(hiding, unknown))).toBe(MISMATCH);
      await ask(hiding, unknown);
      const answers = await Promise.all(Array.from({ length: 6 }, () => refusal(answer(hiding, unknown))));
      expect(answers.sort()).toEqual([...Array(5).fill(MISMATCH), EXPIRED]);
    },
  );

  it("is told of a code that was never sent, the same each time", async () => {
    for (const call of [forgotPassword, resendCode])
      for (const name of ["unknown", "unknown@example.com", "+15550001234"]) {
        const answer = await call(hiding, name);
        expect(Object.keys(answer)).toEqual(["CodeDeliveryDetails"]);
        expect(await call(hiding, name)).toEqual(answer);
        const { AttributeName, DeliveryMedium, Destination } = answer.CodeDeliveryDetails ?? {};
        if (name.startsWith("+")) {
          expect([AttributeName, DeliveryMedium]).toEqual(["phone_number", "SMS"]);
          expect(Destination).toBe("+*******1234");
        } else {
          expect([AttributeName, DeliveryMedium]).toEqual(["email", "EMAIL"]);
          expect(Destination).toMatch(name.includes("@") ? /^u\*\*\*@e\*\*\*$/ : /^[a-z]\*\*\*@[a-z]\*\*\*$/);
        }
      }
    expect(await world.inbox({ userPoolId: poolId })).toEqual([]);
  });

  it("cannot be told from a user without the right to a code", async () => {
    const named = (Username: string) => ({ UserPoolId: poolId, Username });
    const verified = (name: string) => ({
      password: PASSWORD,
      attributes: { email: `${name}@example.com`, email_verified: "true" },
    });
    await makeUser(api, poolId, "no-address", { password: PASSWORD });
    await makeUser(api, poolId, "disabled", verified("disabled"));
    await api("AdminDisableUser", named("disabled"));
    const shape = {
      CodeDeliveryDetails: {
        AttributeName: "email",
        DeliveryMedium: "EMAIL",
        Destination: expect.stringMatching(/^[a-z]\*\*\*@[a-z]\*\*\*$/),
      },
    };
    for (const name of ["no-address", "disabled", "not-a-user"])
      expect(await forgotPassword(hiding, name)).toEqual(shape);
    expect(await refusal(forgotPassword(telling, "no-address"))).toBe(
      "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
    expect(await refusal(forgotPassword(telling, "disabled"))).toBe(
      "NotAuthorizedException: User is disabled.",
    );
    expect(await refusal(confirmForgotPassword(hiding, "disabled"))).toBe(MISMATCH);
    expect(await world.inbox({ userPoolId: poolId })).toEqual([]);
  });

  it("gets a known user's real code only by mail", async () => {
    await makeUser(api, poolId, "known", {
      password: PASSWORD,
      attributes: { email: "known@example.com", email_verified: "true" },
    });
    expect(await forgotPassword(hiding, "known")).toEqual({
      CodeDeliveryDetails: { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "k***@e***" },
    });
    expect((await world.lastMessage("known@example.com")).kind).toBe("ForgotPassword");
    expect(await refusal(confirmForgotPassword(hiding, "known"))).toBe(MISMATCH);
  });
});

describe("what no client hides", () => {
  it("is that a name is taken, at SignUp", async () => {
    await makeUser(api, poolId, "taken", { password: PASSWORD });
    for (const client of [telling, hiding])
      expect(
        await refusal(api("SignUp", { ClientId: client.ClientId, Username: "taken", Password: PASSWORD })),
      ).toBe("UsernameExistsException: User already exists");
  });

  it("is what administrators ask for", async () => {
    const named = { UserPoolId: poolId, Username: "nobody" };
    for (const call of [
      api("AdminGetUser", named),
      api("AdminSetUserPassword", { ...named, Password: PASSWORD }),
      api("AdminResetUserPassword", named),
      api("AdminConfirmSignUp", named),
      api("AdminEnableUser", named),
      api("AdminDisableUser", named),
      api("AdminDeleteUser", named),
      api("AdminUserGlobalSignOut", named),
      api("AdminUpdateUserAttributes", { ...named, UserAttributes: [] }),
      api("AdminDeleteUserAttributes", { ...named, UserAttributeNames: [] }),
      api("AdminListGroupsForUser", named),
      api("AdminSetUserMFAPreference", named),
    ])
      expect(await refusal(call)).toBe(NOT_FOUND);
  });

  it("is who may not sign in though the password is right", async () => {
    await makeUser(api, poolId, "barred", { password: PASSWORD });
    await api("AdminDisableUser", { UserPoolId: poolId, Username: "barred" });
    expect(await refusal(passwordSignIn(hiding, "barred"))).toBe("NotAuthorizedException: User is disabled.");
    expect(await refusal(passwordSignIn(hiding, "barred", "Wrong-Horse-9"))).toBe(WRONG);
  });
});

describe("a user who must reset the password", () => {
  it("is told so by any password, but where the client hides who exists only by the right one", async () => {
    await makeUser(api, poolId, "reset", {
      password: PASSWORD,
      attributes: { email: "reset@example.com", email_verified: "true" },
    });
    await api("AdminResetUserPassword", { UserPoolId: poolId, Username: "reset" });
    const required = "PasswordResetRequiredException: Password reset required for the user";
    expect(await refusal(passwordSignIn(telling, "reset"))).toBe(required);
    expect(await refusal(passwordSignIn(telling, "reset", "Wrong-Horse-9"))).toBe(required);
    expect(await refusal(passwordSignIn(hiding, "reset", "Wrong-Horse-9"))).toBe(WRONG);
    expect(await refusal(passwordSignIn(hiding, "reset"))).toBe(required);
  });
});
