import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { claimsOf, refusal } from "../support/api.ts";
import { attributes, closeWithinModel, PASSWORD, secretHash } from "../support/builders.ts";
import { arnOf, type FakeLambda, mappedTo, startFakeLambda } from "../support/fake-lambda.ts";
import { OTHER_PASSWORD, OWN_SENDER, SMS } from "../support/scene.ts";
import {
  ABROAD,
  atEveryLevel,
  CAFE,
  encodedData,
  HOME,
  NOTIFY,
  type Seat,
  type Watched,
  watchedScene,
  watching,
} from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

type PoolSettings = Partial<Input<"CreateUserPool">>;

const BLOCKED = "NotAuthorizedException: Unable to login because of security reasons.";
const ADDRESS_BLOCKED = "NotAuthorizedException: Request not allowed due to security reasons.";
const OPTIONAL_SMS: PoolSettings = { MfaConfiguration: "OPTIONAL", SmsConfiguration: SMS };
const REACHABLE = { phone_number: "+15555550123", phone_number_verified: "true" };

/** A sign-in at each level: what comes before it, and where it comes from. */
const LEVELS: readonly (readonly [level: "Low" | "Medium" | "High", seat: Seat, secondsBefore: number])[] = [
  ["Low", CAFE, 600],
  ["Medium", ABROAD, 600],
  ["High", ABROAD, 0],
];

describe("adaptive authentication", () => {
  let lambda: FakeLambda;
  let world: World;
  beforeAll(async () => {
    lambda = await startFakeLambda();
    world = await startWorld({ triggers: mappedTo(lambda.endpoint, ["define"]) });
  });
  afterAll(async () => {
    await closeWithinModel(world);
    await lambda.close();
  });

  /** The newest event, less what differs each time. */
  const newest = async (place: Watched) => {
    const [event] = await place.events();
    return event;
  };
  /** Ana has signed in at home so many seconds ago. */
  const beforehand = async (place: Watched, seconds: number) => {
    await place.signInFrom(HOME);
    await world.advanceSeconds(seconds);
  };

  describe.each(LEVELS)("at the level %s", (level, seat, seconds) => {
    const only = (EventAction: "BLOCK" | "MFA_REQUIRED" | "NO_ACTION") => ({
      AccountTakeoverRiskConfiguration: {
        Actions: { [`${level}Action`]: { EventAction, Notify: false } },
      },
    });

    it("blocks where the pool says so for this level", async () => {
      const place = await watchedScene(world, "ENFORCED", {}, only("BLOCK"));
      await beforehand(place, seconds);
      expect(await refusal(place.signInFrom(seat))).toBe(BLOCKED);
      expect(await newest(place)).toMatchObject({
        EventType: "SignIn",
        EventResponse: "Fail",
        EventRisk: { RiskDecision: "Block", RiskLevel: level, CompromisedCredentialsDetected: false },
        EventContextData: { IpAddress: seat.ip, DeviceName: "Chrome 126, Windows 10" },
      });
    });

    it("lets through what the pool has an action for at other levels only", async () => {
      const place = await watchedScene(world, "ENFORCED", {}, only("NO_ACTION"));
      await beforehand(place, seconds);
      expect((await place.signInFrom(seat)).AuthenticationResult).toBeDefined();
      expect(await newest(place)).toMatchObject({
        EventResponse: "Pass",
        EventRisk: { RiskDecision: "AccountTakeover", RiskLevel: level },
      });
    });

    it("only looks on in the mode AUDIT", async () => {
      const place = await watchedScene(world, "AUDIT", {}, only("BLOCK"));
      await beforehand(place, seconds);
      expect((await place.signInFrom(seat)).AuthenticationResult).toBeDefined();
      expect(await newest(place)).toMatchObject({
        EventResponse: "Pass",
        EventRisk: { RiskDecision: "AccountTakeover", RiskLevel: level },
      });
    });
  });

  it("finds no risk where everything is as before", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, atEveryLevel("BLOCK"));
    expect((await place.signInFrom(HOME)).AuthenticationResult).toBeDefined();
    const event = await newest(place);
    expect(event?.EventRisk).toEqual({ RiskDecision: "NoRisk", CompromisedCredentialsDetected: false });
  });

  it("counts failed sign-ins as a risk", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, atEveryLevel("BLOCK"));
    for (let n = 0; n < 3; n++)
      expect(await refusal(place.signInFrom(HOME, "ana", "Wrong-Password-1"))).toMatch(/Incorrect/);
    await expect.poll(async () => (await place.events()).length).toBe(4);
    expect(await refusal(place.signInFrom(HOME))).toBe(BLOCKED);
  });

  it("does not count a blocked sign-in as a wrong password", async () => {
    const place = await watchedScene(world, "ENFORCED", {}, atEveryLevel("BLOCK"));
    for (let n = 0; n < 8; n++) expect(await refusal(place.signInFrom(ABROAD))).toBe(BLOCKED);
  });

  describe("that requires MFA", () => {
    it("asks a user who can be reached, and lets no one else in", async () => {
      const place = await watchedScene(world, "ENFORCED", OPTIONAL_SMS, atEveryLevel("MFA_REQUIRED"));
      expect(await refusal(place.signInFrom(ABROAD))).toBe(BLOCKED);
      expect(await newest(place)).toMatchObject({
        EventResponse: "Fail",
        EventRisk: { RiskDecision: "Block" },
      });
      await place.user("bob", REACHABLE);
      await place.signInFrom(HOME, "bob");
      const asked = await place.signInFrom(ABROAD, "bob");
      expect(asked.ChallengeName).toBe("SMS_MFA");
      expect((await place.events("bob"))[0]).toMatchObject({ EventResponse: "InProgress" });
      const { AuthenticationResult } = await place.answer("SMS_MFA", asked.Session, {
        USERNAME: "bob",
        SMS_MFA_CODE: await place.code(REACHABLE.phone_number),
      });
      expect(AuthenticationResult).toBeDefined();
      const [event] = await place.events("bob");
      expect(event).toMatchObject({
        EventId: claimsOf(AuthenticationResult?.AccessToken).event_id,
        EventResponse: "Pass",
        EventRisk: { RiskDecision: "AccountTakeover" },
        ChallengeResponses: [
          { ChallengeName: "Password", ChallengeResponse: "Success" },
          { ChallengeName: "Mfa", ChallengeResponse: "Success" },
        ],
      });
    });

    it("offers the choice where several factors are possible", async () => {
      const place = await watchedScene(
        world,
        "ENFORCED",
        { ...OPTIONAL_SMS, EmailConfiguration: OWN_SENDER },
        atEveryLevel("MFA_REQUIRED"),
      );
      const { api, UserPoolId } = place;
      await api("SetUserPoolMfaConfig", {
        UserPoolId,
        MfaConfiguration: "OPTIONAL",
        SmsMfaConfiguration: { SmsConfiguration: SMS },
        EmailMfaConfiguration: {},
      });
      await place.user("bob", { ...REACHABLE, email: "bob@example.com", email_verified: "true" });
      await place.signInFrom(HOME, "bob");
      const choice = await place.signInFrom(ABROAD, "bob");
      expect(choice.ChallengeName).toBe("SELECT_MFA_TYPE");
      expect(JSON.parse(choice.ChallengeParameters?.MFAS_CAN_CHOOSE ?? "").sort()).toEqual([
        "EMAIL_OTP",
        "SMS_MFA",
      ]);
      const asked = await place.answer("SELECT_MFA_TYPE", choice.Session, {
        USERNAME: "bob",
        ANSWER: "EMAIL_OTP",
      });
      expect(asked.ChallengeName).toBe("EMAIL_OTP");
      const answer = { USERNAME: "bob", EMAIL_OTP_CODE: await place.code("bob@example.com") };
      expect((await place.answer("EMAIL_OTP", asked.Session, answer)).AuthenticationResult).toBeDefined();
    });

    it("is remembered while a new password is chosen", async () => {
      const place = await watchedScene(world, "ENFORCED", OPTIONAL_SMS, atEveryLevel("MFA_REQUIRED"));
      const { api, UserPoolId } = place;
      await place.user("bob", REACHABLE);
      await place.signInFrom(HOME, "bob");
      await api("AdminSetUserPassword", {
        UserPoolId,
        Username: "bob",
        Password: PASSWORD,
        Permanent: false,
      });
      const asked = await place.signInFrom(ABROAD, "bob");
      expect(asked.ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
      const next = await place.answer("NEW_PASSWORD_REQUIRED", asked.Session, {
        USERNAME: "bob",
        NEW_PASSWORD: OTHER_PASSWORD,
      });
      expect(next.ChallengeName).toBe("SMS_MFA");
    });
  });

  it("asks for MFA if it is configured, and lets the others in", async () => {
    const place = await watchedScene(world, "ENFORCED", OPTIONAL_SMS, atEveryLevel("MFA_IF_CONFIGURED"));
    expect((await place.signInFrom(ABROAD)).AuthenticationResult).toBeDefined();
    await place.user("bob", REACHABLE);
    await place.signInFrom(HOME, "bob");
    expect((await place.signInFrom(ABROAD, "bob")).ChallengeName).toBe("SMS_MFA");
  });

  it("notes a wrong second factor in the event, which stays in progress", async () => {
    const place = await watchedScene(world, "ENFORCED", OPTIONAL_SMS, atEveryLevel("MFA_REQUIRED"));
    await place.user("bob", REACHABLE);
    await place.signInFrom(HOME, "bob");
    const { Session } = await place.signInFrom(ABROAD, "bob");
    const wrong = { USERNAME: "bob", SMS_MFA_CODE: "000000" };
    expect(await refusal(place.answer("SMS_MFA", Session, wrong))).toMatch(/^CodeMismatchException/);
    expect((await place.events("bob"))[0]).toMatchObject({
      EventResponse: "InProgress",
      ChallengeResponses: [
        { ChallengeName: "Password" },
        { ChallengeName: "Mfa", ChallengeResponse: "Failure" },
      ],
    });
  });

  describe("a client's settings", () => {
    it("stand in place of the pool's, each by itself", async () => {
      const place = await watchedScene(
        world,
        "ENFORCED",
        {},
        {
          ...atEveryLevel("BLOCK"),
          RiskExceptionConfiguration: { BlockedIPRangeList: ["10.0.0.0/8"] },
        },
      );
      const { ClientId } = place;
      expect(await refusal(place.signInFrom(ABROAD))).toBe(BLOCKED);
      await place.risk({ ClientId, ...atEveryLevel("NO_ACTION") });
      expect(await refusal(place.signInFrom({ ip: "10.1.2.3" }))).toBe(ADDRESS_BLOCKED);
      expect((await place.signInFrom(ABROAD)).AuthenticationResult).toBeDefined();
    });
  });

  describe("the lists of addresses", () => {
    const lists = { BlockedIPRangeList: ["203.0.113.0/24"], SkippedIPRangeList: ["198.51.100.0/24"] };
    const RiskExceptionConfiguration = lists;

    it("block before anything is looked up, and trust without a score", async () => {
      const place = await watchedScene(
        world,
        "ENFORCED",
        {},
        {
          ...atEveryLevel("BLOCK"),
          RiskExceptionConfiguration,
        },
      );
      expect(await refusal(place.signInFrom(ABROAD, "ana", "Wrong-Password-1"))).toBe(ADDRESS_BLOCKED);
      expect(await refusal(place.signInFrom(ABROAD, "nobody"))).toBe(ADDRESS_BLOCKED);
      expect((await place.signInFrom({ ...CAFE, device: "another" })).AuthenticationResult).toBeDefined();
      expect((await newest(place))?.EventRisk?.RiskDecision).toBe("NoRisk");
    });

    it("block nobody in the mode AUDIT, which notes it", async () => {
      const place = await watchedScene(world, "AUDIT", {}, { RiskExceptionConfiguration });
      expect((await place.signInFrom(ABROAD)).AuthenticationResult).toBeDefined();
      expect((await newest(place))?.EventRisk).toMatchObject({
        RiskDecision: "AccountTakeover",
        RiskLevel: "High",
      });
    });

    it("hold for the public operations by the address that the call comes from", async () => {
      const place = await watchedScene(world, "ENFORCED");
      const { api, UserPoolId, ClientId } = place;
      const Username = "ana";
      const loopback = { BlockedIPRangeList: ["127.0.0.0/8", "::1/128"] };
      await place.risk({ RiskExceptionConfiguration: loopback });
      for (const call of [
        () => place.signIn(Username),
        () => api("SignUp", { ClientId, Username: "new", Password: PASSWORD }),
        () => api("ForgotPassword", { ClientId, Username }),
        () => api("ConfirmForgotPassword", { ClientId, Username, ConfirmationCode: "1", Password: PASSWORD }),
        () => api("ResendConfirmationCode", { ClientId, Username }),
        () => api("ConfirmSignUp", { ClientId, Username, ConfirmationCode: "1" }),
        () => place.answer("SMS_MFA", "s".repeat(20), {}),
      ])
        expect(await refusal(call())).toBe(ADDRESS_BLOCKED);
      await api("UpdateUserPool", { UserPoolId, ...watching("AUDIT") });
      expect((await place.signIn(Username)).AuthenticationResult).toBeDefined();
    });

    it("believe an address in UserContextData only of a client with a secret that may give it", async () => {
      const place = await watchedScene(world, "ENFORCED", {}, { RiskExceptionConfiguration });
      const { api, UserPoolId } = place;
      const UserContextData = { IpAddress: ABROAD.ip, EncodedData: encodedData({ DeviceId: "d" }) };
      const start = async (settings: Partial<Input<"CreateUserPoolClient">>) => {
        const { UserPoolClient } = await api("CreateUserPoolClient", {
          UserPoolId,
          ClientName: "c",
          ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
          ...settings,
        });
        const ClientId = UserPoolClient?.ClientId ?? "";
        const hash: Record<string, string> = UserPoolClient?.ClientSecret
          ? { SECRET_HASH: secretHash(UserPoolClient, "ana") }
          : {};
        const AuthParameters = { USERNAME: "ana", PASSWORD, ...hash };
        return api("InitiateAuth", {
          ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters,
          UserContextData,
        });
      };
      expect((await start({})).AuthenticationResult).toBeDefined();
      expect((await start({ GenerateSecret: true })).AuthenticationResult).toBeDefined();
      const propagates = { GenerateSecret: true, EnablePropagateAdditionalUserContextData: true };
      expect(await refusal(start(propagates))).toBe(ADDRESS_BLOCKED);
    });
  });

  describe("custom sign-ins", () => {
    it.each([
      ["nothing", undefined],
      ["AUDIT", "AUDIT"],
      ["ENFORCED", "ENFORCED"],
    ] as const)("are watched over as the pool says for them: %s", async (_, CustomAuthMode) => {
      const place = await watchedScene(
        world,
        "ENFORCED",
        {
          LambdaConfig: { DefineAuthChallenge: arnOf("define") },
          UserPoolAddOns: {
            AdvancedSecurityMode: "ENFORCED",
            ...(CustomAuthMode ? { AdvancedSecurityAdditionalFlows: { CustomAuthMode } } : {}),
          },
        },
        atEveryLevel("BLOCK"),
      );
      lambda.on("define", (event) => {
        event.response = { challengeName: null, issueTokens: true, failAuthentication: false };
      });
      const { api, UserPoolId } = place;
      const { ClientId } = await place.client({ ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH"] });
      const before = (await place.events()).length;
      const signIn = api("AdminInitiateAuth", {
        UserPoolId,
        ClientId,
        AuthFlow: "CUSTOM_AUTH",
        AuthParameters: { USERNAME: "ana" },
        ContextData: { IpAddress: ABROAD.ip, ServerName: "s", ServerPath: "/", HttpHeaders: [] },
      });
      if (CustomAuthMode === "ENFORCED") expect(await refusal(signIn)).toBe(BLOCKED);
      else expect((await signIn).AuthenticationResult).toBeDefined();
      expect((await place.events()).length - before).toBe(CustomAuthMode ? 1 : 0);
    });
  });

  describe("notices", () => {
    const action = (EventAction: "BLOCK" | "MFA_REQUIRED" | "NO_ACTION") => ({ EventAction, Notify: true });
    const risk = (NotifyConfiguration: object = NOTIFY) =>
      ({
        AccountTakeoverRiskConfiguration: {
          NotifyConfiguration: NotifyConfiguration as typeof NOTIFY,
          Actions: {
            LowAction: action("NO_ACTION"),
            MediumAction: action("MFA_REQUIRED"),
            HighAction: action("BLOCK"),
          },
        },
      }) as const;
    const mails = (place: Watched) => world.inbox({ userPoolId: place.UserPoolId, to: "ana@example.com" });

    it.each([
      ["NO_ACTION", CAFE, 600, "Passed"],
      ["MFA_REQUIRED", ABROAD, 600, "Asked"],
      ["BLOCK", ABROAD, 0, "Blocked"],
    ] as const)("of %s say so in the pool's words", async (_, seat, seconds, Subject) => {
      const words = (name: string) => ({
        Subject: `${name} {username}`,
        HtmlBody: "<p>{ip-address}|{device-name}|{event-id}|{city}</p>",
        TextBody: "{login-time}",
      });
      const place = await watchedScene(
        world,
        "ENFORCED",
        OPTIONAL_SMS,
        risk({
          ...NOTIFY,
          BlockEmail: words("Blocked"),
          MfaEmail: words("Asked"),
          NoActionEmail: words("Passed"),
        }),
      );
      const { api, UserPoolId } = place;
      await api("AdminUpdateUserAttributes", {
        UserPoolId,
        Username: "ana",
        UserAttributes: attributes(REACHABLE),
      });
      await beforehand(place, seconds);
      await place.signInFrom(seat).catch(() => {});
      const [mail] = await mails(place);
      const event = await newest(place);
      expect(mail).toMatchObject({
        kind: "AccountTakeOverNotification",
        subject: `${Subject} ana`,
        body: `<p>${seat.ip}|Chrome 126, Windows 10|${event?.EventId}|</p>`,
      });
    });

    it("have words of their own where the pool gives none, and escape what a stranger could have put in", async () => {
      const place = await watchedScene(world, "ENFORCED", {}, risk());
      await place.signInFrom(HOME);
      await place.signInFrom(ABROAD).catch(() => {});
      const [mail] = await mails(place);
      expect(mail?.subject).toBe("Blocked sign-in attempt");
      expect(mail?.body).toContain(`IP address: ${ABROAD.ip}`);
    });

    it("go to verified addresses only, and only where an action notifies in the mode ENFORCED", async () => {
      const audit = await watchedScene(world, "AUDIT", {}, risk());
      await audit.signInFrom(ABROAD);
      const quiet = await watchedScene(world, "ENFORCED", {}, atEveryLevel("NO_ACTION"));
      await quiet.signInFrom(ABROAD);
      const unverified = await watchedScene(world, "ENFORCED", {}, atEveryLevel("NO_ACTION", true));
      await unverified.api("AdminUpdateUserAttributes", {
        UserPoolId: unverified.UserPoolId,
        Username: "ana",
        UserAttributes: attributes({ email_verified: "false" }),
      });
      await unverified.signInFrom(ABROAD);
      await sleep(50);
      for (const place of [audit, quiet, unverified]) expect(await mails(place)).toEqual([]);
    });
  });
});
