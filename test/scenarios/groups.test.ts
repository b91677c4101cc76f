import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel } from "../support/builders.ts";
import { type Scene, scene } from "../support/scene.ts";
import { startWorld, type World } from "../support/world.ts";

const NO_GROUP = "ResourceNotFoundException: Group not found.";
const NO_USER = "UserNotFoundException: User does not exist.";
const READER = "arn:aws:iam::123456789012:role/reader";
const WRITER = "arn:aws:iam::123456789012:role/writer";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => closeWithinModel(world));

const make = ({ api, UserPoolId }: Scene, GroupName: string, more: object = {}) =>
  api("CreateGroup", { UserPoolId, GroupName, ...more });
const join = ({ api, UserPoolId }: Scene, GroupName: string, Username = "ana") =>
  api("AdminAddUserToGroup", { UserPoolId, Username, GroupName });
const groupsOf = async ({ api, UserPoolId }: Scene, Username = "ana") =>
  ((await api("AdminListGroupsForUser", { UserPoolId, Username })).Groups ?? []).map((g) => g.GroupName);

describe.skipIf(awsCliMissing)(`a group, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("is made, gets a member whose tokens name it, and goes", async () => {
    const place = await scene(world);
    await place.user("ana");
    const aws = awsCli(world.url);
    const made = await aws(
      ...["create-group", "--user-pool-id", place.UserPoolId, "--group-name", "readers"],
      ...["--description", "Who reads", "--precedence", "0", "--role-arn", READER],
    );
    const readers = {
      GroupName: "readers",
      UserPoolId: place.UserPoolId,
      Description: "Who reads",
      RoleArn: READER,
      Precedence: 0,
      LastModifiedDate: expect.anything(),
      CreationDate: expect.anything(),
    };
    expect(made.output).toEqual({ Group: readers });
    const joined = await aws(
      ...["admin-add-user-to-group", "--user-pool-id", place.UserPoolId],
      ...["--username", "ana", "--group-name", "readers"],
    );
    expect(joined).toMatchObject({ status: 0, output: undefined });
    const listed = await aws(
      ...["admin-list-groups-for-user", "--user-pool-id", place.UserPoolId, "--username", "ana"],
    );
    expect(listed.output).toEqual({ Groups: [readers] });
    const { IdToken, AccessToken } = await place.tokens("ana");
    expect(claimsOf(IdToken)).toMatchObject({
      "cognito:groups": ["readers"],
      "cognito:roles": [READER],
      "cognito:preferred_role": READER,
    });
    expect(claimsOf(AccessToken)["cognito:groups"]).toEqual(["readers"]);
    expect(claimsOf(AccessToken)).not.toHaveProperty(["cognito:roles"]);
    const gone = await aws("delete-group", "--user-pool-id", place.UserPoolId, "--group-name", "readers");
    expect(gone).toMatchObject({ status: 0, output: undefined });
    const missing = await aws("get-group", "--user-pool-id", place.UserPoolId, "--group-name", "readers");
    expect(missing).toMatchObject({
      errorCode: "ResourceNotFoundException",
      errorMessage: "Group not found.",
    });
  });
});

describe("a group's settings", () => {
  it("are shown only when they were set", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    const bare = {
      GroupName: "g",
      UserPoolId,
      CreationDate: expect.any(Number),
      LastModifiedDate: expect.any(Number),
    };
    expect(await make(place, "g")).toEqual({ Group: bare });
    expect(await api("GetGroup", { UserPoolId, GroupName: "g" })).toEqual({ Group: bare });
    expect(await api("ListGroups", { UserPoolId })).toEqual({ Groups: [bare] });
  });

  it("change by UpdateGroup, which keeps what it does not name", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await make(place, "g", { Description: "one", Precedence: 5, RoleArn: READER });
    await world.advanceSeconds(10);
    const { Group } = await api("UpdateGroup", {
      UserPoolId,
      GroupName: "g",
      Description: "two",
      Precedence: 0,
    });
    expect(Group).toMatchObject({ Description: "two", Precedence: 0, RoleArn: READER });
    expect(Number(Group?.LastModifiedDate) - Number(Group?.CreationDate)).toBeGreaterThanOrEqual(10);
    expect(await api("GetGroup", { UserPoolId, GroupName: "g" })).toEqual({ Group });
  });

  it("do not include the name: it is unique in its pool, and told apart by case", async () => {
    const place = await scene(world);
    await make(place, "g");
    expect(await refusal(make(place, "g"))).toBe(
      "GroupExistsException: A group with the name already exists.",
    );
    await make(place, "G");
    const elsewhere = await scene(world);
    await make(elsewhere, "g");
  });

  it("are made once by twenty calls at once", async () => {
    const place = await scene(world);
    expect(await race(Array.from({ length: 20 }, () => make(place, "g")))).toEqual({
      won: 1,
      refusals: ["GroupExistsException: A group with the name already exists."],
    });
  });
});

describe("membership", () => {
  it("is joined and left, each as often as one likes", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana");
    await make(place, "g");
    expect(await join(place, "g")).toBeUndefined();
    expect(await join(place, "g")).toBeUndefined();
    expect(await groupsOf(place)).toEqual(["g"]);
    const leave = () => api("AdminRemoveUserFromGroup", { UserPoolId, Username: "ana", GroupName: "g" });
    expect(await leave()).toBeUndefined();
    expect(await leave()).toBeUndefined();
    expect(await groupsOf(place)).toEqual([]);
  });

  it("shows in tokens from the next sign-in or refresh on, and is absent for someone in no group", async () => {
    const place = await scene(world);
    await place.user("ana");
    await make(place, "g");
    const { RefreshToken, IdToken, AccessToken } = await place.tokens("ana");
    expect(claimsOf(IdToken)).not.toHaveProperty(["cognito:groups"]);
    expect(claimsOf(AccessToken)).not.toHaveProperty(["cognito:groups"]);
    await join(place, "g");
    const { AuthenticationResult } = await place.refresh(RefreshToken);
    expect(claimsOf(AuthenticationResult?.AccessToken)["cognito:groups"]).toEqual(["g"]);
    expect(claimsOf(AuthenticationResult?.IdToken)["cognito:groups"]).toEqual(["g"]);
  });

  it("goes with the group and with the user", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana");
    await make(place, "a");
    await make(place, "b");
    await join(place, "a");
    await join(place, "b");
    await api("DeleteGroup", { UserPoolId, GroupName: "a" });
    expect(await groupsOf(place)).toEqual(["b"]);
    await make(place, "a");
    expect(await groupsOf(place)).toEqual(["b"]);
    await api("AdminDeleteUser", { UserPoolId, Username: "ana" });
    expect(await api("ListUsersInGroup", { UserPoolId, GroupName: "b" })).toEqual({ Users: [] });
    await place.user("ana");
    expect(await groupsOf(place)).toEqual([]);
  });

  it("is refused in a hundred-and-first group, and the hundred stay", async () => {
    const place = await scene(world);
    await place.invited("ana");
    const all = Array.from({ length: 101 }, (_, i) => `g${i}`);
    for (const name of all) await make(place, name);
    for (const name of all.slice(0, 100)) await join(place, name);
    expect(await refusal(join(place, "g100"))).toMatch(/^\w+Exception: .*100/);
    expect(await join(place, "g7")).toBeUndefined();
    const page = await place.api("AdminListGroupsForUser", { UserPoolId: place.UserPoolId, Username: "ana" });
    expect(page.Groups).toHaveLength(60);
  });

  it("lists members with their attributes", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana", { email: "ana@example.com" });
    await place.user("bob");
    await make(place, "g");
    await join(place, "g");
    const { Users } = await api("ListUsersInGroup", { UserPoolId, GroupName: "g" });
    const { Users: all } = await api("ListUsers", { UserPoolId, Filter: 'username = "ana"' });
    expect(Users).toEqual(all);
    expect(Users).toHaveLength(1);
  });
});

describe("the order of a user's groups", () => {
  it("is by precedence, none last, then by name", async () => {
    const place = await scene(world);
    await place.user("ana");
    for (const [name, Precedence] of [
      ["none-b", undefined],
      ["ten", 10],
      ["zero", 0],
      ["none-a", undefined],
      ["one-b", 1],
      ["one-a", 1],
    ] as const) {
      await make(place, name, Precedence === undefined ? {} : { Precedence });
      await join(place, name);
    }
    const order = ["zero", "one-a", "one-b", "ten", "none-a", "none-b"];
    expect(await groupsOf(place)).toEqual(order);
    expect(claimsOf((await place.tokens("ana")).IdToken)["cognito:groups"]).toEqual(order);
  });

  it.each([
    [
      "the role of the lowest precedence",
      [
        [1, WRITER],
        [0, READER],
      ],
      READER,
    ],
    [
      "any precedence before none",
      [
        [undefined, WRITER],
        [99, READER],
      ],
      READER,
    ],
    [
      "the shared role of several best groups",
      [
        [1, READER],
        [1, READER],
        [2, WRITER],
      ],
      READER,
    ],
    [
      "no role when the best groups disagree",
      [
        [1, READER],
        [1, WRITER],
      ],
      undefined,
    ],
    ["the role of a group without precedence when there is no other", [[undefined, WRITER]], WRITER],
  ] as const)("decides the preferred role: %s", async (_, groups, preferred) => {
    const place = await scene(world);
    await place.user("ana");
    for (const [i, [Precedence, RoleArn]] of groups.entries()) {
      await make(place, `g${i}`, { RoleArn, ...(Precedence === undefined ? {} : { Precedence }) });
      await join(place, `g${i}`);
    }
    const claims = claimsOf((await place.tokens("ana")).IdToken);
    expect(claims["cognito:preferred_role"]).toBe(preferred);
    expect(new Set(claims["cognito:roles"] as string[])).toEqual(new Set(groups.map(([, role]) => role)));
  });
});

describe("lists of groups and members, page by page", () => {
  it("give every group once at every page size", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    const names = Array.from({ length: 7 }, (_, i) => `g${i}`);
    for (const name of names) await make(place, name);
    for (let Limit = 1; Limit <= 8; Limit++) {
      const seen: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page = await api("ListGroups", { UserPoolId, Limit, ...(NextToken ? { NextToken } : {}) });
        expect(page.Groups?.length).toBeLessThanOrEqual(Limit);
        seen.push(...(page.Groups ?? []).map((group) => group.GroupName));
        NextToken = page.NextToken;
      } while (NextToken);
      expect(seen).toEqual(names);
    }
  });

  it("give every member and every group of a user once", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    const names = Array.from({ length: 5 }, (_, i) => `u${i}`);
    await make(place, "g");
    for (const name of names) {
      await place.invited(name);
      await join(place, "g", name);
      await make(place, `of-${name}`);
      await join(place, `of-${name}`, "u0");
    }
    for (let Limit = 1; Limit <= 6; Limit++) {
      const members: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page = await api("ListUsersInGroup", {
          UserPoolId,
          GroupName: "g",
          Limit,
          ...(NextToken ? { NextToken } : {}),
        });
        members.push(...(page.Users ?? []).map((user) => user.Username));
        NextToken = page.NextToken;
      } while (NextToken);
      expect(members.sort()).toEqual(names);
      const groups: (string | undefined)[] = [];
      do {
        const page = await api("AdminListGroupsForUser", {
          UserPoolId,
          Username: "u0",
          Limit,
          ...(NextToken ? { NextToken } : {}),
        });
        groups.push(...(page.Groups ?? []).map((group) => group.GroupName));
        NextToken = page.NextToken;
      } while (NextToken);
      expect(groups.sort()).toEqual(["g", ...names.map((name) => `of-${name}`)]);
    }
  });

  it("take a token only for the list it came from, and for an hour", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    for (const name of ["a", "b", "c"]) await make(place, name);
    const { NextToken } = await api("ListGroups", { UserPoolId, Limit: 1 });
    const elsewhere = await scene(world);
    const next = { NextToken: NextToken ?? "" };
    expect(await refusal(api("ListGroups", { UserPoolId: elsewhere.UserPoolId, ...next }))).toMatch(
      /^InvalidParameterException: /,
    );
    expect(await refusal(api("ListUsersInGroup", { UserPoolId, GroupName: "a", ...next }))).toMatch(
      /^InvalidParameterException: /,
    );
    expect(await refusal(api("ListGroups", { UserPoolId, NextToken: "garbage" }))).toMatch(
      /^InvalidParameterException: /,
    );
    await world.advanceSeconds(3601);
    expect(await refusal(api("ListGroups", { UserPoolId, ...next }))).toMatch(/^InvalidParameterException: /);
  });
});

describe("what does not exist", () => {
  it("is named as such: the group, the user, the pool", async () => {
    const place = await scene(world);
    const { api, UserPoolId } = place;
    await place.user("ana");
    await make(place, "g");
    const GroupName = "none";
    expect(await refusal(api("GetGroup", { UserPoolId, GroupName }))).toBe(NO_GROUP);
    expect(await refusal(api("UpdateGroup", { UserPoolId, GroupName }))).toBe(NO_GROUP);
    expect(await refusal(api("DeleteGroup", { UserPoolId, GroupName }))).toBe(NO_GROUP);
    expect(await refusal(api("ListUsersInGroup", { UserPoolId, GroupName }))).toBe(NO_GROUP);
    expect(await refusal(join(place, GroupName))).toBe(NO_GROUP);
    expect(await refusal(api("AdminRemoveUserFromGroup", { UserPoolId, Username: "ana", GroupName }))).toBe(
      NO_GROUP,
    );
    expect(await refusal(join(place, "g", "nobody"))).toBe(NO_USER);
    expect(
      await refusal(api("AdminRemoveUserFromGroup", { UserPoolId, Username: "nobody", GroupName: "g" })),
    ).toBe(NO_USER);
    expect(await refusal(api("AdminListGroupsForUser", { UserPoolId, Username: "nobody" }))).toBe(NO_USER);
    expect(await refusal(api("CreateGroup", { UserPoolId: "us-east-1_AbCdEf123", GroupName }))).toBe(
      "ResourceNotFoundException: User pool us-east-1_AbCdEf123 does not exist.",
    );
  });

  it("is a name with a space or a negative precedence", async () => {
    const place = await scene(world);
    expect(await refusal(make(place, "two words"))).toMatch(
      /^InvalidParameterException: 1 validation error detected: Value 'two words' at 'groupName'/,
    );
    expect(await refusal(make(place, "g", { Precedence: -1 }))).toBe(
      "InvalidParameterException: 1 validation error detected: Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
  });
});
