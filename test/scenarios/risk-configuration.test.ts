import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { refusal } from "../support/api.ts";
import { closeWithinModel } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { atEveryLevel, NOTIFY, watching } from "../support/threat.ts";
import { startWorld, type World } from "../support/world.ts";

type RiskSettings = Omit<Input<"SetRiskConfiguration">, "UserPoolId">;

describe("what a pool does about risk", () => {
  let world: World;
  let place: Scene;
  beforeAll(async () => {
    world = await startWorld();
    place = await scene(world, watching("ENFORCED"));
  });
  afterAll(() => closeWithinModel(world));

  const set = (settings: RiskSettings, { api, UserPoolId }: Scene = place) =>
    api("SetRiskConfiguration", { UserPoolId, ...settings });
  const described = async (more: { ClientId?: string } = {}, { api, UserPoolId }: Scene = place) =>
    (await api("DescribeRiskConfiguration", { UserPoolId, ...more })).RiskConfiguration;

  const full = {
    CompromisedCredentialsRiskConfiguration: { EventFilter: ["SIGN_IN"], Actions: { EventAction: "BLOCK" } },
    AccountTakeoverRiskConfiguration: {
      NotifyConfiguration: { ...NOTIFY, BlockEmail: { Subject: "Blocked", TextBody: "{login-time}" } },
      Actions: { HighAction: { Notify: true, EventAction: "BLOCK" } },
    },
    RiskExceptionConfiguration: {
      BlockedIPRangeList: ["192.0.2.0/24", "2001:db8::/32"],
      SkippedIPRangeList: ["198.51.100.7/32"],
    },
  } as const satisfies RiskSettings as unknown as RiskSettings;

  it("is nothing at first, and then what was set: omitted members are not set any more", async () => {
    const { UserPoolId, ClientId } = place;
    expect(await described()).toEqual({ UserPoolId });
    expect(await described({ ClientId })).toEqual({ UserPoolId, ClientId });
    const { RiskConfiguration } = await set(full);
    expect(RiskConfiguration).toEqual({ UserPoolId, ...full, LastModifiedDate: expect.any(Number) });
    expect(await described()).toEqual(RiskConfiguration);
    const lists = { RiskExceptionConfiguration: { BlockedIPRangeList: ["203.0.113.0/24"] } };
    await set(lists);
    expect(await described()).toEqual({ UserPoolId, ...lists, LastModifiedDate: expect.any(Number) });
  });

  it("is the pool's or one client's, each shown by itself; ALL means the pool", async () => {
    const place = await scene(world, watching("AUDIT"));
    const { UserPoolId, ClientId } = place;
    await set({ ...full, ClientId: "ALL" }, place);
    await set({ ClientId, ...atEveryLevel("NO_ACTION") }, place);
    expect(await described({ ClientId }, place)).toEqual({
      UserPoolId,
      ClientId,
      ...atEveryLevel("NO_ACTION"),
      LastModifiedDate: expect.any(Number),
    });
    expect(await described({ ClientId: "ALL" }, place)).toMatchObject(full);
    const stranger = await scene(world, watching("AUDIT"));
    expect(await refusal(described({ ClientId: stranger.ClientId }, place))).toBe(
      `ResourceNotFoundException: User pool client ${stranger.ClientId} does not exist.`,
    );
    expect(await refusal(set({ ClientId: stranger.ClientId, ...full }, place))).toMatch(
      /^ResourceNotFoundException: /,
    );
  });

  it("needs the pool's add-on, which needs the tier PLUS", async () => {
    for (const pool of [{}, watching("OFF")]) {
      const off = await scene(world, pool);
      expect(await refusal(described({}, off))).toMatch(/^UserPoolAddOnNotEnabledException: /);
      expect(await refusal(set(full, off))).toMatch(/^UserPoolAddOnNotEnabledException: /);
      const { UserPoolId } = off;
      const Username = "ana";
      for (const call of [
        off.api("AdminListUserAuthEvents", { UserPoolId, Username }),
        off.api("AdminUpdateAuthEventFeedback", {
          UserPoolId,
          Username,
          EventId: "e",
          FeedbackValue: "Valid",
        }),
        off.api("UpdateAuthEventFeedback", {
          UserPoolId,
          Username,
          EventId: "e",
          FeedbackToken: "t",
          FeedbackValue: "Valid",
        }),
      ])
        expect(await refusal(call)).toMatch(/^UserPoolAddOnNotEnabledException: /);
    }
    expect(await refusal(scene(world, { ...watching("ENFORCED"), UserPoolTier: "ESSENTIALS" }))).toMatch(
      /^FeatureUnavailableInTierException: .*Threat Protection/,
    );
  });

  it.each([
    [
      "ranges that are none",
      { RiskExceptionConfiguration: { BlockedIPRangeList: ["192.0.2.1"] } },
      /192\.0\.2\.1/,
    ],
    [
      "prefixes too long",
      { RiskExceptionConfiguration: { SkippedIPRangeList: ["192.0.2.0/33"] } },
      /Invalid IP range/,
    ],
    [
      "more than 200 ranges",
      { RiskExceptionConfiguration: { BlockedIPRangeList: Array(201).fill("192.0.2.0/24") } },
      /length less than or equal to 200/,
    ],
    [
      "a notice without a sender",
      {
        AccountTakeoverRiskConfiguration: { Actions: { LowAction: { Notify: true, EventAction: "BLOCK" } } },
      },
      /NotifyConfiguration is required/,
    ],
    [
      "a sender that is none of Amazon SES",
      {
        AccountTakeoverRiskConfiguration: {
          NotifyConfiguration: { SourceArn: "arn:aws:sns:us-east-1:123456789012:topic" },
          Actions: {},
        },
      },
      /SourceArn/,
    ],
    [
      "a sender that would add a header",
      {
        AccountTakeoverRiskConfiguration: {
          NotifyConfiguration: { ...NOTIFY, From: "a@example.com\r\nBcc: b@example.com" },
          Actions: {},
        },
      },
      /From/,
    ],
  ] as [string, RiskSettings, RegExp][])("refuses %s and keeps what was set", async (_, settings, words) => {
    const before = await described();
    expect(await refusal(set(settings))).toMatch(/^InvalidParameterException: /);
    expect(await refusal(set(settings))).toMatch(words);
    expect(await described()).toEqual(before);
  });

  it("takes 200 ranges of each kind", async () => {
    const ranges = Array.from({ length: 200 }, (_, n) => `10.0.${n}.0/24`);
    await set({ RiskExceptionConfiguration: { BlockedIPRangeList: ranges, SkippedIPRangeList: ranges } });
    expect((await described()).RiskExceptionConfiguration?.SkippedIPRangeList).toHaveLength(200);
  });
});
