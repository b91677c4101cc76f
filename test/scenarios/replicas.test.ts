import {
  CreateUserPoolReplicaCommand,
  ListUserPoolReplicasCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf, race, refusal } from "../support/api.ts";
import { closeWithinModel, makePool } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

const PARIS = "eu-west-3";

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

async function replicated(settings = {}) {
  const { Id: UserPoolId } = await makePool(api, settings);
  const named = (RegionName: string) => ({ UserPoolId, RegionName });
  const arn = (region: string) => `arn:aws:cognito-idp:${region}:123456789012:userpool/${UserPoolId}`;
  return {
    UserPoolId,
    arn,
    create: (region = PARIS, more = {}) => api("CreateUserPoolReplica", { ...named(region), ...more }),
    update: (Status: "ACTIVE" | "INACTIVE", region = PARIS) =>
      api("UpdateUserPoolReplica", { ...named(region), Status }),
    remove: (region = PARIS) => api("DeleteUserPoolReplica", named(region)),
    list: async () => (await api("ListUserPoolReplicas", { UserPoolId })).UserPoolReplicas,
    statuses: async () =>
      Object.fromEntries(
        ((await api("ListUserPoolReplicas", { UserPoolId })).UserPoolReplicas ?? []).map((one) => [
          one.RegionName,
          one.Status,
        ]),
      ),
    settle: () => world.advanceSeconds(10),
  };
}

const NOT_IN = (status: string) =>
  `InvalidParameterException: The user pool replica in Region ${PARIS} cannot be changed so. Current status is ${status}`;

describe("a user pool's replicas", () => {
  it("are listed by region with the primary, which a pool has from the start", async () => {
    const pool = await replicated();
    const primary = {
      RegionName: "us-east-1",
      Status: "ACTIVE",
      Role: "PRIMARY",
      UserPoolArn: pool.arn("us-east-1"),
    };
    expect(await pool.list()).toEqual([primary]);
    const secondary = (RegionName: string) => ({
      RegionName,
      Status: "CREATING",
      Role: "SECONDARY",
      UserPoolArn: pool.arn(RegionName),
    });
    expect(await pool.create("us-west-2")).toEqual({ UserPoolReplica: secondary("us-west-2") });
    await pool.create(PARIS, { UserPoolTags: { team: "blue" } });
    expect(await pool.list()).toEqual([secondary(PARIS), primary, secondary("us-west-2")]);
  });

  it("are created, inactive, active, inactive, deleted, and gone", async () => {
    const pool = await replicated();
    await pool.create();
    expect(await pool.statuses()).toMatchObject({ [PARIS]: "CREATING" });
    expect(await refusal(pool.update("ACTIVE"))).toBe(NOT_IN("CREATING"));
    expect(await refusal(pool.remove())).toBe(NOT_IN("CREATING"));
    await pool.settle();
    expect(await pool.statuses()).toMatchObject({ [PARIS]: "INACTIVE" });
    expect((await pool.update("ACTIVE")).UserPoolReplica).toMatchObject({ Status: "ACTIVE" });
    await pool.update("ACTIVE");
    await pool.settle();
    expect(await pool.statuses()).toMatchObject({ [PARIS]: "ACTIVE" });
    expect(await refusal(pool.remove())).toBe(NOT_IN("ACTIVE"));
    await pool.update("INACTIVE");
    expect((await pool.remove()).UserPoolReplica).toMatchObject({ RegionName: PARIS, Status: "DELETING" });
    expect(await pool.statuses()).toMatchObject({ [PARIS]: "DELETING" });
    expect(await refusal(pool.update("ACTIVE"))).toBe(NOT_IN("DELETING"));
    expect(await refusal(pool.create())).toMatch(/^InvalidParameterException: /);
    await pool.settle();
    expect(await pool.statuses()).toEqual({ "us-east-1": "ACTIVE" });
    const gone = `ResourceNotFoundException: User pool replica in Region ${PARIS} does not exist.`;
    expect(await refusal(pool.update("ACTIVE"))).toBe(gone);
    expect(await refusal(pool.remove())).toBe(gone);
    await pool.create();
    expect(await pool.statuses()).toMatchObject({ [PARIS]: "CREATING" });
  });

  it("are one per region, also when several are made at once, and none where the pool is", async () => {
    const pool = await replicated();
    const exists = `InvalidParameterException: The user pool has a replica in Region ${PARIS} already.`;
    expect(await race(Array.from({ length: 10 }, () => pool.create()))).toEqual({
      won: 1,
      refusals: [exists],
    });
    expect(await refusal(pool.create("us-east-1"))).toMatch(/^InvalidParameterException: /);
    const primary =
      "InvalidParameterException: The primary replica of a user pool cannot be updated or deleted.";
    expect(await refusal(pool.update("INACTIVE", "us-east-1"))).toBe(primary);
    expect(await refusal(pool.remove("us-east-1"))).toBe(primary);
  });

  it("are refused for what is no region, for reserved tags, in the LITE tier and beyond ten", async () => {
    const pool = await replicated();
    expect(await refusal(pool.create("EARTH"))).toBe("InvalidParameterException: Invalid Region: EARTH");
    expect(await refusal(pool.create(PARIS, { UserPoolTags: { "aws:x": "1" } }))).toMatch(
      /^UserPoolTaggingException: /,
    );
    for (let i = 1; i <= 10; i++) await pool.create(`xx-north-${i}`);
    expect(await refusal(pool.create())).toMatch(/^LimitExceededException: /);
    const lite = await replicated({ UserPoolTier: "LITE" });
    expect(await refusal(lite.create())).toMatch(/^FeatureUnavailableInTierException: /);
    expect(await lite.statuses()).toEqual({ "us-east-1": "ACTIVE" });
    const nowhere = { UserPoolId: "us-east-1_none", RegionName: PARIS };
    expect(await refusal(api("CreateUserPoolReplica", nowhere))).toMatch(/^ResourceNotFoundException: /);
    const page = { UserPoolId: pool.UserPoolId, NextToken: "x" };
    expect(await refusal(api("ListUserPoolReplicas", page))).toBe(
      "InvalidParameterException: Invalid pagination token",
    );
  });

  it("are named by ListUserPools, and go with their pool", async () => {
    const pool = await replicated();
    const single = await replicated();
    await pool.create();
    const listed = async (id: string) => {
      const { UserPools } = await api("ListUserPools", { MaxResults: 60 });
      return UserPools?.find(({ Id }) => Id === id);
    };
    expect(await listed(pool.UserPoolId)).toMatchObject({ ReplicaRegions: [PARIS] });
    expect(await listed(single.UserPoolId)).not.toHaveProperty("ReplicaRegions");
    await api("DeleteUserPool", { UserPoolId: pool.UserPoolId });
    expect(await refusal(pool.list())).toMatch(/^ResourceNotFoundException: /);
  });
});

describe("by the AWS SDK", () => {
  it("a replica is made and listed", async () => {
    const { UserPoolId } = await replicated();
    const client = world.client();
    await client.send(new CreateUserPoolReplicaCommand({ UserPoolId, RegionName: PARIS }));
    const { UserPoolReplicas } = await client.send(new ListUserPoolReplicasCommand({ UserPoolId }));
    expect(UserPoolReplicas?.map(({ Role }) => Role)).toEqual(["SECONDARY", "PRIMARY"]);
  });
});
