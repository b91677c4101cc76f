import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { claimsOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import {
  attributes,
  closeWithinModel,
  makeClient,
  makePool,
  makeUser,
  PASSWORD,
  signIn,
} from "../support/builders.ts";
import { startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { OTHER_PASSWORD, SMS, scene, wrong } from "../support/scene.ts";
import { ABROAD, atEveryLevel, HOME, type Watched, watchedScene, watching } from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

const BAD_TOKEN = "NotAuthorizedException: Invalid feedback token.";
const DAY = 24 * 3600;

describe("the events of a user", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => closeWithinModel(world));

  /** Types and responses, newest first. */
  const told = async (place: Watched, username = "ana") =>
    (await place.events(username)).map(({ EventType, EventResponse }) => `${EventType} ${EventResponse}`);

  it("tell of a sign-in, and its tokens name the event", async () => {
    const place = await watchedScene(world, "AUDIT");
    const { AccessToken, IdToken } = await place.tokens("ana");
    const [event, ...earlier] = await place.events();
    expect(event).toEqual({
      EventId: claimsOf(AccessToken).event_id,
      EventType: "SignIn",
      CreationDate: expect.any(Number),
      EventResponse: "Pass",
      EventRisk: expect.objectContaining({ CompromisedCredentialsDetected: false }),
      ChallengeResponses: [{ ChallengeName: "Password", ChallengeResponse: "Success" }],
      EventContextData: { IpAddress: "127.0.0.1", DeviceName: "Other, Other" },
    });
    expect(claimsOf(IdToken).event_id).toBe(event?.EventId);
    expect(earlier).toHaveLength(1);
    expect(earlier[0]?.EventContextData).toEqual({
      IpAddress: HOME.ip,
      DeviceName: "Chrome 126, Windows 10",
    });
  });

  it("tell of failures, after the answer", async () => {
    const place = await watchedScene(world, "AUDIT");
    expect(await refusal(place.signIn("ana", "Wrong-Password-1"))).toMatch(/Incorrect/);
    await expect.poll(() => told(place)).toEqual(["SignIn Fail", "SignIn Pass"]);
    expect((await place.events())[0]?.ChallengeResponses).toEqual([
      { ChallengeName: "Password", ChallengeResponse: "Failure" },
    ]);
  });

  it("tell how far a sign-in with two factors has come", async () => {
    const place = await watchedScene(world, "AUDIT", { MfaConfiguration: "OPTIONAL", SmsConfiguration: SMS });
    const { api, UserPoolId } = place;
    await place.user("bob", { phone_number: "+15555550123", phone_number_verified: "true" });
    const SMSMfaSettings = { Enabled: true, PreferredMfa: true };
    await api("AdminSetUserMFAPreference", { UserPoolId, Username: "bob", SMSMfaSettings });
    const { Session } = await place.signIn("bob");
    expect(await told(place, "bob")).toEqual(["SignIn InProgress"]);
    const code = await place.code("+15555550123");
    const answer = (SMS_MFA_CODE: string) =>
      place.answer("SMS_MFA", Session, { USERNAME: "bob", SMS_MFA_CODE });
    expect(await refusal(answer(wrong(code)))).toMatch(/CodeMismatch/);
    const { AuthenticationResult } = await answer(code);
    const [event, ...others] = await place.events("bob");
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      EventId: claimsOf(AuthenticationResult?.AccessToken).event_id,
      EventResponse: "Pass",
      ChallengeResponses: [
        { ChallengeName: "Password", ChallengeResponse: "Success" },
        { ChallengeName: "Mfa", ChallengeResponse: "Failure" },
        { ChallengeName: "Mfa", ChallengeResponse: "Success" },
      ],
    });
  });

  it("tell of sign-up, codes, and passwords", async () => {
    const place = await watchedScene(world, "AUDIT", { AutoVerifiedAttributes: ["email"] });
    const { api, ClientId } = place;
    const [Username, email] = ["bob", "bob@example.com"];
    await api("SignUp", { ClientId, Username, Password: PASSWORD, UserAttributes: attributes({ email }) });
    expect(await told(place, Username)).toEqual(["SignUp InProgress"]);
    await api("ResendConfirmationCode", { ClientId, Username });
    await api("ConfirmSignUp", { ClientId, Username, ConfirmationCode: await place.code(email) });
    expect(await told(place, Username)).toEqual(["ResendCode Pass", "SignUp Pass"]);
    await api("ForgotPassword", { ClientId, Username });
    expect((await told(place, Username))[0]).toBe("ForgotPassword InProgress");
    const ConfirmationCode = await place.code(email);
    await api("ConfirmForgotPassword", { ClientId, Username, ConfirmationCode, Password: OTHER_PASSWORD });
    expect((await told(place, Username))[0]).toBe("ForgotPassword Pass");
    const { AccessToken } = await place.tokens(Username, OTHER_PASSWORD);
    const change = (PreviousPassword: string) =>
      api("ChangePassword", { AccessToken, PreviousPassword, ProposedPassword: PASSWORD });
    expect(await refusal(change("Wrong-Password-1"))).toMatch(/Incorrect/);
    await change(OTHER_PASSWORD);
    expect(await told(place, Username)).toEqual([
      "PasswordChange Pass",
      "PasswordChange Fail",
      "SignIn Pass",
      "ForgotPassword Pass",
      "ResendCode Pass",
      "SignUp Pass",
    ]);
  });

  it("are none in a pool without threat protection, whatever happens", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana");
    await place.tokens("ana");
    await api("UpdateUserPool", { UserPoolId, ...watching("AUDIT") });
    expect((await api("AdminListUserAuthEvents", { UserPoolId, Username: "ana" })).AuthEvents).toEqual([]);
  });

  it("come page by page, newest first, for one user", async () => {
    const place = await watchedScene(world, "AUDIT");
    const { api, UserPoolId } = place;
    for (let n = 0; n < 6; n++) await place.tokens("ana");
    const ids: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const more = NextToken === undefined ? {} : { NextToken };
      const page = await api("AdminListUserAuthEvents", {
        UserPoolId,
        Username: "ana",
        MaxResults: 3,
        ...more,
      });
      expect(page.AuthEvents?.length).toBeLessThanOrEqual(3);
      ids.push(...(page.AuthEvents ?? []).map(({ EventId }) => EventId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(ids).toEqual((await place.events()).map(({ EventId }) => EventId));
    expect(new Set(ids).size).toBe(7);
    const token = (await api("AdminListUserAuthEvents", { UserPoolId, Username: "ana", MaxResults: 3 }))
      .NextToken;
    await place.user("bob");
    const others = api("AdminListUserAuthEvents", { UserPoolId, Username: "bob", NextToken: token ?? "" });
    expect(await refusal(others)).toMatch(/^InvalidParameterException/);
    expect(await refusal(place.events("nobody"))).toBe("UserNotFoundException: User does not exist.");
  });

  it("are forgotten after two years", async () => {
    const place = await watchedScene(world, "AUDIT");
    await world.advanceSeconds(2 * 365 * DAY + 1);
    await world.server.services.store.removeExpired(world.server.services.clock.now());
    expect(await place.events()).toEqual([]);
  });

  describe("get feedback", () => {
    it("from an administrator, and a distrusted address weighs in later sign-ins", async () => {
      const place = await watchedScene(world, "ENFORCED");
      const { api, UserPoolId } = place;
      await place.signInFrom(ABROAD);
      const EventId = (await place.events())[0]?.EventId ?? "";
      const judge = (id: string, FeedbackValue: "Valid" | "Invalid") =>
        api("AdminUpdateAuthEventFeedback", { UserPoolId, Username: "ana", EventId: id, FeedbackValue });
      await judge(EventId, "Valid");
      expect(await judge(EventId, "Invalid")).toEqual({});
      expect((await place.events())[0]?.EventFeedback).toEqual({
        FeedbackValue: "Invalid",
        Provider: "Admin",
        FeedbackDate: expect.any(Number),
      });
      expect(await refusal(judge("11111111-2222-4333-8444-555555555555", "Valid"))).toMatch(
        /^ResourceNotFoundException/,
      );
      await world.advanceSeconds(3600);
      await place.signInFrom(ABROAD);
      expect((await place.events())[0]?.EventRisk).toMatchObject({ RiskLevel: "High" });
    });

    it("from the user, by the token of the mail and no other", async () => {
      const place = await watchedScene(world, "ENFORCED", {}, atEveryLevel("NO_ACTION", true));
      const { api, UserPoolId } = place;
      await place.user("bob", { email: "bob@example.com", email_verified: "true" });
      await place.signInFrom(ABROAD);
      const EventId = (await place.events())[0]?.EventId ?? "";
      const FeedbackToken = await place.code("ana@example.com");
      const judge = (more: object) =>
        api("UpdateAuthEventFeedback", {
          UserPoolId,
          Username: "ana",
          EventId,
          FeedbackToken,
          FeedbackValue: "Invalid",
          ...more,
        });
      const [, other] = await place.events();
      for (const more of [
        { EventId: other?.EventId },
        { Username: "bob" },
        { Username: "nobody" },
        { FeedbackToken: "a.b.c" },
        { FeedbackToken: `${FeedbackToken.slice(0, -2)}AA` },
      ])
        expect(await refusal(judge(more))).toBe(BAD_TOKEN);
      expect((await place.events()).every(({ EventFeedback }) => EventFeedback === undefined)).toBe(true);
      expect(await judge({})).toEqual({});
      expect((await place.events())[0]?.EventFeedback).toMatchObject({
        FeedbackValue: "Invalid",
        Provider: "User",
      });
      await world.advanceSeconds(30 * DAY);
      expect(await refusal(judge({}))).toBe(BAD_TOKEN);
    });
  });

  it.skipIf(awsCliMissing)("are listed and judged by the AWS CLI", async () => {
    const place = await watchedScene(world, "AUDIT");
    const { UserPoolId } = place;
    const aws = awsCli(world.url);
    const user = ["--user-pool-id", UserPoolId, "--username", "ana"];
    const { output } = await aws("admin-list-user-auth-events", ...user, "--max-results", "1");
    const [event] = output.AuthEvents;
    expect(event).toMatchObject({ EventType: "SignIn", EventResponse: "Pass" });
    const judged = await aws(
      "admin-update-auth-event-feedback",
      ...user,
      "--event-id",
      event.EventId,
      "--feedback-value",
      "Valid",
    );
    expect(judged.status).toBe(0);
    expect((await place.events())[0]?.EventFeedback).toMatchObject({ FeedbackValue: "Valid" });
  });
});

const postgres = inject("postgres") ?? { url: null, reason: "was not started" };

describe.skipIf(postgres.url === null)(`two nodes on PostgreSQL ${postgres.reason}`, () => {
  it("weigh a sign-in on one node by what happened on the other", async () => {
    const url = await createDatabase(postgres.url ?? "");
    const nodes = await startNodes(url);
    try {
      const [one, other] = nodes.apis;
      const { Id: UserPoolId } = await makePool(one, watching("ENFORCED"));
      const client = await makeClient(one, UserPoolId);
      await makeUser(one, UserPoolId, "ana", { password: PASSWORD });
      await one("SetRiskConfiguration", { UserPoolId, ...atEveryLevel("BLOCK") });
      const first = await signIn(one, client, "ana");
      for (let n = 0; n < 3; n++)
        expect(await refusal(signIn(one, client, "ana", "Wrong-Password-1"))).toMatch(/Incorrect/);
      const events = async () =>
        (await other("AdminListUserAuthEvents", { UserPoolId, Username: "ana" })).AuthEvents;
      await expect.poll(async () => (await events())?.length).toBe(4);
      expect(await refusal(signIn(other, client, "ana"))).toMatch(/security reasons/);
      expect((await events())?.at(-1)?.EventId).toBe(claimsOf(first.AccessToken).event_id);
    } finally {
      await nodes.close();
      await dropDatabase(postgres.url ?? "", url);
    }
  });
});
