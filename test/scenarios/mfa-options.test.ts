import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { totpCode } from "../../src/crypto/totp.ts";
import { refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { fromBase32 } from "../support/base32.ts";
import { closeWithinModel } from "../support/builders.ts";
import { type Scene, SMS, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const PHONE = "+15550100";
const BY_SMS = [{ DeliveryMedium: "SMS", AttributeName: "phone_number" }] as const;
const NO_USER = "UserNotFoundException: User does not exist.";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

async function mfaScene(
  mode: "ON" | "OPTIONAL",
  more: Partial<Input<"SetUserPoolMfaConfig">> = {},
  pool = {},
): Promise<Scene> {
  const place = await scene(world, { SmsConfiguration: SMS, ...pool });
  await place.api("SetUserPoolMfaConfig", {
    UserPoolId: place.UserPoolId,
    MfaConfiguration: mode,
    SmsMfaConfiguration: { SmsConfiguration: SMS },
    ...more,
  });
  await place.user("ana", { phone_number: PHONE, email: "ana@example.com" });
  return place;
}

const admin = ({ api, UserPoolId }: Scene, options: readonly object[], Username = "ana") =>
  api("AdminSetUserSettings", { UserPoolId, Username, MFAOptions: [...options] });
const shown = async ({ api, UserPoolId }: Scene) => {
  const user = await api("AdminGetUser", { UserPoolId, Username: "ana" });
  const { MFAOptions, UserMFASettingList, PreferredMfaSetting } = user;
  return { MFAOptions, UserMFASettingList, PreferredMfaSetting };
};

describe("SetUserSettings and AdminSetUserSettings", () => {
  it("turn MFA by SMS on, which is asked for from then on and shown as MFAOptions", async () => {
    const place = await mfaScene("OPTIONAL");
    const { api, UserPoolId } = place;
    const { AccessToken } = await place.tokens("ana");
    expect(await api("SetUserSettings", { AccessToken, MFAOptions: [...BY_SMS] })).toEqual({});
    expect(await shown(place)).toEqual({ MFAOptions: BY_SMS, UserMFASettingList: ["SMS_MFA"] });
    expect((await api("GetUser", { AccessToken })).MFAOptions).toEqual(BY_SMS);
    expect((await api("ListUsers", { UserPoolId })).Users?.[0]?.MFAOptions).toEqual(BY_SMS);
    const { ChallengeName, Session } = await place.signIn("ana");
    expect(ChallengeName).toBe("SMS_MFA");
    const SMS_MFA_CODE = await place.code(PHONE);
    const done = await place.answer("SMS_MFA", Session, { USERNAME: "ana", SMS_MFA_CODE });
    expect(done.AuthenticationResult?.AccessToken).toBeTruthy();
  });

  it("turn it off by no option", async () => {
    const place = await mfaScene("OPTIONAL");
    expect(await admin(place, BY_SMS)).toEqual({});
    expect(await admin(place, [])).toEqual({});
    expect(await shown(place)).toEqual({});
    await place.tokens("ana");
  });

  it("are one setting with SetUserMFAPreference, which shows no MFAOptions of its own", async () => {
    const place = await mfaScene("OPTIONAL");
    const { api, UserPoolId } = place;
    const prefer = (Enabled: boolean, PreferredMfa: boolean) =>
      api("AdminSetUserMFAPreference", {
        UserPoolId,
        Username: "ana",
        SMSMfaSettings: { Enabled, PreferredMfa },
      });
    await prefer(true, true);
    const preferred = { UserMFASettingList: ["SMS_MFA"], PreferredMfaSetting: "SMS_MFA" };
    expect(await shown(place)).toEqual(preferred);
    await admin(place, BY_SMS);
    expect(await shown(place)).toEqual({ ...preferred, MFAOptions: BY_SMS });
    await prefer(false, false);
    expect(await shown(place)).toEqual({});
    await prefer(true, true);
    await admin(place, []);
    expect(await shown(place)).toEqual({});
  });

  it("take nothing but SMS to phone_number, from a user who has one", async () => {
    const place = await mfaScene("OPTIONAL");
    for (const options of [
      [{ DeliveryMedium: "EMAIL", AttributeName: "phone_number" }],
      [{ DeliveryMedium: "SMS", AttributeName: "email" }],
      [{ DeliveryMedium: "SMS" }],
      [...BY_SMS, {}],
    ])
      expect(await refusal(admin(place, options))).toMatch(/^InvalidParameterException: /);
    await place.user("bob");
    expect(await refusal(admin(place, BY_SMS, "bob"))).toBe(
      "InvalidParameterException: User does not have delivery config set to turn on SMS_MFA",
    );
    expect(await refusal(admin(place, BY_SMS, "nobody"))).toBe(NO_USER);
    expect(await shown(place)).toEqual({});
  });

  it("cannot turn it off where MFA is required, nor on where the pool sends no SMS", async () => {
    const place = await mfaScene("ON");
    await admin(place, BY_SMS);
    expect(await refusal(admin(place, []))).toMatch(
      /^InvalidParameterException: User MFA cannot be turned off/,
    );
    expect((await shown(place)).MFAOptions).toEqual(BY_SMS);
    const without = await scene(world);
    await without.user("ana", { phone_number: PHONE });
    expect(await refusal(admin(without, BY_SMS))).toMatch(/^InvalidParameterException: /);
  });
});

describe("AdminGetUserAuthFactors", () => {
  it("shows what GetUserAuthFactors shows to the user", async () => {
    const place = await mfaScene(
      "OPTIONAL",
      {},
      {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP"] } },
      },
    );
    const { api, UserPoolId } = place;
    const { AccessToken } = await place.tokens("ana");
    const factors = () => api("AdminGetUserAuthFactors", { UserPoolId, Username: "ana" });
    expect(await factors()).toEqual({
      Username: "ana",
      ConfiguredUserAuthFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP"],
    });
    expect(await factors()).toEqual(await api("GetUserAuthFactors", { AccessToken }));
    await admin(place, BY_SMS);
    expect(await factors()).toEqual({
      Username: "ana",
      UserMFASettingList: ["SMS_MFA"],
      ConfiguredUserAuthFactors: ["PASSWORD"],
    });
    expect(await refusal(api("AdminGetUserAuthFactors", { UserPoolId, Username: "nobody" }))).toBe(NO_USER);
  });
});

describe("AdminDeleteSoftwareToken", () => {
  const codeOf = (secret: string, ahead = 0) =>
    totpCode(fromBase32(secret), Math.floor(world.server.services.clock.now() / 30_000) + ahead);
  const remove = ({ api, UserPoolId }: Scene, Username = "ana") =>
    api("AdminDeleteSoftwareToken", { UserPoolId, Username });

  async function withToken(): Promise<{ place: Scene; secret: string }> {
    const place = await mfaScene("OPTIONAL", { SoftwareTokenMfaConfiguration: { Enabled: true } });
    const { api } = place;
    const { AccessToken } = await place.tokens("ana");
    const { SecretCode = "" } = await api("AssociateSoftwareToken", { AccessToken });
    await api("VerifySoftwareToken", { AccessToken, UserCode: codeOf(SecretCode) });
    const settings = { Enabled: true, PreferredMfa: true };
    await api("SetUserMFAPreference", { AccessToken, SoftwareTokenMfaSettings: settings });
    return { place, secret: SecretCode };
  }

  it("makes the codes worthless, also in a sign-in under way, and ends the factor and its preference", async () => {
    const { place, secret } = await withToken();
    const { ChallengeName, Session } = await place.signIn("ana");
    expect(ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    expect(await remove(place)).toEqual({});
    const answer = { USERNAME: "ana", SOFTWARE_TOKEN_MFA_CODE: codeOf(secret, 1) };
    expect(await refusal(place.answer("SOFTWARE_TOKEN_MFA", Session, answer))).toBe(
      "CodeMismatchException: Invalid code received for user",
    );
    expect(await shown(place)).toEqual({});
    await place.tokens("ana");
    expect(await remove(place)).toEqual({});
  });

  it("lets the user register another, and leaves other factors alone", async () => {
    const { place } = await withToken();
    const { api, UserPoolId } = place;
    await admin(place, BY_SMS);
    await remove(place);
    expect(await shown(place)).toEqual({ MFAOptions: BY_SMS, UserMFASettingList: ["SMS_MFA"] });
    const again = await refusal(
      api("AdminSetUserMFAPreference", {
        UserPoolId,
        Username: "ana",
        SoftwareTokenMfaSettings: { Enabled: true },
      }),
    );
    expect(again).toBe(
      "InvalidParameterException: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    );
  });

  it("leads to a new one at the next sign-in where the pool requires MFA", async () => {
    const place = await scene(world);
    await place.api("SetUserPoolMfaConfig", {
      UserPoolId: place.UserPoolId,
      MfaConfiguration: "ON",
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    await place.user("ana");
    const { api } = place;
    const setUp = async () => {
      const { ChallengeName, Session: first } = await place.signIn("ana");
      expect(ChallengeName).toBe("MFA_SETUP");
      const { SecretCode = "", Session } = await api("AssociateSoftwareToken", { Session: first });
      const verified = await api("VerifySoftwareToken", { Session, UserCode: codeOf(SecretCode) });
      await place.answer("MFA_SETUP", verified.Session, { USERNAME: "ana" });
    };
    await setUp();
    expect((await place.signIn("ana")).ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
    await remove(place);
    await setUp();
  });

  it("is refused for users who are not there or not confirmed", async () => {
    const place = await scene(world, { AutoVerifiedAttributes: ["email"] });
    const { api, ClientId } = place;
    await api("SignUp", {
      ClientId,
      Username: "new",
      Password: "Correct-Horse-9",
      UserAttributes: [{ Name: "email", Value: "new@example.com" }],
    });
    expect(await refusal(remove(place, "new"))).toBe("UserNotConfirmedException: User is not confirmed.");
    expect(await refusal(remove(place, "nobody"))).toBe(NO_USER);
  });
});

describe.skipIf(awsCliMissing)(`by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("MFA by SMS is turned on the older way", async () => {
    const place = await mfaScene("OPTIONAL");
    const run = await awsCli(world.url)(
      ...["admin-set-user-settings", "--user-pool-id", place.UserPoolId, "--username", "ana"],
      ...["--mfa-options", "DeliveryMedium=SMS,AttributeName=phone_number"],
    );
    expect(run).toMatchObject({ status: 0, errorText: "" });
    expect((await shown(place)).MFAOptions).toEqual(BY_SMS);
  });
});
