import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, PASSWORD } from "../support/builders.ts";
import { OTHER_PASSWORD, OWN_SENDER, type Scene, SMS, scene, wrong } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const CODE_MISMATCH = "CodeMismatchException: Invalid code or auth state for the user.";
const SESSION_USED = "NotAuthorizedException: Invalid session for the user, session can only be used once.";
const EMAIL_FACTOR = { EmailMfaConfiguration: {} };
const SMS_FACTOR = { SmsMfaConfiguration: { SmsConfiguration: SMS } };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

/** A pool whose second factor is a code by e-mail, by SMS, or both. */
async function mfaScene(
  MfaConfiguration: "ON" | "OPTIONAL",
  factors: { EmailMfaConfiguration?: object; SmsMfaConfiguration?: object } = EMAIL_FACTOR,
  client = {},
): Promise<Scene> {
  const place = await scene(world, { EmailConfiguration: OWN_SENDER }, client);
  await place.api("SetUserPoolMfaConfig", { UserPoolId: place.UserPoolId, MfaConfiguration, ...factors });
  return place;
}

/** A user of a pool with MFA ON who has shown the password and waits for the code. */
async function atEmailCode(place: Scene, name = "ana") {
  await place.user(name, { email: `${name}@example.com` });
  const { Session } = await place.signIn(name);
  return { Session, code: await place.code(`${name}@example.com`) };
}

describe.skipIf(awsCliMissing)(
  `a user with a temporary password, in a pool that requires e-mail MFA, by the AWS CLI ${awsCliMissing ?? ""}`,
  () => {
    it("sets a new password, proves the e-mailed code, and receives tokens", async () => {
      const aws = awsCli(world.url);
      const pool = await aws(
        ...["create-user-pool", "--pool-name", "p"],
        ...["--email-configuration", JSON.stringify(OWN_SENDER)],
      );
      const poolId = pool.output.UserPool.Id;
      const config = await aws(
        ...["set-user-pool-mfa-config", "--user-pool-id", poolId, "--mfa-configuration", "ON"],
        ...["--email-mfa-configuration", JSON.stringify({ Message: "Code {####}", Subject: "Your code" })],
      );
      expect(config.output).toEqual({
        EmailMfaConfiguration: { Message: "Code {####}", Subject: "Your code" },
        MfaConfiguration: "ON",
      });
      const client = await aws(
        ...["create-user-pool-client", "--user-pool-id", poolId, "--client-name", "app"],
        ...["--explicit-auth-flows", "ALLOW_USER_PASSWORD_AUTH"],
      );
      const clientId = client.output.UserPoolClient.ClientId;
      await aws(
        ...["admin-create-user", "--user-pool-id", poolId, "--username", "ana"],
        ...["--temporary-password", PASSWORD],
        ...["--user-attributes", "Name=email,Value=ana@example.com"],
      );

      const started = await aws(
        ...["initiate-auth", "--client-id", clientId, "--auth-flow", "USER_PASSWORD_AUTH"],
        ...["--auth-parameters", `USERNAME=ana,PASSWORD=${PASSWORD}`],
      );
      expect(started.output).toEqual({
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session: expect.stringMatching(/^AYABe[\w-]{15,2043}$/),
        ChallengeParameters: {
          USER_ID_FOR_SRP: "ana",
          requiredAttributes: "[]",
          userAttributes: JSON.stringify({ email: "ana@example.com" }),
        },
      });

      const renewed = await aws(
        ...["respond-to-auth-challenge", "--client-id", clientId, "--session", started.output.Session],
        ...["--challenge-name", "NEW_PASSWORD_REQUIRED"],
        ...["--challenge-responses", `USERNAME=ana,NEW_PASSWORD=${OTHER_PASSWORD}`],
      );
      expect(renewed.output).toEqual({
        ChallengeName: "EMAIL_OTP",
        Session: expect.stringMatching(/^AYABe/),
        ChallengeParameters: {
          CODE_DELIVERY_DELIVERY_MEDIUM: "EMAIL",
          CODE_DELIVERY_DESTINATION: "a***@e***",
          USER_ID_FOR_SRP: "ana",
        },
      });
      expect(renewed.output.Session).not.toBe(started.output.Session);

      const message = await world.lastMessage("ana@example.com");
      expect(message).toMatchObject({ kind: "Authentication", subject: "Your code", channel: "EMAIL" });
      expect(message.body).toBe(`Code ${message.code}`);
      expect(message.code).toMatch(/^\d{6}$/);

      const signedIn = await aws(
        ...["respond-to-auth-challenge", "--client-id", clientId, "--session", renewed.output.Session],
        ...["--challenge-name", "EMAIL_OTP"],
        ...["--challenge-responses", `USERNAME=ana,EMAIL_OTP_CODE=${message.code}`],
      );
      expect(signedIn.output).toEqual({
        ChallengeParameters: {},
        AuthenticationResult: {
          AccessToken: expect.any(String),
          ExpiresIn: 3600,
          TokenType: "Bearer",
          RefreshToken: expect.any(String),
          IdToken: expect.any(String),
        },
      });
      expect(claimsOf(signedIn.output.AuthenticationResult.IdToken)).toMatchObject({
        "cognito:username": "ana",
        email: "ana@example.com",
        email_verified: true,
      });
    });
  },
);

describe("a temporary password together with e-mail MFA", () => {
  it("asks for the new password again when the sign-in was broken off before it", async () => {
    const place = await mfaScene("ON");
    await place.invited("ana", { email: "ana@example.com" });
    expect((await place.signIn("ana")).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    expect((await place.signIn("ana")).ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    expect(await place.messagesTo("ana@example.com")).toBe(0);
  });

  it("keeps the new password when the sign-in was broken off before the code", async () => {
    const place = await mfaScene("ON");
    await place.invited("ana", { email: "ana@example.com" });
    const { Session } = await place.signIn("ana");
    await place.answer("NEW_PASSWORD_REQUIRED", Session, { USERNAME: "ana", NEW_PASSWORD: OTHER_PASSWORD });
    expect(await place.status("ana")).toBe("CONFIRMED");
    expect(await refusal(place.signIn("ana"))).toBe(
      "NotAuthorizedException: Incorrect username or password.",
    );
    expect((await place.signIn("ana", OTHER_PASSWORD)).ChallengeName).toBe("EMAIL_OTP");
  });

  it("works the same for an administrator's AdminInitiateAuth and AdminRespondToAuthChallenge", async () => {
    const place = await mfaScene("ON");
    const { api, UserPoolId, ClientId } = place;
    await place.invited("ana", { email: "ana@example.com" });
    const first = await api("AdminInitiateAuth", {
      UserPoolId,
      ClientId,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD },
    });
    const second = await api("AdminRespondToAuthChallenge", {
      UserPoolId,
      ClientId,
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: first.Session ?? "",
      ChallengeResponses: { USERNAME: "ana", NEW_PASSWORD: OTHER_PASSWORD },
    });
    expect(second.ChallengeName).toBe("EMAIL_OTP");
    const last = await api("AdminRespondToAuthChallenge", {
      UserPoolId,
      ClientId,
      ChallengeName: "EMAIL_OTP",
      Session: second.Session ?? "",
      ChallengeResponses: { USERNAME: "ana", EMAIL_OTP_CODE: await place.code("ana@example.com") },
    });
    expect(last.AuthenticationResult?.AccessToken).toBeDefined();
  });

  it("takes the address of a required attribute given with the new password as the place for the code", async () => {
    const place = await scene(world, {
      EmailConfiguration: OWN_SENDER,
      Schema: [{ Name: "email", Required: true }],
    });
    await place.api("SetUserPoolMfaConfig", {
      UserPoolId: place.UserPoolId,
      MfaConfiguration: "ON",
      ...EMAIL_FACTOR,
    });
    await place.invited("ana");
    const { Session, ChallengeParameters } = await place.signIn("ana");
    expect(ChallengeParameters?.requiredAttributes).toBe('["userAttributes.email"]');
    const next = await place.answer("NEW_PASSWORD_REQUIRED", Session, {
      USERNAME: "ana",
      NEW_PASSWORD: OTHER_PASSWORD,
      "userAttributes.email": "new@example.com",
    });
    expect(next).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: "n***@e***" },
    });
  });
});

describe("the code of e-mail MFA", () => {
  it("when wrong, is refused and leaves the session usable", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    const guess = () => place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: wrong(code) });
    for (let n = 1; n <= 4; n++) expect(await refusal(guess())).toBe(CODE_MISMATCH);
    const right = await place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
    expect(right.AuthenticationResult?.AccessToken).toBeDefined();
  });

  it("is tried at most five times per session: after that the right one is refused too", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    for (let n = 1; n <= 5; n++)
      expect(
        await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: wrong(code) })),
      ).toBe(CODE_MISMATCH);
    await world.advanceSeconds(2);
    expect(await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code }))).toBe(
      CODE_MISMATCH,
    );
    await world.advanceSeconds(10);
    const again = await place.signIn("ana");
    expect(again.ChallengeName).toBe("EMAIL_OTP");
  });

  it("is really tried at most five times when twenty guesses come at once", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    const guesses = Array.from({ length: 20 }, () =>
      place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: wrong(code) }),
    );
    expect(await race(guesses)).toEqual({
      won: 0,
      refusals: [CODE_MISMATCH, "NotAuthorizedException: Password attempts exceeded"],
    });
    await world.advanceSeconds(2);
    expect(await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code }))).toBe(
      CODE_MISMATCH,
    );
  });

  it("locks the user like wrong passwords do", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    for (let n = 1; n <= 5; n++)
      await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: wrong(code) }));
    expect(await refusal(place.signIn("ana"))).toBe("NotAuthorizedException: Password attempts exceeded");
  });

  it("gives tokens once: the same right answer a second time is refused", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    const answer = () => place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
    expect((await answer()).AuthenticationResult).toBeDefined();
    expect(await refusal(answer())).toBe(SESSION_USED);
  });

  it("gives tokens once when twenty right answers come at once", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    const answers = Array.from({ length: 20 }, () =>
      place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code }),
    );
    expect(await race(answers)).toEqual({ won: 1, refusals: [SESSION_USED] });
    expect((await place.signIn("ana")).ChallengeName).toBe("EMAIL_OTP");
  });

  it("belongs to its own session: the code of another sign-in of the same user is wrong", async () => {
    const place = await mfaScene("ON");
    const first = await atEmailCode(place);
    const second = await place.signIn("ana");
    if (first.code === (await place.code("ana@example.com"))) return;
    expect(
      await refusal(
        place.answer("EMAIL_OTP", second.Session, { USERNAME: "ana", EMAIL_OTP_CODE: first.code }),
      ),
    ).toBe(CODE_MISMATCH);
  });

  it("expires with its session, after three minutes", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    await world.advanceSeconds(181);
    expect(await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code }))).toBe(
      "NotAuthorizedException: Invalid session for the user, session is expired.",
    );
  });

  it("lives as long as the client's AuthSessionValidity says", async () => {
    const place = await mfaScene("ON", EMAIL_FACTOR, { AuthSessionValidity: 15 });
    const { Session, code } = await atEmailCode(place);
    await world.advanceSeconds(14 * 60);
    const answer = await place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
    expect(answer.AuthenticationResult).toBeDefined();
  });

  it("proves the address it was sent to", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    expect(await place.attributes("ana")).toEqual({ email: "ana@example.com" });
    await place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
    expect(await place.attributes("ana")).toEqual({ email: "ana@example.com", email_verified: "true" });
  });
});

describe("an answer to the e-mail code that does not fit", () => {
  it.each([
    ["without the code", { USERNAME: "ana" }, "Missing required parameter EMAIL_OTP_CODE"],
    ["without a user name", { EMAIL_OTP_CODE: "123456" }, "Missing required parameter USERNAME"],
    [
      "with the code under the name of SMS",
      { USERNAME: "ana", SMS_MFA_CODE: "123456" },
      "Missing required parameter EMAIL_OTP_CODE",
    ],
  ])("is refused %s", async (_, responses, sentence) => {
    const place = await mfaScene("ON");
    const { Session } = await atEmailCode(place);
    expect(await refusal(place.answer("EMAIL_OTP", Session, responses as Record<string, string>))).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it("is refused for another user, another challenge, another client, and without or with a broken session", async () => {
    const place = await mfaScene("ON");
    const { Session, code } = await atEmailCode(place);
    await place.user("bob", { email: "bob@example.com" });
    const responses = { USERNAME: "ana", EMAIL_OTP_CODE: code };
    const invalid = "NotAuthorizedException: Invalid session for the user.";
    expect(await refusal(place.answer("EMAIL_OTP", Session, { ...responses, USERNAME: "bob" }))).toBe(
      invalid,
    );
    expect(await refusal(place.answer("EMAIL_OTP", Session, { ...responses, USERNAME: "eve" }))).toBe(
      invalid,
    );
    expect(await refusal(place.answer("SMS_MFA", Session, { USERNAME: "ana", SMS_MFA_CODE: code }))).toBe(
      invalid,
    );
    const elsewhere = await place.client({});
    expect(await refusal(elsewhere.answer("EMAIL_OTP", Session, responses))).toBe(invalid);
    const flipped = `${Session?.slice(0, -6)}${Session?.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA"}`;
    expect(await refusal(place.answer("EMAIL_OTP", flipped, responses))).toBe(invalid);
    expect(await refusal(place.answer("EMAIL_OTP", "x".repeat(40), responses))).toBe(
      "NotAuthorizedException: Invalid session provided",
    );
    expect(await refusal(place.answer("EMAIL_OTP", undefined, responses))).toBe(
      "InvalidParameterException: Missing required parameter Session",
    );
    expect((await place.answer("EMAIL_OTP", Session, responses)).AuthenticationResult).toBeDefined();
  });

  it("is refused once the user is disabled or gone", async () => {
    const place = await mfaScene("ON");
    const { api, UserPoolId } = place;
    const { Session, code } = await atEmailCode(place);
    const answer = () => place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code });
    await api("AdminDisableUser", { UserPoolId, Username: "ana" });
    expect(await refusal(answer())).toBe("NotAuthorizedException: User is disabled.");
    await api("AdminDeleteUser", { UserPoolId, Username: "ana" });
    expect(await refusal(answer())).toBe("NotAuthorizedException: Invalid session for the user.");
  });

  it("is refused after the password was reset, for the sign-in began with the old one", async () => {
    const place = await mfaScene("ON");
    const { api, UserPoolId } = place;
    const { Session, code } = await atEmailCode(place);
    await api("AdminUpdateUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributes: [{ Name: "email_verified", Value: "true" }],
    });
    await api("AdminResetUserPassword", { UserPoolId, Username: "ana" });
    expect(await refusal(place.answer("EMAIL_OTP", Session, { USERNAME: "ana", EMAIL_OTP_CODE: code }))).toBe(
      "PasswordResetRequiredException: Password reset required for the user",
    );
  });
});

describe("SMS as the second factor", () => {
  it("sends a code to the phone, unverified too, and proves it", async () => {
    const place = await mfaScene("ON", SMS_FACTOR);
    await place.user("ana", { phone_number: "+15555550123" });
    const started = await place.signIn("ana");
    expect(started).toEqual({
      ChallengeName: "SMS_MFA",
      Session: expect.stringMatching(/^AYABe/),
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: "SMS",
        CODE_DELIVERY_DESTINATION: "+*******0123",
        USER_ID_FOR_SRP: "ana",
      },
    });
    const code = await place.code("+15555550123");
    expect(
      await refusal(place.answer("SMS_MFA", started.Session, { USERNAME: "ana", SMS_MFA_CODE: wrong(code) })),
    ).toBe(CODE_MISMATCH);
    const done = await place.answer("SMS_MFA", started.Session, { USERNAME: "ana", SMS_MFA_CODE: code });
    expect(done.AuthenticationResult).toBeDefined();
    expect(await place.attributes("ana")).toMatchObject({ phone_number_verified: "true" });
  });
});

describe("a user with several second factors and no preference", () => {
  const both = { ...EMAIL_FACTOR, ...SMS_FACTOR };

  it("chooses one by SELECT_MFA_TYPE and gets its code", async () => {
    const place = await mfaScene("ON", both);
    await place.user("ana", { email: "ana@example.com", phone_number: "+15555550123" });
    const started = await place.signIn("ana");
    expect(started).toEqual({
      ChallengeName: "SELECT_MFA_TYPE",
      Session: expect.stringMatching(/^AYABe/),
      ChallengeParameters: { MFAS_CAN_CHOOSE: expect.any(String), USER_ID_FOR_SRP: "ana" },
    });
    expect(JSON.parse(started.ChallengeParameters?.MFAS_CAN_CHOOSE ?? "").sort()).toEqual([
      "EMAIL_OTP",
      "SMS_MFA",
    ]);
    const chosen = await place.answer("SELECT_MFA_TYPE", started.Session, {
      USERNAME: "ana",
      ANSWER: "EMAIL_OTP",
    });
    expect(chosen.ChallengeName).toBe("EMAIL_OTP");
    expect(await place.messagesTo("+15555550123")).toBe(0);
    const done = await place.answer("EMAIL_OTP", chosen.Session, {
      USERNAME: "ana",
      EMAIL_OTP_CODE: await place.code("ana@example.com"),
    });
    expect(done.AuthenticationResult).toBeDefined();
  });

  it.each([
    [{ USERNAME: "ana" }, "Missing required parameter ANSWER"],
    [{ USERNAME: "ana", ANSWER: "SOFTWARE_TOKEN_MFA" }, "Invalid answer given for SELECT_MFA_TYPE."],
    [{ USERNAME: "ana", ANSWER: "PASSWORD" }, "Invalid answer given for SELECT_MFA_TYPE."],
  ])("is refused the answer %j", async (responses, sentence) => {
    const place = await mfaScene("ON", both);
    await place.user("ana", { email: "ana@example.com", phone_number: "+15555550123" });
    const { Session } = await place.signIn("ana");
    expect(await refusal(place.answer("SELECT_MFA_TYPE", Session, responses as Record<string, string>))).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it("uses the choice's session once", async () => {
    const place = await mfaScene("ON", both);
    await place.user("ana", { email: "ana@example.com", phone_number: "+15555550123" });
    const { Session } = await place.signIn("ana");
    const choose = () => place.answer("SELECT_MFA_TYPE", Session, { USERNAME: "ana", ANSWER: "SMS_MFA" });
    expect((await choose()).ChallengeName).toBe("SMS_MFA");
    expect(await refusal(choose())).toBe(SESSION_USED);
  });
});

describe("a pool where MFA is optional", () => {
  it("asks for no second factor until the user turns one on", async () => {
    const place = await mfaScene("OPTIONAL");
    const { api, UserPoolId } = place;
    await place.user("ana", { email: "ana@example.com" });
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
    const before = await api("AdminGetUser", { UserPoolId, Username: "ana" });
    expect(before).not.toHaveProperty("UserMFASettingList");
    expect(before).not.toHaveProperty("PreferredMfaSetting");

    await api("AdminSetUserMFAPreference", {
      UserPoolId,
      Username: "ana",
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await api("AdminGetUser", { UserPoolId, Username: "ana" })).toMatchObject({
      UserMFASettingList: ["EMAIL_OTP"],
      PreferredMfaSetting: "EMAIL_OTP",
    });
    expect((await place.signIn("ana")).ChallengeName).toBe("EMAIL_OTP");
  });

  it("asks for the new password first and then for the code", async () => {
    const place = await mfaScene("OPTIONAL");
    const { api, UserPoolId } = place;
    await place.invited("ana", { email: "ana@example.com" });
    await api("AdminSetUserMFAPreference", {
      UserPoolId,
      Username: "ana",
      EmailMfaSettings: { Enabled: true },
    });
    const first = await place.signIn("ana");
    expect(first.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    const second = await place.answer("NEW_PASSWORD_REQUIRED", first.Session, {
      USERNAME: "ana",
      NEW_PASSWORD: OTHER_PASSWORD,
    });
    expect(second.ChallengeName).toBe("EMAIL_OTP");
    const third = await place.answer("EMAIL_OTP", second.Session, {
      USERNAME: "ana",
      EMAIL_OTP_CODE: await place.code("ana@example.com"),
    });
    expect(third.AuthenticationResult).toBeDefined();
  });

  it("lets a user turn a factor on and off with an access token", async () => {
    const place = await mfaScene("OPTIONAL", { ...EMAIL_FACTOR, ...SMS_FACTOR });
    const { api } = place;
    await place.user("ana", { email: "ana@example.com", phone_number: "+15555550123" });
    const { AccessToken } = await place.tokens("ana");
    expect(
      await api("SetUserMFAPreference", {
        AccessToken,
        EmailMfaSettings: { Enabled: true, PreferredMfa: true },
        SMSMfaSettings: { Enabled: true },
      }),
    ).toEqual({});
    const shown = await api("GetUser", { AccessToken });
    expect([...(shown.UserMFASettingList ?? [])].sort()).toEqual(["EMAIL_OTP", "SMS_MFA"]);
    expect(shown.PreferredMfaSetting).toBe("EMAIL_OTP");

    await api("SetUserMFAPreference", { AccessToken, SMSMfaSettings: { Enabled: true, PreferredMfa: true } });
    expect((await api("GetUser", { AccessToken })).PreferredMfaSetting).toBe("SMS_MFA");
    expect((await place.signIn("ana")).ChallengeName).toBe("SMS_MFA");

    await api("SetUserMFAPreference", { AccessToken, SMSMfaSettings: { Enabled: false } });
    const after = await api("GetUser", { AccessToken });
    expect(after.UserMFASettingList).toEqual(["EMAIL_OTP"]);
    expect(after).not.toHaveProperty("PreferredMfaSetting");
    expect((await place.signIn("ana")).ChallengeName).toBe("EMAIL_OTP");

    await api("SetUserMFAPreference", { AccessToken, EmailMfaSettings: { Enabled: false } });
    expect(await api("GetUser", { AccessToken })).not.toHaveProperty("UserMFASettingList");
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });
});

describe("a preference that cannot be had", () => {
  async function refusedPreference(place: Scene, preference: object): Promise<string> {
    const { UserPoolId, api } = place;
    return refusal(api("AdminSetUserMFAPreference", { UserPoolId, Username: "ana", ...preference }));
  }

  it.each([
    ["SMS_MFA", { SMSMfaSettings: { Enabled: true } }],
    ["EMAIL_OTP", { EmailMfaSettings: { Enabled: true } }],
    ["SOFTWARE_TOKEN_MFA", { SoftwareTokenMfaSettings: { Enabled: true } }],
  ])("is refused for %s without the address or token that it needs", async (factor, preference) => {
    const place = await mfaScene("OPTIONAL", {
      ...EMAIL_FACTOR,
      ...SMS_FACTOR,
      SoftwareTokenMfaConfiguration: { Enabled: true },
    } as object);
    await place.user("ana");
    expect(await refusedPreference(place, preference)).toBe(
      `InvalidParameterException: User does not have delivery config set to turn on ${factor}`,
    );
    const { AccessToken } = await place.tokens("ana");
    expect(await refusal(place.api("SetUserMFAPreference", { AccessToken, ...preference }))).toBe(
      `InvalidParameterException: User does not have delivery config set to turn on ${factor}`,
    );
  });

  it("is refused for a factor that the pool does not offer", async () => {
    const place = await mfaScene("OPTIONAL");
    await place.user("ana", { phone_number: "+15555550123" });
    expect(await refusedPreference(place, { SMSMfaSettings: { Enabled: true } })).toMatch(
      /^InvalidParameterException: /,
    );
  });

  it("is refused when it prefers two factors, or one that it turns off, and then changes nothing", async () => {
    const place = await mfaScene("OPTIONAL", { ...EMAIL_FACTOR, ...SMS_FACTOR });
    await place.user("ana", { email: "ana@example.com", phone_number: "+15555550123" });
    expect(
      await refusedPreference(place, {
        SMSMfaSettings: { Enabled: true, PreferredMfa: true },
        EmailMfaSettings: { Enabled: true, PreferredMfa: true },
      }),
    ).toMatch(/^InvalidParameterException: /);
    expect(
      await refusedPreference(place, { EmailMfaSettings: { Enabled: false, PreferredMfa: true } }),
    ).toMatch(/^InvalidParameterException: /);
    expect((await place.signIn("ana")).AuthenticationResult).toBeDefined();
  });

  it("is refused when it turns off a factor where MFA is required", async () => {
    const place = await mfaScene("ON");
    await place.user("ana", { email: "ana@example.com" });
    const { UserPoolId, api } = place;
    await api("AdminSetUserMFAPreference", {
      UserPoolId,
      Username: "ana",
      EmailMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    expect(await refusedPreference(place, { EmailMfaSettings: { Enabled: false } })).toMatch(
      /^InvalidParameterException: /,
    );
  });

  it("is refused for a user who does not exist and with a token that is none", async () => {
    const place = await mfaScene("OPTIONAL");
    expect(await refusedPreference(place, { EmailMfaSettings: { Enabled: true } })).toBe(
      "UserNotFoundException: User does not exist.",
    );
    expect(await refusal(place.api("SetUserMFAPreference", { AccessToken: "none" }))).toBe(
      "NotAuthorizedException: Invalid Access Token",
    );
  });
});

describe("a user who has nothing to prove a second factor with", () => {
  it("is asked to set one up where the pool requires it, and gets no tokens before", async () => {
    const place = await mfaScene("ON");
    await place.user("ana");
    const answer = await place.signIn("ana");
    expect(answer).toMatchObject({
      ChallengeName: "MFA_SETUP",
      ChallengeParameters: { MFAS_CAN_SETUP: '["EMAIL_OTP"]' },
    });
    expect(answer).not.toHaveProperty("AuthenticationResult");
  });

  it("does not sign in after turning e-mail MFA on and then losing the address", async () => {
    const place = await mfaScene("OPTIONAL");
    const { api, UserPoolId } = place;
    await place.user("ana", { email: "ana@example.com" });
    await api("AdminSetUserMFAPreference", {
      UserPoolId,
      Username: "ana",
      EmailMfaSettings: { Enabled: true },
    });
    await api("AdminDeleteUserAttributes", {
      UserPoolId,
      Username: "ana",
      UserAttributeNames: ["email"],
    });
    expect(await refusal(place.signIn("ana"))).toMatch(/^\w+Exception: /);
  });
});

describe("the MFA configuration of a pool", () => {
  it("is OFF at first, is replaced as a whole, and shows in DescribeUserPool", async () => {
    const place = await scene(world, { EmailConfiguration: OWN_SENDER });
    const { api, UserPoolId } = place;
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual({ MfaConfiguration: "OFF" });

    const both = await api("SetUserPoolMfaConfig", {
      UserPoolId,
      MfaConfiguration: "OPTIONAL",
      EmailMfaConfiguration: { Message: "Your code: {####}", Subject: "Code" },
      SmsMfaConfiguration: { SmsAuthenticationMessage: "SMS {####}", SmsConfiguration: SMS },
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    expect(both).toEqual({
      MfaConfiguration: "OPTIONAL",
      EmailMfaConfiguration: { Message: "Your code: {####}", Subject: "Code" },
      SmsMfaConfiguration: {
        SmsAuthenticationMessage: "SMS {####}",
        SmsConfiguration: { ...SMS, SnsRegion: "us-east-1" },
      },
      SoftwareTokenMfaConfiguration: { Enabled: true },
    });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual(both);
    const { UserPool } = await api("DescribeUserPool", { UserPoolId });
    expect(UserPool).toMatchObject({ MfaConfiguration: "OPTIONAL", SmsAuthenticationMessage: "SMS {####}" });

    await api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", EmailMfaConfiguration: {} });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual({
      MfaConfiguration: "ON",
      EmailMfaConfiguration: {},
    });
    await api("SetUserPoolMfaConfig", { UserPoolId });
    expect(await api("GetUserPoolMfaConfig", { UserPoolId })).toEqual({ MfaConfiguration: "OFF" });
  });

  it.each([
    [
      "on without any method",
      { MfaConfiguration: "ON" },
      "Invalid MFA configuration given, can't turn on MFA without configuring an MFA.",
    ],
    [
      "optional with a method that is off",
      { MfaConfiguration: "OPTIONAL", SoftwareTokenMfaConfiguration: { Enabled: false } },
      "Invalid MFA configuration given, can't turn on MFA without configuring an MFA.",
    ],
    [
      "off with a method",
      { MfaConfiguration: "OFF", SoftwareTokenMfaConfiguration: { Enabled: true } },
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    ],
  ] as const)("cannot be %s", async (_, config, sentence) => {
    const { api, UserPoolId } = await scene(world);
    expect(await refusal(api("SetUserPoolMfaConfig", { UserPoolId, ...config }))).toBe(
      `InvalidParameterException: ${sentence}`,
    );
  });

  it("cannot use e-mail with Cognito's own sender, nor in the LITE tier", async () => {
    const plain = await scene(world);
    const config = { MfaConfiguration: "ON", ...EMAIL_FACTOR } as const;
    expect(
      await refusal(plain.api("SetUserPoolMfaConfig", { UserPoolId: plain.UserPoolId, ...config })),
    ).toMatch(/^InvalidParameterException: /);
    const lite = await scene(world, { EmailConfiguration: OWN_SENDER, UserPoolTier: "LITE" });
    expect(
      await refusal(lite.api("SetUserPoolMfaConfig", { UserPoolId: lite.UserPoolId, ...config })),
    ).toMatch(/^(InvalidParameter|FeatureUnavailableInTier)Exception: /);
  });

  it("cannot be ON where a code is a first factor", async () => {
    const { api, UserPoolId } = await scene(world, {
      EmailConfiguration: OWN_SENDER,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } },
    });
    expect(
      await refusal(api("SetUserPoolMfaConfig", { UserPoolId, MfaConfiguration: "ON", ...EMAIL_FACTOR })),
    ).toMatch(/^InvalidParameterException: /);
  });

  it("of an unknown pool is refused", async () => {
    const { api } = await scene(world);
    const UserPoolId = "us-east-1_AbCdEf123";
    const sentence = "ResourceNotFoundException: User pool us-east-1_AbCdEf123 does not exist.";
    expect(await refusal(api("GetUserPoolMfaConfig", { UserPoolId }))).toBe(sentence);
    expect(await refusal(api("SetUserPoolMfaConfig", { UserPoolId }))).toBe(sentence);
  });
});
