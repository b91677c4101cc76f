import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makePool } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

async function taggedPool(tags?: Record<string, string>) {
  const { Id, Arn = "" } = await makePool(api, tags ? { UserPoolTags: tags } : {});
  return {
    Id,
    Arn,
    tag: (Tags: Record<string, string>) => api("TagResource", { ResourceArn: Arn, Tags }),
    untag: (...TagKeys: string[]) => api("UntagResource", { ResourceArn: Arn, TagKeys }),
    tags: async () => (await api("ListTagsForResource", { ResourceArn: Arn })).Tags,
    shown: async () => (await api("DescribeUserPool", { UserPoolId: Id })).UserPool?.UserPoolTags,
  };
}

describe("the tags of a pool", () => {
  it("are those it was made with, more, other and fewer", async () => {
    const pool = await taggedPool({ stage: "test", team: "a" });
    expect(await pool.tags()).toEqual({ stage: "test", team: "a" });
    expect(await pool.tag({ team: "b", empty: "" })).toEqual({});
    expect(await pool.tags()).toEqual({ stage: "test", team: "b", empty: "" });
    expect(await pool.untag("stage", "unknown")).toEqual({});
    expect(await pool.tags()).toEqual({ team: "b", empty: "" });
    expect(await pool.shown()).toEqual({ team: "b", empty: "" });
  });

  it("of a pool without any are an empty map", async () => {
    const pool = await taggedPool();
    expect(await pool.tags()).toEqual({});
  });

  it("are replaced by UpdateUserPool when it names any, and kept when not", async () => {
    const pool = await taggedPool({ a: "1" });
    await api("UpdateUserPool", { UserPoolId: pool.Id });
    expect(await pool.tags()).toEqual({ a: "1" });
    await api("UpdateUserPool", { UserPoolId: pool.Id, UserPoolTags: { b: "2" } });
    expect(await pool.tags()).toEqual({ b: "2" });
  });

  it("leave the pool's other settings and dates as they were", async () => {
    const pool = await taggedPool();
    const before = (await api("DescribeUserPool", { UserPoolId: pool.Id })).UserPool;
    await pool.tag({ a: "1" });
    const after = (await api("DescribeUserPool", { UserPoolId: pool.Id })).UserPool;
    expect(after).toEqual({ ...before, UserPoolTags: { a: "1" } });
  });

  it("may have any names, those of JavaScript's own objects too", async () => {
    const pool = await taggedPool();
    const names = JSON.parse('{"__proto__":"p","constructor":"c","Ünïcode 😀":"u"}');
    await pool.tag(names);
    expect(JSON.stringify(await pool.tags())).toBe(JSON.stringify(names));
    await pool.untag("__proto__", "constructor");
    expect(await pool.tags()).toEqual({ "Ünïcode 😀": "u" });
  });

  it("are at most 50, and none begins with aws:", async () => {
    const numbered = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, n) => [`tag${from + n}`, "x"]));
    const pool = await taggedPool(numbered(0, 49));
    await pool.tag({ tag49: "x", tag0: "again" });
    expect(await refusal(pool.tag({ one: "too many" }))).toMatch(/^InvalidParameterException: .*at most 50/);
    expect(await refusal(pool.tag({ "aws:x": "1" }))).toMatch(/^InvalidParameterException/);
    expect(await refusal(pool.tag({ "AWS:x": "1" }))).toMatch(/^InvalidParameterException/);
    expect(Object.keys((await pool.tags()) ?? {})).toHaveLength(50);
    for (const UserPoolTags of [numbered(0, 51), { "aws:x": "1" }]) {
      const made = api("CreateUserPool", { PoolName: "p", UserPoolTags });
      expect(await refusal(made)).toMatch(/^UserPoolTaggingException/);
      const updated = api("UpdateUserPool", { UserPoolId: pool.Id, UserPoolTags });
      expect(await refusal(updated)).toMatch(/^UserPoolTaggingException/);
    }
  });

  it("have keys and values of bounded length", async () => {
    const pool = await taggedPool();
    expect(await refusal(pool.tag({ ["k".repeat(129)]: "v" }))).toMatch(/less than or equal to 128/);
    expect(await refusal(pool.tag({ k: "v".repeat(257) }))).toMatch(/less than or equal to 256/);
  });

  it("are those of an existing pool of this region and account", async () => {
    const { Arn } = await taggedPool();
    const elsewhere = [
      Arn.replace(/.$/, (last) => (last === "x" ? "y" : "x")),
      Arn.replace("us-east-1:", "eu-west-1:"),
      Arn.replace("123456789012", "210987654321"),
      "arn:aws:cognito-idp:us-east-1:123456789012:identityprovider/x",
    ];
    for (const ResourceArn of elsewhere) {
      const calls = [
        api("ListTagsForResource", { ResourceArn }),
        api("TagResource", { ResourceArn, Tags: { a: "1" } }),
        api("UntagResource", { ResourceArn, TagKeys: ["a"] }),
      ];
      for (const call of calls) expect(await refusal(call)).toMatch(/^ResourceNotFoundException/);
    }
  });
});

describe.skipIf(awsCliMissing)(`tags, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("are set, listed and removed", async () => {
    const { Arn } = await taggedPool();
    const aws = awsCli(world.url);
    const resource = ["--resource-arn", Arn];
    expect(await aws("tag-resource", ...resource, "--tags", "stage=test")).toMatchObject({ status: 0 });
    const listed = await aws("list-tags-for-resource", ...resource);
    expect(listed.output).toEqual({ Tags: { stage: "test" } });
    expect(await aws("untag-resource", ...resource, "--tag-keys", "stage")).toMatchObject({ status: 0 });
    expect((await aws("list-tags-for-resource", ...resource)).output).toEqual({ Tags: {} });
  });
});

const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`tags on two nodes on one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  it("are all there after thirty were set at once", async () => {
    const [a, b] = nodes.apis;
    const { Arn: ResourceArn = "" } = await makePool(a);
    let n = 0;
    const results = await nodes.race(30, (node) =>
      node("TagResource", { ResourceArn, Tags: { [`tag${n++}`]: "x" } }),
    );
    expect(results.every(({ status }) => status === "fulfilled")).toBe(true);
    const { Tags } = await b("ListTagsForResource", { ResourceArn });
    expect(Object.keys(Tags ?? {})).toHaveLength(30);
  });
});
