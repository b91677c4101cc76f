import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { parseConfig } from "../../src/config/config.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool, makeUser } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { startWorld } from "../support/world.ts";

const QUOTAS = {
  userPools: 3,
  clientsPerPool: 2,
  identityProvidersPerPool: 2,
  resourceServersPerPool: 2,
  groupsPerPool: 3,
  groupsPerUser: 2,
};

const OIDC = {
  client_id: "id",
  authorize_scopes: "openid",
  oidc_issuer: "https://login.example.com",
  attributes_request_method: "GET",
};

/** What makes the n-th resource of each kind in a pool. */
const MAKES: readonly (readonly [
  string,
  number,
  (api: Api, UserPoolId: string, n: number) => Promise<unknown>,
])[] = [
  ["app clients", 2, (api, pool) => makeClient(api, pool)],
  [
    "identity providers",
    2,
    (api, UserPoolId, n) =>
      api("CreateIdentityProvider", {
        UserPoolId,
        ProviderName: `Corp${n}`,
        ProviderType: "OIDC",
        ProviderDetails: OIDC,
      }),
  ],
  [
    "resource servers",
    2,
    (api, UserPoolId, n) => api("CreateResourceServer", { UserPoolId, Identifier: `api${n}`, Name: "Api" }),
  ],
  ["groups", 3, (api, UserPoolId, n) => api("CreateGroup", { UserPoolId, GroupName: `group${n}` })],
];

describe("quotas", () => {
  it("are Cognito's unless the operator says otherwise", () => {
    expect(parseConfig({}).quotas).toEqual({
      userPools: 1000,
      clientsPerPool: 1000,
      identityProvidersPerPool: 300,
      resourceServersPerPool: 25,
      groupsPerPool: 10_000,
      groupsPerUser: 100,
    });
  });

  describe("on one server", () => {
    let world: Awaited<ReturnType<typeof startWorld>>;
    let api: Api;
    let UserPoolId: string;
    beforeAll(async () => {
      world = await startWorld({ quotas: QUOTAS });
      api = apiOf(world);
      UserPoolId = (await makePool(api)).Id;
    });
    afterAll(() => closeWithinModel(world));

    it.each(MAKES)(
      "refuse %s beyond %i, and take one again when another is gone",
      async (what, most, make) => {
        for (let n = 0; n < most; n++) await make(api, UserPoolId, n);
        expect(await refusal(make(api, UserPoolId, most))).toMatch(/^LimitExceededException: /);
        if (what !== "groups") return;
        await api("DeleteGroup", { UserPoolId, GroupName: "group0" });
        await make(api, UserPoolId, most);
      },
    );

    it("refuse more groups for one user, but not one that the user is in", async () => {
      await makeUser(api, UserPoolId, "ana");
      const add = (GroupName: string) =>
        api("AdminAddUserToGroup", { UserPoolId, Username: "ana", GroupName });
      for (const name of ["group1", "group2", "group2"]) await add(name);
      expect(await refusal(add("group3"))).toMatch(/^InvalidParameterException: .*2 groups/);
    });

    it("refuse pools beyond 3 in a region, and leave other regions alone", async () => {
      for (let n = 1; n < 3; n++) await makePool(api);
      expect(await refusal(makePool(api))).toMatch(/^LimitExceededException: /);
      const { CreateUserPoolCommand } = await import("@aws-sdk/client-cognito-identity-provider");
      await world.client("eu-west-1").send(new CreateUserPoolCommand({ PoolName: "elsewhere" }));
      await api("DeleteUserPool", { UserPoolId });
      await makePool(api);
    });
  });

  const { url, reason } = inject("postgres");
  describe.skipIf(url === null)(`on two nodes on one PostgreSQL ${reason}`, () => {
    let database: string;
    let nodes: Nodes;
    beforeAll(async () => {
      database = await createDatabase(url ?? "");
      nodes = await startNodes(database, { quotas: QUOTAS });
    });
    afterAll(async () => {
      await nodes.close();
      await dropDatabase(url ?? "", database);
    });

    it("hold for what is made at once on both", async () => {
      const { Id } = await makePool(nodes.apis[0]);
      for (const [what, most, make] of MAKES) {
        let n = 0;
        const results = await nodes.race(12, (api) => make(api, Id, n++));
        const made = results.filter(({ status }) => status === "fulfilled");
        expect([what, made.length]).toEqual([what, most]);
        for (const result of results)
          if (result.status === "rejected")
            expect(result.reason.code).toMatch(/^(LimitExceeded|TooManyRequests)Exception$/);
      }
    });
  });
});

describe("limits that the API's model sets", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let api: Api;
  let UserPoolId: string;
  beforeAll(async () => {
    world = await startWorld();
    api = apiOf(world);
    UserPoolId = (await makePool(api)).Id;
  });
  afterAll(() => closeWithinModel(world));

  const urls = (count: number) => Array.from({ length: count }, (_, i) => `https://app.example.com/${i}`);
  const client = (settings: Partial<Input<"CreateUserPoolClient">>) => makeClient(api, UserPoolId, settings);

  it.each(["CallbackURLs", "LogoutURLs"])("take 100 %s and no more", async (name) => {
    expect((await client({ [name]: urls(100) }))[name as "CallbackURLs"]).toHaveLength(100);
    expect(await refusal(client({ [name]: urls(101) }))).toMatch(
      /^InvalidParameterException: .*Member must have length less than or equal to 100$/,
    );
  });

  it("take a URL of 1,024 characters and no more", async () => {
    const long = `https://app.example.com/${"a".repeat(1000)}`;
    await client({ CallbackURLs: [long] });
    expect(await refusal(client({ CallbackURLs: [`${long}a`] }))).toMatch(/less than or equal to 1024/);
  });

  it("take 50 identifiers of an identity provider and no more", async () => {
    const make = (ProviderName: string, count: number) =>
      api("CreateIdentityProvider", {
        UserPoolId,
        ProviderName,
        ProviderType: "OIDC",
        ProviderDetails: OIDC,
        IdpIdentifiers: Array.from({ length: count }, (_, i) => `${ProviderName}${i}`),
      });
    expect((await make("Many", 50)).IdentityProvider?.IdpIdentifiers).toHaveLength(50);
    expect(await refusal(make("More", 51))).toMatch(/'idpIdentifiers' failed to satisfy constraint/);
  });
});
