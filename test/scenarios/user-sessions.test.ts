import {
  GetUserCommand,
  InitiateAuthCommand,
  ListUserSessionsCommand,
  RevokeUserSessionCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { ApiRefusal, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, PASSWORD, type Tokens } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const OFF = "OperationNotEnabledException: User session tracking is not enabled for the user pool.";
const ACCESS_REVOKED = "NotAuthorizedException: Access Token has been revoked";
const REFRESH_REVOKED = "NotAuthorizedException: Refresh Token has been revoked";
const NOT_FOUND = "ResourceNotFoundException: Session not found.";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const track = ({ api, UserPoolId }: Scene, MaxPerUser = 20, on = true) =>
  api("SetUserPoolSessionConfiguration", {
    UserPoolId,
    UserSessionTracking: on ? "ENABLED" : "DISABLED",
    TokenSession: { MaxPerUser },
  });

/** A pool that tracks sessions, with ana in it. */
async function tracking(maxPerUser?: number, client = {}): Promise<Scene> {
  const place = await scene(world, {}, client);
  await track(place, maxPerUser);
  await place.user("ana");
  return place;
}

const mine = async ({ api }: Scene, { AccessToken }: Tokens) =>
  (await api("ListUserSessions", { AccessToken })).Sessions ?? [];
const anas = async ({ api, UserPoolId }: Scene) =>
  (await api("AdminListUserSessions", { UserPoolId, Username: "ana" })).Sessions ?? [];
const idOf = async (place: Scene, tokens: Tokens) =>
  (await mine(place, tokens)).find((session) => session.IsCurrentSession)?.SessionId ?? "";
const lives = async (place: Scene, { RefreshToken, AccessToken }: Tokens): Promise<boolean> => {
  const answers = await Promise.allSettled([
    place.refresh(RefreshToken),
    place.api("GetUser", { AccessToken }),
  ]);
  const ended = answers.map((answer) => {
    if (answer.status === "rejected" && !(answer.reason instanceof ApiRefusal)) throw answer.reason;
    return answer.status === "rejected" ? `NotAuthorizedException: ${answer.reason.message}` : null;
  });
  if (ended.every((reason) => reason === null)) return true;
  expect(ended).toEqual([REFRESH_REVOKED, ACCESS_REVOKED]);
  return false;
};

describe("the session configuration of a pool", () => {
  it("is off and allows 20 sessions until it is set, which replaces it whole", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    const get = () => api("GetUserPoolSessionConfiguration", { UserPoolId });
    expect(await get()).toEqual({
      UserPoolId,
      UserSessionTracking: "DISABLED",
      TokenSession: { MaxPerUser: 20 },
    });
    const set = { UserPoolId, UserSessionTracking: "ENABLED", TokenSession: { MaxPerUser: 100 } } as const;
    expect(await api("SetUserPoolSessionConfiguration", set)).toEqual(set);
    expect(await get()).toEqual(set);
    await api("UpdateUserPool", { UserPoolId });
    expect(await get()).toEqual(set);
    expect((await api("DescribeUserPool", { UserPoolId })).UserPool).not.toHaveProperty("sessions");
  });

  it("allows 1 to 100 sessions", async () => {
    const place = await scene(world);
    expect(await refusal(track(place, 0))).toBe(
      "InvalidParameterException: 1 validation error detected: Value '0' at 'tokenSession.maxPerUser' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
    expect(await refusal(track(place, 101))).toMatch(/less than or equal to 100$/);
    await track(place, 1);
    await track(place, 100);
  });

  it("is not for the LITE tier, and sleeps in it", async () => {
    const place = await tracking();
    const { api, UserPoolId, ClientId } = place;
    await api("UpdateUserPool", { UserPoolId, UserPoolTier: "LITE" });
    const inTier = /^FeatureUnavailableInTierException: /;
    expect(await refusal(track(place))).toMatch(inTier);
    const SSOSession = { MaxValidityMinutes: 1 };
    expect(
      await refusal(api("SetUserPoolClientSessionConfiguration", { UserPoolId, ClientId, SSOSession })),
    ).toMatch(inTier);
    expect(await refusal(anas(place))).toBe(OFF);
    await place.tokens("ana");
    await api("UpdateUserPool", { UserPoolId, UserPoolTier: "PLUS" });
    expect(await anas(place)).toEqual([]);
  });
});

describe("the session configuration of a client", () => {
  it("lets SSO sessions be used for an hour unless it says otherwise", async () => {
    const place = await tracking();
    const { api, UserPoolId, ClientId } = place;
    const get = () => api("GetUserPoolClientSessionConfiguration", { UserPoolId, ClientId });
    const set = (MaxValidityMinutes: number) =>
      api("SetUserPoolClientSessionConfiguration", {
        UserPoolId,
        ClientId,
        SSOSession: { MaxValidityMinutes },
      });
    const shown = (MaxValidityMinutes: number) => ({
      UserPoolId,
      ClientId,
      SSOSession: { MaxValidityMinutes },
    });
    expect(await get()).toEqual(shown(60));
    expect(await set(0)).toEqual(shown(0));
    expect(await set(129_600)).toEqual(shown(129_600));
    expect(await refusal(set(-1))).toMatch(/^InvalidParameterException: .*greater than or equal to 0$/);
    expect(await refusal(set(129_601))).toMatch(/less than or equal to 129600$/);
    await api("UpdateUserPoolClient", { UserPoolId, ClientId });
    await track(place, 20, false);
    expect(await refusal(set(5))).toBe(OFF);
    expect(await get()).toEqual(shown(129_600));
    const { UserPoolClient } = await api("DescribeUserPoolClient", { UserPoolId, ClientId });
    expect(UserPoolClient).not.toHaveProperty("ssoSession");
  });

  it("is of a client of the pool", async () => {
    const [place, elsewhere] = [await tracking(), await tracking()];
    const { api, UserPoolId } = place;
    const { ClientId } = elsewhere;
    const missing = `ResourceNotFoundException: User pool client ${ClientId} does not exist.`;
    expect(await refusal(api("GetUserPoolClientSessionConfiguration", { UserPoolId, ClientId }))).toBe(
      missing,
    );
    const SSOSession = { MaxValidityMinutes: 1 };
    expect(
      await refusal(api("SetUserPoolClientSessionConfiguration", { UserPoolId, ClientId, SSOSession })),
    ).toBe(missing);
  });
});

describe("a user's sessions", () => {
  it("are shown to the user and to administrators, across the pool's clients", async () => {
    const place = await tracking();
    const { api, UserPoolId, ClientId } = place;
    const first = await place.tokens("ana");
    await world.advanceSeconds(60);
    const second = await (await place.client({ ClientName: "other" })).tokens("ana");
    const [newest, oldest, ...none] = await mine(place, second);
    expect(none).toEqual([]);
    expect(newest).toEqual({
      SessionId: expect.stringMatching(/^tkn[a-z0-9]{25}$/),
      SessionType: "TOKEN",
      ClientId: expect.not.stringMatching(ClientId),
      CreateDate: expect.any(Number),
      LastActiveDate: newest?.CreateDate,
      DeviceType: "unknown",
      LastIPAddress: "127.0.0.1",
      IsCurrentSession: true,
    });
    expect(oldest).toMatchObject({ ClientId, IsCurrentSession: false });
    expect(Number(newest?.CreateDate) - Number(oldest?.CreateDate)).toBeGreaterThanOrEqual(60);
    expect((await mine(place, first)).map((session) => session.IsCurrentSession)).toEqual([false, true]);
    const asAdministrator = (await mine(place, second)).map((one) => ({ ...one, IsCurrentSession: false }));
    expect(await anas(place)).toEqual(asAdministrator);
    await place.user("bob");
    expect((await api("AdminListUserSessions", { UserPoolId, Username: "bob" })).Sessions).toEqual([]);
  });

  it("say from where and with what they were used last, in an administrator's call as it says", async () => {
    const place = await tracking();
    const { api, UserPoolId, ClientId } = place;
    const { AuthenticationResult } = await api("AdminInitiateAuth", {
      UserPoolId,
      ClientId,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD },
      ContextData: {
        IpAddress: "192.0.2.7",
        ServerName: "server",
        ServerPath: "/",
        HttpHeaders: [{ headerName: "User-Agent", headerValue: FIREFOX }],
      },
    });
    const before = { LastIPAddress: "192.0.2.7", DeviceType: "Firefox 140 / Linux" };
    const [session] = await anas(place);
    expect(session).toMatchObject(before);
    await world.advanceSeconds(100);
    await place.refresh(AuthenticationResult?.RefreshToken ?? "");
    const [refreshed] = await anas(place);
    expect(refreshed).toMatchObject({
      SessionId: session?.SessionId,
      CreateDate: session?.CreateDate,
      LastIPAddress: "127.0.0.1",
      DeviceType: "unknown",
    });
    expect(Number(refreshed?.LastActiveDate) - Number(session?.LastActiveDate)).toBeGreaterThanOrEqual(100);
  });

  it("are noted by GetTokensFromRefreshToken with rotation too", async () => {
    const place = await tracking(20, {
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH"],
      RefreshTokenRotation: { Feature: "ENABLED" },
    });
    const { RefreshToken } = await place.tokens("ana");
    const [before] = await anas(place);
    await world.advanceSeconds(100);
    await place.api("GetTokensFromRefreshToken", { ClientId: place.ClientId, RefreshToken });
    const [after, ...more] = await anas(place);
    expect(more).toEqual([]);
    expect(Number(after?.LastActiveDate) - Number(before?.LastActiveDate)).toBeGreaterThanOrEqual(100);
  });

  it("are shown only while they live, and only those that began while the pool tracked them", async () => {
    const place = await scene(world, {}, { RefreshTokenValidity: 1 });
    await place.user("ana");
    const untracked = await place.tokens("ana");
    expect(await refusal(anas(place))).toBe(OFF);
    expect(await refusal(mine(place, untracked))).toBe(OFF);
    await track(place);
    expect(await mine(place, untracked)).toEqual([]);
    const expiring = await place.tokens("ana");
    const revoked = await place.tokens("ana");
    expect(await mine(place, revoked)).toHaveLength(2);
    await place.api("RevokeToken", { ClientId: place.ClientId, Token: revoked.RefreshToken });
    expect(await mine(place, expiring)).toHaveLength(1);
    await track(place, 20, false);
    expect(await refusal(mine(place, expiring))).toBe(OFF);
    await track(place);
    expect(await anas(place)).toHaveLength(1);
    await world.advanceSeconds(24 * 3600 + 1);
    expect(await anas(place)).toEqual([]);
  });

  it("are one page: no token for another is valid", async () => {
    const place = await tracking();
    const { api, UserPoolId } = place;
    const { AccessToken } = await place.tokens("ana");
    const invalid = "InvalidParameterException: Invalid pagination token";
    expect(await refusal(api("ListUserSessions", { AccessToken, NextToken: "x" }))).toBe(invalid);
    const asAdministrator = { UserPoolId, Username: "ana", NextToken: "x" };
    expect(await refusal(api("AdminListUserSessions", asAdministrator))).toBe(invalid);
    const stranger = { UserPoolId, Username: "nobody" };
    expect(await refusal(api("AdminListUserSessions", stranger))).toBe(
      "UserNotFoundException: User does not exist.",
    );
  });
});

describe("ending one session", () => {
  it("ends its refresh token and its access tokens, and no other session", async () => {
    const place = await tracking();
    const { api, UserPoolId } = place;
    const [kept, lost, stolen] = [
      await place.tokens("ana"),
      await place.tokens("ana"),
      await place.tokens("ana"),
    ];
    const SessionId = await idOf(place, lost);
    expect(await api("RevokeUserSession", { AccessToken: kept.AccessToken, SessionId })).toEqual({});
    expect(await lives(place, lost)).toBe(false);
    const linked = { RevokeAssociatedSessions: "LINKED" } as const;
    const other = { UserPoolId, Username: "ana", SessionId: await idOf(place, stolen), ...linked };
    expect(await api("AdminRevokeUserSession", other)).toEqual({});
    expect(await lives(place, stolen)).toBe(false);
    expect(await lives(place, kept)).toBe(true);
    expect(await anas(place)).toHaveLength(1);
    expect(await refusal(api("AdminRevokeUserSession", other))).toBe(NOT_FOUND);
  });

  it("is refused for one's own session by RevokeUserSession; administrators may", async () => {
    const place = await tracking();
    const { api, UserPoolId } = place;
    const tokens = await place.tokens("ana");
    const { AccessToken } = tokens;
    const SessionId = await idOf(place, tokens);
    expect(await refusal(api("RevokeUserSession", { AccessToken, SessionId }))).toMatch(
      /^InvalidParameterException: /,
    );
    expect(await lives(place, tokens)).toBe(true);
    await api("AdminRevokeUserSession", { UserPoolId, Username: "ana", SessionId });
    expect(await lives(place, tokens)).toBe(false);
  });

  it("is refused for another user's session, as for one that does not exist", async () => {
    const place = await tracking();
    const { api, UserPoolId } = place;
    await place.user("bob");
    const bobs = await place.tokens("bob");
    const { AccessToken } = await place.tokens("ana");
    const SessionId = await idOf(place, bobs);
    const none = `sso${"a".repeat(25)}`;
    for (const id of [SessionId, none]) {
      expect(await refusal(api("RevokeUserSession", { AccessToken, SessionId: id }))).toBe(NOT_FOUND);
      const asAdministrator = { UserPoolId, Username: "ana", SessionId: id };
      expect(await refusal(api("AdminRevokeUserSession", asAdministrator))).toBe(NOT_FOUND);
    }
    expect(await refusal(api("RevokeUserSession", { AccessToken, SessionId: "session" }))).toMatch(
      /^InvalidParameterException: /,
    );
    expect(await lives(place, bobs)).toBe(true);
  });

  it("is not possible where the pool does not track sessions", async () => {
    const place = await tracking();
    const { api, UserPoolId } = place;
    const tokens = await place.tokens("ana");
    const SessionId = await idOf(place, tokens);
    await track(place, 20, false);
    const asAdministrator: Input<"AdminRevokeUserSession"> = { UserPoolId, Username: "ana", SessionId };
    expect(await refusal(api("AdminRevokeUserSession", asAdministrator))).toBe(OFF);
    expect(await lives(place, tokens)).toBe(true);
  });
});

describe("the most sessions that a user may have", () => {
  it("make room by ending the session that was used least recently", async () => {
    const place = await tracking(2);
    const first = await place.tokens("ana");
    await world.advanceSeconds(10);
    const second = await place.tokens("ana");
    await world.advanceSeconds(10);
    await place.refresh(first.RefreshToken);
    await world.advanceSeconds(10);
    const third = await place.tokens("ana");
    expect(await lives(place, second)).toBe(false);
    expect(await lives(place, first)).toBe(true);
    expect(await lives(place, third)).toBe(true);
    await place.user("bob");
    const bobs = await place.tokens("bob");
    expect(await lives(place, bobs)).toBe(true);
    expect(await anas(place)).toHaveLength(2);
  });

  it("end none when they become fewer, until the next sign-in", async () => {
    const place = await tracking(5);
    const all = [];
    for (let i = 0; i < 5; i++) {
      await world.advanceSeconds(1);
      all.push(await place.tokens("ana"));
    }
    await track(place, 2);
    expect(await anas(place)).toHaveLength(5);
    await place.tokens("ana");
    expect(await anas(place)).toHaveLength(2);
    expect(await Promise.all(all.map((tokens) => lives(place, tokens)))).toEqual([
      ...[false, false, false, false, true],
    ]);
  });

  it("hold for sign-ins at the same moment and through several clients", async () => {
    const place = await tracking(3);
    const clients = [place, await place.client({ ClientName: "other" })];
    await Promise.all(Array.from({ length: 12 }, (_, i) => clients[i % 2]?.tokens("ana")));
    expect(await anas(place)).toHaveLength(3);
  });

  it("are no limit where the pool does not track sessions", async () => {
    const place = await tracking(1);
    await track(place, 1, false);
    const [first, second] = [await place.tokens("ana"), await place.tokens("ana")];
    expect(await lives(place, first)).toBe(true);
    expect(await lives(place, second)).toBe(true);
  });
});

describe("by the AWS SDK", () => {
  it("a user sees the sessions, with dates and what is known of the caller, and ends another one", async () => {
    const place = await tracking();
    const client = world.client();
    const request = new InitiateAuthCommand({
      ClientId: place.ClientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ana", PASSWORD },
    });
    const other = (await client.send(request)).AuthenticationResult;
    const { AccessToken } = (await client.send(request)).AuthenticationResult ?? {};
    const { Sessions = [] } = await client.send(new ListUserSessionsCommand({ AccessToken }));
    expect(Sessions).toHaveLength(2);
    const another = Sessions.find(({ IsCurrentSession }) => !IsCurrentSession);
    expect(another?.LastActiveDate).toBeInstanceOf(Date);
    expect(another?.DeviceType).toMatch(/^AWS SDK for JavaScript 3\.\d+ \/ Linux$/);
    await client.send(new RevokeUserSessionCommand({ AccessToken, SessionId: another?.SessionId }));
    const use = client.send(new GetUserCommand({ AccessToken: other?.AccessToken }));
    await expect(use).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });
});

describe.skipIf(awsCliMissing)(`other clients ${awsCliMissing ?? ""}`, () => {
  it("show themselves: the AWS CLI", async () => {
    const place = await tracking();
    const client = await makeClient(place.api, place.UserPoolId);
    const aws = awsCli(world.url);
    const answer = await aws(
      ...["initiate-auth", "--client-id", client.ClientId, "--auth-flow", "USER_PASSWORD_AUTH"],
      ...["--auth-parameters", `USERNAME=ana,PASSWORD=${PASSWORD}`],
    );
    expect(answer.status).toBe(0);
    const [session] = await anas(place);
    expect(session?.DeviceType).toMatch(/^AWS CLI \d+\.\d+ \/ Linux/);
  });
});
