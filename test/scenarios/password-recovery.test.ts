import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { attributes, closeWithinModel, PASSWORD } from "../support/builders.ts";
import { atFullHour, OTHER_PASSWORD, OWN_SENDER, type Scene, SMS, scene, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const NO_ADDRESS =
  "InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number";
const RESET_REQUIRED = "PasswordResetRequiredException: Password reset required for the user";
const NOT_IN_THIS_STATE = "NotAuthorizedException: User password cannot be reset in the current state.";
const CODE_MISMATCH = "CodeMismatchException: Invalid verification code provided, please try again.";
const CODE_EXPIRED = "ExpiredCodeException: Invalid code provided, please request a code again.";
const LIMIT = "LimitExceededException: Attempt limit exceeded, please try after some time.";
const WRONG_PASSWORD = "NotAuthorizedException: Incorrect username or password.";
const VERIFIED_EMAIL = { email: "ana@example.com", email_verified: "true" };
const VERIFIED_PHONE = { phone_number: "+15555550123", phone_number_verified: "true" };
const TO_EMAIL = { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***" };
const TO_PHONE = { AttributeName: "phone_number", DeliveryMedium: "SMS", Destination: "+*******0123" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const forgot = ({ api, ClientId }: Scene, Username = "ana") => api("ForgotPassword", { ClientId, Username });
const confirm = (
  { api, ClientId }: Scene,
  ConfirmationCode: string,
  given: Partial<Input<"ConfirmForgotPassword">> = {},
) =>
  api("ConfirmForgotPassword", {
    ClientId,
    Username: "ana",
    ConfirmationCode,
    Password: OTHER_PASSWORD,
    ...given,
  });
const reset = ({ api, UserPoolId }: Scene, Username = "ana") =>
  api("AdminResetUserPassword", { UserPoolId, Username });

async function sceneWithAna(attributes: Record<string, string> = VERIFIED_EMAIL, pool = {}, client = {}) {
  const place = await scene(world, pool, client);
  await place.user("ana", attributes);
  return place;
}

describe.skipIf(awsCliMissing)(
  `a password that an administrator resets, by the AWS CLI ${awsCliMissing ?? ""}`,
  () => {
    it("stops working at once, and a code sets a new one", async () => {
      const place = await sceneWithAna();
      const aws = awsCli(world.url);
      const done = await aws(
        ...["admin-reset-user-password", "--user-pool-id", place.UserPoolId, "--username", "ana"],
      );
      expect(done).toMatchObject({ status: 0, errorText: "" });
      expect(await place.status("ana")).toBe("RESET_REQUIRED");

      const refused = await aws(
        ...["initiate-auth", "--client-id", place.ClientId, "--auth-flow", "USER_PASSWORD_AUTH"],
        ...["--auth-parameters", `USERNAME=ana,PASSWORD=${PASSWORD}`],
      );
      expect(refused).toMatchObject({
        errorCode: "PasswordResetRequiredException",
        errorMessage: "Password reset required for the user",
      });

      const message = await world.lastMessage("ana@example.com");
      expect(message).toMatchObject({
        kind: "AdminResetUserPassword",
        channel: "EMAIL",
        code: expect.stringMatching(/^\d{6}$/),
      });
      expect(message.body).toContain(message.code);

      const confirmed = await aws(
        ...["confirm-forgot-password", "--client-id", place.ClientId, "--username", "ana"],
        ...["--confirmation-code", message.code, "--password", OTHER_PASSWORD],
      );
      expect(confirmed).toMatchObject({ status: 0, errorText: "" });
      expect(await place.status("ana")).toBe("CONFIRMED");
      expect(await refusal(place.signIn("ana"))).toBe(WRONG_PASSWORD);
      expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
    });

    it("is sent by forgot-password too, which shows where the code went", async () => {
      const place = await sceneWithAna();
      const aws = awsCli(world.url);
      const asked = await aws(...["forgot-password", "--client-id", place.ClientId, "--username", "ana"]);
      expect(asked.output).toEqual({ CodeDeliveryDetails: TO_EMAIL });
    });
  },
);

describe("AdminResetUserPassword", () => {
  it("answers with an empty object and can be repeated", async () => {
    const place = await sceneWithAna();
    expect(await reset(place)).toEqual({});
    expect(await reset(place)).toEqual({});
    expect(await place.messagesTo("ana@example.com")).toBe(2);
  });

  it("is refused without a verified address, until the administrator says the address is verified", async () => {
    const place = await sceneWithAna({ email: "ana@example.com" });
    const { api, UserPoolId } = place;
    expect(await refusal(reset(place))).toBe(NO_ADDRESS);
    expect(await place.status("ana")).toBe("CONFIRMED");
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    });
    expect(await reset(place)).toEqual({});
    expect(await refusal(place.signIn("ana"))).toBe(RESET_REQUIRED);
  });

  it("tells a wrong password apart from the reset only for clients that do not hide who exists", async () => {
    const place = await sceneWithAna();
    const hiding = await place.client({ PreventUserExistenceErrors: "ENABLED" });
    await reset(place);
    expect(await refusal(place.signIn("ana", "Wr0ng-password!"))).toBe(RESET_REQUIRED);
    expect(await refusal(hiding.signIn("ana", "Wr0ng-password!"))).toBe(WRONG_PASSWORD);
  });

  it("is refused while the password is temporary or the account unconfirmed", async () => {
    const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
    const { api, ClientId, UserPoolId } = place;
    await place.invited("new", { email: "new@example.com", email_verified: "true" });
    expect(await refusal(reset(place, "new"))).toBe(NOT_IN_THIS_STATE);
    await api("SignUp", {
      ClientId,
      Username: "self",
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: "self@example.com" }],
    });
    expect(await refusal(reset(place, "self"))).toBe(NOT_IN_THIS_STATE);
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "self",
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    });
    expect(await refusal(reset(place, "self"))).toBe(NOT_IN_THIS_STATE);
  });

  it("is refused for a user or pool that does not exist", async () => {
    const place = await scene(world);
    expect(await refusal(reset(place, "nobody"))).toBe("UserNotFoundException: User does not exist.");
    expect(
      await refusal(
        place.api("AdminResetUserPassword", { UserPoolId: "us-east-1_AbCdEf123", Username: "ana" }),
      ),
    ).toBe("ResourceNotFoundException: User pool us-east-1_AbCdEf123 does not exist.");
  });

  it("leaves tokens valid, but the old password cannot be exchanged for a new one with them", async () => {
    const place = await sceneWithAna();
    const { AccessToken } = await place.tokens("ana");
    await reset(place);
    expect((await place.api("GetUser", { AccessToken })).Username).toBe("ana");
    expect(
      await refusal(
        place.api("ChangePassword", {
          AccessToken,
          PreviousPassword: PASSWORD,
          ProposedPassword: OTHER_PASSWORD,
        }),
      ),
    ).toBe(RESET_REQUIRED);
    expect(await refusal(place.signIn("ana", OTHER_PASSWORD))).toBe(RESET_REQUIRED);
  });

  it("ends with a password that the administrator sets, and then the code sent before is dead", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    await reset(place);
    const code = await place.code("ana@example.com");
    await api("AdminSetUserPassword", {
      UserPoolId,
      Username: "ana",
      Password: OTHER_PASSWORD,
      Permanent: true,
    });
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });
});

describe("ForgotPassword", () => {
  it("sends a code and changes nothing else: the old password goes on working", async () => {
    const place = await sceneWithAna();
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });
    expect(await world.lastMessage("ana@example.com")).toMatchObject({ kind: "ForgotPassword" });
    expect(await place.status("ana")).toBe("CONFIRMED");
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });

  it("is the way out of RESET_REQUIRED too", async () => {
    const place = await sceneWithAna();
    await reset(place);
    await forgot(place);
    await confirm(place, await place.code("ana@example.com"));
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("goes by the user's alias and names the same user", async () => {
    const place = await scene(world, { AliasAttributes: ["email"] });
    await place.user("ana", VERIFIED_EMAIL);
    expect(await forgot(place, "ana@example.com")).toEqual({ CodeDeliveryDetails: TO_EMAIL });
    await confirm(place, await place.code("ana@example.com"), { Username: "ana@example.com" });
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("confirms an account that an administrator verified the address of", async () => {
    const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
    const { api, ClientId, UserPoolId } = place;
    await api("SignUp", {
      ClientId,
      Username: "ana",
      Password: PASSWORD,
      UserAttributes: [{ Name: "email", Value: "ana@example.com" }],
    });
    expect(await refusal(forgot(place))).toBe(NO_ADDRESS);
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    });
    await forgot(place);
    await confirm(place, await place.code("ana@example.com"));
    expect(await place.status("ana")).toBe("CONFIRMED");
  });

  it("is refused for an unknown user, a disabled one, one with a temporary password, and without a verified address", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    expect(await refusal(forgot(place, "nobody"))).toBe(
      "UserNotFoundException: Username/client id combination not found.",
    );
    await place.invited("temporary", VERIFIED_EMAIL);
    expect(await refusal(forgot(place, "temporary"))).toBe(NOT_IN_THIS_STATE);
    await place.user("unverified", { email: "u@example.com", phone_number: "+15555550188" });
    expect(await refusal(forgot(place, "unverified"))).toBe(NO_ADDRESS);
    await place.user("nothing");
    expect(await refusal(forgot(place, "nothing"))).toBe(NO_ADDRESS);
    await place.user("ana", VERIFIED_EMAIL);
    await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    expect(await refusal(forgot(place))).toBe("NotAuthorizedException: User is disabled.");
    expect(await refusal(api("ForgotPassword", { ClientId: "0123456789", Username: "ana" }))).toBe(
      "ResourceNotFoundException: User pool client 0123456789 does not exist.",
    );
  });
});

describe("where a reset code goes", () => {
  const both = { ...VERIFIED_EMAIL, ...VERIFIED_PHONE };
  const recovery = (...names: ("verified_email" | "verified_phone_number" | "admin_only")[]) => ({
    AccountRecoverySetting: {
      RecoveryMechanisms: names.map((Name, i) => ({ Name, Priority: i + 1 })),
    },
  });

  it("without a setting: to the verified phone, else to the verified e-mail address", async () => {
    const place = await sceneWithAna(both);
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_PHONE });
    await place.user("eve", { ...both, phone_number_verified: "false" });
    expect((await forgot(place, "eve")).CodeDeliveryDetails?.DeliveryMedium).toBe("EMAIL");
  });

  it.each([
    ["e-mail first", ["verified_email", "verified_phone_number"], TO_EMAIL],
    ["phone first", ["verified_phone_number", "verified_email"], TO_PHONE],
    ["e-mail only", ["verified_email"], TO_EMAIL],
    ["phone only", ["verified_phone_number"], TO_PHONE],
  ] as const)("follows the pool's setting: %s", async (_, names, expected) => {
    const place = await sceneWithAna(both, recovery(...names));
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: expected });
  });

  it("goes by priority, not by the order in which the mechanisms are listed", async () => {
    const place = await sceneWithAna(both, {
      AccountRecoverySetting: {
        RecoveryMechanisms: [
          { Name: "verified_phone_number", Priority: 2 },
          { Name: "verified_email", Priority: 1 },
        ],
      },
    });
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });
  });

  it("takes the second mechanism when the first has no verified address, and none but those named", async () => {
    const place = await scene(world, recovery("verified_phone_number", "verified_email"));
    await place.user("ana", VERIFIED_EMAIL);
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });
    const phoneOnly = await sceneWithAna(VERIFIED_EMAIL, recovery("verified_phone_number"));
    expect(await refusal(forgot(phoneOnly))).toBe(NO_ADDRESS);
  });

  it("is nowhere with admin_only: the user is told to contact the administrator, whose reset still works", async () => {
    const place = await sceneWithAna(VERIFIED_EMAIL, recovery("admin_only"));
    expect(await refusal(forgot(place))).toBe(
      "NotAuthorizedException: Contact administrator to reset password.",
    );
    await reset(place);
    expect(await place.status("ana")).toBe("RESET_REQUIRED");
  });

  it("is never the medium of the user's preferred second factor", async () => {
    const place = await scene(world, {
      EmailConfiguration: OWN_SENDER,
      ...recovery("verified_email", "verified_phone_number"),
    });
    const { api, UserPoolId } = place;
    await api("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      EmailMfaConfiguration: {},
      SmsMfaConfiguration: { SmsConfiguration: SMS },
    });
    await place.user("ana", both);
    const prefer = (settings: object) =>
      api("AdminSetUserMFAPreference", { UserPoolId, Username: "ana", ...settings });
    await prefer({ EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_PHONE });
    await prefer({ SMSMfaSettings: { Enabled: true, PreferredMfa: true } });
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });

    await place.user("mail", { email: "mail@example.com", email_verified: "true" });
    await api("AdminSetUserMFAPreference", {
      UserPoolId,
      Username: "mail",
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await refusal(forgot(place, "mail"))).toBe(NO_ADDRESS);
    expect(await refusal(reset(place, "mail"))).toBe(NO_ADDRESS);
  });
});

describe("a client that hides who exists", () => {
  const hiding = { PreventUserExistenceErrors: "ENABLED" } as const;

  it("gives the same plausible answer every time for a name that no user has", async () => {
    const place = await scene(world, {}, hiding);
    const first = await forgot(place, "nobody");
    expect(first).toEqual({
      CodeDeliveryDetails: {
        AttributeName: "email",
        DeliveryMedium: "EMAIL",
        Destination: expect.stringMatching(/^[a-z]\*\*\*@[a-z]\*\*\*$/),
      },
    });
    expect(await forgot(place, "nobody")).toEqual(first);
    expect(await forgot(place, "nobody@example.com")).toMatchObject({
      CodeDeliveryDetails: { Destination: "n***@e***", DeliveryMedium: "EMAIL" },
    });
    expect(await forgot(place, "+15555550199")).toMatchObject({
      CodeDeliveryDetails: { Destination: "+*******0199", DeliveryMedium: "SMS" },
    });
    expect(await world.inbox({ userPoolId: place.UserPoolId })).toEqual([]);
  });

  it("gives a plausible answer, and sends nothing, for a disabled user and one without a verified address", async () => {
    const place = await scene(world, {}, hiding);
    const { api, UserPoolId } = place;
    const plausible = { CodeDeliveryDetails: expect.objectContaining({ DeliveryMedium: "EMAIL" }) };
    await place.user("unverified", { email: "u@example.com" });
    expect(await forgot(place, "unverified")).toEqual(plausible);
    await place.user("disabled", VERIFIED_EMAIL);
    await api("AdminDisableUser", { UserPoolId, Username: "disabled" });
    expect(await forgot(place, "disabled")).toEqual(plausible);
    await place.invited("gone", VERIFIED_EMAIL);
    await api("AdminDisableUser", { UserPoolId, Username: "gone" });
    expect(await forgot(place, "gone")).toEqual(plausible);
    expect(await world.inbox({ userPoolId: UserPoolId })).toEqual([]);
  });

  it("still says that a temporary password cannot be reset", async () => {
    const place = await scene(world, {}, hiding);
    await place.invited("ana", VERIFIED_EMAIL);
    expect(await refusal(forgot(place))).toBe(NOT_IN_THIS_STATE);
  });

  it("refuses every code of an unknown or disabled user as a wrong one, and as expired where none was asked for", async () => {
    const place = await scene(world, {}, hiding);
    const nobody = { Username: "nobody" };
    await place.user("ana", VERIFIED_EMAIL);
    expect(await refusal(confirm(place, "123456", nobody))).toBe(CODE_EXPIRED);
    expect(await refusal(confirm(place, "123456"))).toBe(CODE_EXPIRED);
    await forgot(place, "nobody");
    expect(await refusal(confirm(place, "123456", nobody))).toBe(CODE_MISMATCH);
    await forgot(place);
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(await refusal(confirm(place, await place.code("ana@example.com")))).toBe(CODE_MISMATCH);
  });
});

describe("ConfirmForgotPassword", () => {
  it("answers with an empty object, keeps tokens valid, and works once", async () => {
    const place = await sceneWithAna();
    const { AccessToken } = await place.tokens("ana");
    await forgot(place);
    const code = await place.code("ana@example.com");
    expect(await confirm(place, code)).toEqual({});
    expect((await place.api("GetUser", { AccessToken })).Username).toBe("ana");
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });

  it("is refused for a wrong code, without a request, for unknown and disabled users", async () => {
    const place = await sceneWithAna();
    expect(await refusal(confirm(place, "123456"))).toBe(CODE_EXPIRED);
    await forgot(place);
    const code = await place.code("ana@example.com");
    expect(await refusal(confirm(place, wrong(code)))).toBe(CODE_MISMATCH);
    expect(await refusal(confirm(place, ` ${code}`.trim().slice(1)))).toBe(CODE_MISMATCH);
    expect(await refusal(confirm(place, code, { Username: "nobody" }))).toBe(
      "UserNotFoundException: Username/client id combination not found.",
    );
    await place.api("AdminDisableUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(await refusal(confirm(place, code))).toBe("NotAuthorizedException: User is disabled.");
  });

  it.each([
    ["Sh0rt!", "Password not long enough"],
    ["lower-case-0nly", "Password must have uppercase characters"],
    ["UPPER-CASE-0NLY", "Password must have lowercase characters"],
    ["No-digits-here", "Password must have numeric characters"],
    ["N0symbolsHere", "Password must have symbol characters"],
  ])("is refused for the password %s, and the code stays usable", async (Password, reason) => {
    const place = await sceneWithAna();
    await forgot(place);
    const code = await place.code("ana@example.com");
    expect(await refusal(confirm(place, code, { Password }))).toBe(
      `InvalidPasswordException: Password does not conform to policy: ${reason}`,
    );
    await confirm(place, code);
  });

  it("is refused for a password of the history, where the pool keeps one", async () => {
    const place = await sceneWithAna(VERIFIED_EMAIL, {
      Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
    });
    await forgot(place);
    const code = await place.code("ana@example.com");
    expect(await refusal(confirm(place, code, { Password: PASSWORD }))).toMatch(
      /^PasswordHistoryPolicyViolationException: /,
    );
    await confirm(place, code);
  });

  it("ends a lock of the account by wrong passwords", async () => {
    const place = await sceneWithAna();
    for (let n = 1; n <= 5; n++) await refusal(place.signIn("ana", "Wr0ng-password!"));
    expect(await refusal(place.signIn("ana"))).toBe("NotAuthorizedException: Password attempts exceeded");
    await forgot(place);
    await confirm(place, await place.code("ana@example.com"));
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("of twenty right answers at once lets one win", async () => {
    await atFullHour(world);
    const place = await sceneWithAna();
    await forgot(place);
    const code = await place.code("ana@example.com");
    const { won, refusals } = await race(
      Array.from({ length: 20 }, (_, i) => confirm(place, code, { Password: `An0ther-Password-${i}` })),
    );
    expect(won).toBe(1);
    expect([CODE_EXPIRED, LIMIT]).toEqual(expect.arrayContaining(refusals));
  });

  it("proves no address that was taken from the user meanwhile, and declares its errors", async () => {
    const place = await scene(world, { AliasAttributes: ["email"] });
    await place.user("ana", VERIFIED_EMAIL);
    await forgot(place);
    const code = await place.code("ana@example.com");
    await place.api("AdminCreateUser", {
      UserPoolId: place.UserPoolId,
      Username: "other",
      MessageAction: "SUPPRESS",
      ForceAliasCreation: true,
      UserAttributes: [
        { Name: "email", Value: "ana@example.com" },
        { Name: "email_verified", Value: "true" },
      ],
    });
    expect(await place.attributes("ana")).toEqual({ ...VERIFIED_EMAIL, email_verified: "false" });
    await confirm(place, code);
    expect(await place.attributes("ana")).toEqual({ ...VERIFIED_EMAIL, email_verified: "false" });
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });
});

describe("a reset code", () => {
  it("lives for one hour on the server's clock", async () => {
    const place = await sceneWithAna();
    await forgot(place);
    const code = await place.code("ana@example.com");
    await world.advanceSeconds(3598);
    expect(await refusal(confirm(place, wrong(code)))).toBe(CODE_MISMATCH);
    await world.advanceSeconds(3);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });

  it("is replaced by the next one", async () => {
    const place = await sceneWithAna();
    await forgot(place);
    const first = await place.code("ana@example.com");
    let second = first;
    while (second === first) {
      await forgot(place);
      second = await place.code("ana@example.com");
    }
    expect(await refusal(confirm(place, first))).toBe(CODE_MISMATCH);
    await confirm(place, second);
  });

  it("ends with the fifth wrong try", async () => {
    const place = await sceneWithAna();
    await forgot(place);
    const code = await place.code("ana@example.com");
    for (let n = 1; n <= 5; n++) expect(await refusal(confirm(place, wrong(code)))).toBe(CODE_MISMATCH);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });

  it("dies when the address that it was sent to is not the user's any more", async () => {
    const place = await sceneWithAna();
    const { api, UserPoolId } = place;
    await reset(place);
    const code = await place.code("ana@example.com");
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: attributes({ email: "safe@example.com", email_verified: "true" }),
    });
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
    await forgot(place);
    await confirm(place, await place.code("safe@example.com"));
    expect((await place.signIn("ana", OTHER_PASSWORD)).AuthenticationResult).toBeDefined();
  });

  it("goes on working when another attribute changes", async () => {
    const place = await sceneWithAna();
    await forgot(place);
    await place.api("AdminUpdateUserAttributes", {
      UserPoolId: place.UserPoolId,
      Username: "ana",
      UserAttributes: attributes({ name: "Ana", phone_number: "+15555550123" }),
    });
    await confirm(place, await place.code("ana@example.com"));
  });

  it("of one user is nothing for another, and dies with the user", async () => {
    const place = await sceneWithAna();
    await place.user("bob", { email: "bob@example.com", email_verified: "true" });
    await forgot(place);
    const code = await place.code("ana@example.com");
    expect(await refusal(confirm(place, code, { Username: "bob" }))).toBe(CODE_EXPIRED);
    await place.api("AdminDeleteUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    await place.user("ana", VERIFIED_EMAIL);
    expect(await refusal(confirm(place, code))).toBe(CODE_EXPIRED);
  });
});

describe("the hourly limit of password recovery", () => {
  it("counts asking and answering together and starts again after an hour", async () => {
    await atFullHour(world);
    const place = await sceneWithAna();
    const outcomes: string[] = [];
    for (let n = 1; n <= 21; n++) {
      const call: Promise<unknown> = n % 2 ? forgot(place) : confirm(place, "000000");
      outcomes.push(
        await call.then(
          () => "ok",
          (error: Error) => error.message,
        ),
      );
    }
    const allowed = outcomes.findIndex((outcome) => outcome.startsWith("Attempt limit exceeded"));
    expect(allowed).toBeGreaterThanOrEqual(5);
    expect(allowed).toBeLessThanOrEqual(20);
    expect(await refusal(forgot(place))).toBe(LIMIT);
    expect(await refusal(confirm(place, "000000"))).toBe(LIMIT);
    await world.advanceSeconds(3600);
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });
  });

  it("counts each user alone, and names that no user has like users", async () => {
    await atFullHour(world);
    const place = await scene(world, {}, { PreventUserExistenceErrors: "ENABLED" });
    for (let n = 1; n <= 20; n++) await forgot(place, "nobody").catch(() => undefined);
    expect(await refusal(forgot(place, "nobody"))).toBe(LIMIT);
    await place.user("ana", VERIFIED_EMAIL);
    expect(await forgot(place)).toEqual({ CodeDeliveryDetails: TO_EMAIL });
  });
});
