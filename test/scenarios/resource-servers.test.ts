import { paginateListResourceServers } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startWorld } from "../support/world.ts";

const world = await startWorld({ quotas: { resourceServersPerPool: 5 } });
const api = apiOf(world);
afterAll(() => closeWithinModel(world));

const IDENTIFIER = "https://orders.example.com/v1";
/** Older versions of the AWS CLI fetch an argument that is a URL. */
const CLI_IDENTIFIER = "orders/v1";
const SCOPES = [
  { ScopeName: "read", ScopeDescription: "See orders" },
  { ScopeName: "write", ScopeDescription: "Change orders" },
];

let UserPoolId = "";
beforeAll(async () => {
  UserPoolId = (await makePool(api)).Id;
});

describe.skipIf(awsCliMissing)(`a resource server, by the AWS CLI (${awsCliMissing ?? "installed"})`, () => {
  const aws = awsCli(world.url);

  it("is made, described alike, replaced, listed and deleted", async () => {
    const pool = await makePool(api);
    const place = ["--user-pool-id", pool.Id];
    const named = [...place, "--identifier", CLI_IDENTIFIER];
    const shape = { UserPoolId: pool.Id, Identifier: CLI_IDENTIFIER, Name: "Orders", Scopes: SCOPES };
    const scopes = SCOPES.map((s) => `ScopeName=${s.ScopeName},ScopeDescription=${s.ScopeDescription}`);
    const made = await aws("create-resource-server", ...named, "--name", "Orders", "--scopes", ...scopes);
    expect(made.output).toEqual({ ResourceServer: shape });
    expect((await aws("describe-resource-server", ...named)).output).toEqual(made.output);
    const updated = await aws("update-resource-server", ...named, "--name", "New");
    expect(updated.output).toEqual({ ResourceServer: { ...shape, Name: "New", Scopes: [] } });
    expect((await aws("describe-resource-server", ...named)).output).toEqual(updated.output);
    const listed = await aws("list-resource-servers", ...place, "--max-results", "50");
    expect(listed.output).toEqual({ ResourceServers: [updated.output.ResourceServer] });
    const deleted = await aws("delete-resource-server", ...named);
    expect([deleted.status, deleted.output]).toEqual([0, undefined]);
    const again = await aws("delete-resource-server", ...named);
    expect([again.errorCode, again.errorMessage]).toEqual([
      "ResourceNotFoundException",
      `Resource server ${CLI_IDENTIFIER} does not exist.`,
    ]);
  });
});

describe("a resource server", () => {
  it("is one of its identifier in a pool; other pools may have the same", async () => {
    const server = { UserPoolId, Identifier: "twin", Name: "Twin" };
    await api("CreateResourceServer", server);
    expect(await refusal(api("CreateResourceServer", server))).toBe(
      `InvalidParameterException: twin already exists in user pool ${UserPoolId}.`,
    );
    const elsewhere = await makePool(api);
    await api("CreateResourceServer", { ...server, UserPoolId: elsewhere.Id });
  });

  it("is not there for describing, updating and deleting when it was never made", async () => {
    const there = { UserPoolId, Identifier: "nothing" };
    const sentence = "ResourceNotFoundException: Resource server nothing does not exist.";
    expect(await refusal(api("DescribeResourceServer", there))).toBe(sentence);
    expect(await refusal(api("UpdateResourceServer", { ...there, Name: "x" }))).toBe(sentence);
    expect(await refusal(api("DeleteResourceServer", there))).toBe(sentence);
  });

  it.each([
    ["a space in the identifier", { Identifier: "a b" }, /'identifier' failed to satisfy constraint/],
    ["a quotation mark in the identifier", { Identifier: 'a"b' }, /'identifier' failed/],
    [
      "a slash in a scope's name",
      { Scopes: [{ ScopeName: "a/b", ScopeDescription: "x" }] },
      /'scopes\.1\.member\.scopeName' failed to satisfy constraint/,
    ],
    [
      "more than 100 scopes",
      { Scopes: Array.from({ length: 101 }, (_, i) => ({ ScopeName: `s${i}`, ScopeDescription: "x" })) },
      /'scopes' failed to satisfy constraint: Member must have length less than or equal to 100/,
    ],
    ["one scope twice", { Scopes: [SCOPES[0], SCOPES[0]] }, /read/],
  ])("is refused with %s", async (_what, given, sentence) => {
    const call = api("CreateResourceServer", {
      UserPoolId,
      Identifier: "bad",
      Name: "Bad",
      ...given,
    } as never);
    const refused = await refusal(call);
    expect(refused).toMatch(/^InvalidParameterException: /);
    expect(refused).toMatch(sentence);
  });

  it("is one of at most so many in a pool, however many are made at once", async () => {
    const pool = await makePool(api);
    const calls = Array.from({ length: 9 }, (_, i) =>
      api("CreateResourceServer", { UserPoolId: pool.Id, Identifier: `api${i}`, Name: "Api" }),
    );
    const { won, refusals } = await race(calls);
    expect(won).toBe(5);
    expect(refusals).toEqual([expect.stringMatching(/^LimitExceededException: /)]);
  });

  it("comes in pages, by default all 50, each once", async () => {
    const pool = await makePool(api);
    const made = ["c", "a", "b"];
    for (const Identifier of made)
      await api("CreateResourceServer", { UserPoolId: pool.Id, Identifier, Name: "n" });
    const seen: string[] = [];
    const sizes: number[] = [];
    const input = { UserPoolId: pool.Id, MaxResults: 2 };
    for await (const page of paginateListResourceServers({ client: world.client(), pageSize: 2 }, input)) {
      sizes.push(page.ResourceServers?.length ?? 0);
      seen.push(...(page.ResourceServers ?? []).map(({ Identifier }) => Identifier ?? ""));
    }
    expect(sizes).toEqual([2, 1]);
    expect(seen.toSorted()).toEqual(made.toSorted());
    const all = await api("ListResourceServers", { UserPoolId: pool.Id });
    expect([all.ResourceServers?.length, all.NextToken]).toEqual([3, undefined]);
  });

  it("goes with its pool", async () => {
    const pool = await makePool(api);
    await api("CreateResourceServer", { UserPoolId: pool.Id, Identifier: "a", Name: "n" });
    await api("DeleteUserPool", { UserPoolId: pool.Id });
    expect(await refusal(api("DescribeResourceServer", { UserPoolId: pool.Id, Identifier: "a" }))).toBe(
      `ResourceNotFoundException: User pool ${pool.Id} does not exist.`,
    );
  });
});

describe("a client's custom scopes", () => {
  const scopes = (...names: string[]) => ({ AllowedOAuthScopes: names });

  it("are those of resource servers, whose identifiers may hold slashes", async () => {
    const pool = await makePool(api);
    const there = { UserPoolId: pool.Id };
    await api("CreateResourceServer", { ...there, Identifier: IDENTIFIER, Name: "Orders", Scopes: SCOPES });
    const good = scopes("openid", `${IDENTIFIER}/read`, `${IDENTIFIER}/write`);
    const client = await makeClient(api, pool.Id, good);
    expect(client).toMatchObject(good);
    for (const scope of [
      `${IDENTIFIER}/delete`,
      `${IDENTIFIER}`,
      "read",
      "/read",
      "https://orders.example.com/v1/x/read",
    ])
      expect(await refusal(makeClient(api, pool.Id, scopes(scope)))).toBe(
        `ScopeDoesNotExistException: Invalid scope requested: ${scope}`,
      );
    const update = { ...there, ClientId: client.ClientId, ...scopes("orders/none") };
    expect(await refusal(api("UpdateUserPoolClient", update))).toMatch(/^ScopeDoesNotExistException: /);
  });

  it("stay on the client when the resource server loses them, until the client is updated", async () => {
    const pool = await makePool(api);
    const there = { UserPoolId: pool.Id };
    await api("CreateResourceServer", { ...there, Identifier: "api", Name: "Api", Scopes: SCOPES });
    const client = await makeClient(api, pool.Id, scopes("api/read"));
    const place = { ...there, ClientId: client.ClientId };
    await api("UpdateResourceServer", { ...there, Identifier: "api", Name: "Api" });
    const { UserPoolClient } = await api("DescribeUserPoolClient", place);
    expect(UserPoolClient?.AllowedOAuthScopes).toEqual(["api/read"]);
    expect(await refusal(api("UpdateUserPoolClient", { ...place, ...scopes("api/read") }))).toMatch(
      /^ScopeDoesNotExistException: /,
    );
  });

  it("are all that client credentials may have", async () => {
    const pool = await makePool(api);
    await api("CreateResourceServer", {
      UserPoolId: pool.Id,
      Identifier: "api",
      Name: "Api",
      Scopes: SCOPES,
    });
    const machine = {
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["client_credentials" as const],
    };
    const client = await makeClient(api, pool.Id, { ...machine, ...scopes("api/read", "api/write") });
    expect(client.AllowedOAuthScopes).toEqual(["api/read", "api/write"]);
    expect(await refusal(makeClient(api, pool.Id, { ...machine, ...scopes("api/read", "openid") }))).toMatch(
      /^InvalidOAuthFlowException: .*openid/,
    );
  });

  it("are at most 50", async () => {
    const pool = await makePool(api);
    const many = Array.from({ length: 51 }, (_, i) => ({ ScopeName: `s${i}`, ScopeDescription: "x" }));
    await api("CreateResourceServer", { UserPoolId: pool.Id, Identifier: "api", Name: "Api", Scopes: many });
    const names = many.map(({ ScopeName }) => `api/${ScopeName}`);
    await makeClient(api, pool.Id, scopes(...names.slice(1)));
    expect(await refusal(makeClient(api, pool.Id, scopes(...names)))).toMatch(
      /'allowedOAuthScopes' failed to satisfy constraint: Member must have length less than or equal to 50/,
    );
  });
});
