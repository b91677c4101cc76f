import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Api } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";

const { url, reason } = inject("postgres");
const CALLERS = 16;

const fulfilled = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter((result) => result.status === "fulfilled").length;
const codes = (results: readonly PromiseSettledResult<unknown>[]) => [
  ...new Set(results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []))),
];

describe.skipIf(url === null)(`limits on two nodes with one PostgreSQL ${reason}`, () => {
  let database: string;
  let nodes: Nodes;
  let a: Api;
  let b: Api;

  beforeAll(async () => {
    database = await createDatabase(url ?? "");
    nodes = await startNodes(database);
    [a, b] = nodes.apis;
  });
  afterAll(async () => {
    await nodes.close();
    await dropDatabase(url ?? "", database);
  });

  it("a client gets a second secret once", async () => {
    const { Id: UserPoolId } = await makePool(a);
    for (let attempt = 0; attempt < 5; attempt++) {
      const { ClientId } = await makeClient(a, UserPoolId, { GenerateSecret: true });
      const results = await nodes.race(CALLERS, (api) =>
        api("AddUserPoolClientSecret", { UserPoolId, ClientId }),
      );
      expect(fulfilled(results)).toBe(1);
      expect(codes(results)).toEqual(["LimitExceededException"]);
      expect((await b("ListUserPoolClientSecrets", { UserPoolId, ClientId })).ClientSecrets).toHaveLength(2);
    }
  });

  it("a user has no more sessions than the pool allows", async () => {
    const { Id: UserPoolId } = await makePool(a);
    const client = await makeClient(a, UserPoolId);
    await makeUser(a, UserPoolId, "ana", { password: PASSWORD });
    await b("SetUserPoolSessionConfiguration", {
      UserPoolId,
      UserSessionTracking: "ENABLED",
      TokenSession: { MaxPerUser: 3 },
    });
    const results = await nodes.race(CALLERS, (api) => signIn(api, client, "ana"));
    expect(fulfilled(results)).toBe(CALLERS);
    const { Sessions } = await b("AdminListUserSessions", { UserPoolId, Username: "ana" });
    expect(Sessions).toHaveLength(3);
  });

  it("a user is linked to five identities, and an identity to one user", async () => {
    const { Id: UserPoolId } = await makePool(a);
    await a("CreateIdentityProvider", {
      UserPoolId,
      ProviderName: "Google",
      ProviderType: "Google",
      ProviderDetails: { client_id: "c", client_secret: "s", authorize_scopes: "email" },
    });
    await makeUser(a, UserPoolId, "ana");
    await makeUser(a, UserPoolId, "bob");
    const link = (api: Api, username: string, subject: string) =>
      api("AdminLinkProviderForUser", {
        UserPoolId,
        DestinationUser: { ProviderName: "Cognito", ProviderAttributeValue: username },
        SourceUser: {
          ProviderName: "Google",
          ProviderAttributeName: "Cognito_Subject",
          ProviderAttributeValue: subject,
        },
      });
    let next = 0;
    const many = await nodes.race(CALLERS, (api) => link(api, "ana", String(next++)));
    expect(fulfilled(many)).toBe(5);
    expect(codes(many)).toEqual(["LimitExceededException"]);
    const identities = async (Username: string) => {
      const { UserAttributes } = await b("AdminGetUser", { UserPoolId, Username });
      return JSON.parse(UserAttributes?.find(({ Name }) => Name === "identities")?.Value ?? "[]");
    };
    expect(await identities("ana")).toHaveLength(5);
    await makeUser(a, UserPoolId, "eve");
    const one = await nodes.race(CALLERS, (api) => link(api, next++ % 2 ? "bob" : "eve", "shared"));
    expect(fulfilled(one)).toBe(1);
    expect([...(await identities("bob")), ...(await identities("eve"))]).toHaveLength(1);
  });
});
