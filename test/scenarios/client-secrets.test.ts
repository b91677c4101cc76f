import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool, makeUser, PASSWORD, signIn } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

const OWN_SECRET = "of24CharactersAndMore0123456789+_";
const TOO_MANY = "LimitExceededException: Maximum number of client secrets has been reached.";

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

async function confidential(settings = {}) {
  const { Id: UserPoolId } = await makePool(api);
  const client = await makeClient(api, UserPoolId, { GenerateSecret: true, ...settings });
  await makeUser(api, UserPoolId, "ana", { password: PASSWORD });
  const { ClientId, ClientSecret = "" } = client;
  const place = { UserPoolId, ClientId };
  return {
    place,
    ClientSecret,
    add: async (ClientSecret?: string) =>
      (await api("AddUserPoolClientSecret", { ...place, ...(ClientSecret ? { ClientSecret } : {}) }))
        .ClientSecretDescriptor,
    list: async () => (await api("ListUserPoolClientSecrets", place)).ClientSecrets ?? [],
    remove: (ClientSecretId = "") => api("DeleteUserPoolClientSecret", { ...place, ClientSecretId }),
    shown: async () => (await api("DescribeUserPoolClient", place)).UserPoolClient?.ClientSecret,
    signIn: (ClientSecret: string) => signIn(api, { ClientId, ClientSecret }, "ana"),
  };
}

describe("a client's secrets", () => {
  it("are told once, when the server generates them, and listed without their values", async () => {
    const { place, add, list } = await confidential();
    const first = { ClientSecretId: expect.any(String), ClientSecretCreateDate: expect.any(Number) };
    expect(await list()).toEqual([first]);
    await world.advanceSeconds(10);
    const added = await add();
    expect(added).toEqual({ ...first, ClientSecretValue: expect.stringMatching(/^[0-9a-v]{51}$/) });
    expect(added?.ClientSecretId).toMatch(new RegExp(`^${place.ClientId}--\\d{13}$`));
    const listed = await list();
    const { ClientSecretValue: _, ...second } = added ?? {};
    expect(listed).toEqual([first, second]);
    const [older, newer] = listed.map((one) => Number(one.ClientSecretCreateDate));
    expect(Number(newer) - Number(older)).toBeGreaterThanOrEqual(10);
  });

  it("are not told when they were given", async () => {
    const { add, signIn } = await confidential();
    expect(await add(OWN_SECRET)).not.toHaveProperty("ClientSecretValue");
    await signIn(OWN_SECRET);
  });

  it("are both in force for SECRET_HASH, GetTokensFromRefreshToken and RevokeToken until one is deleted", async () => {
    const { place, ClientSecret, add, list, remove, signIn } = await confidential();
    const { ClientId } = place;
    const added = (await add())?.ClientSecretValue ?? "";
    const refresh = (RefreshToken: string, ClientSecret: string) =>
      api("GetTokensFromRefreshToken", { ClientId, RefreshToken, ClientSecret });
    const revoke = (Token: string, ClientSecret: string) =>
      api("RevokeToken", { ClientId, Token, ClientSecret });
    for (const secret of [ClientSecret, added]) {
      const { RefreshToken } = await signIn(secret);
      await refresh(RefreshToken, secret);
      await revoke(RefreshToken, secret);
    }
    const { RefreshToken } = await signIn(added);
    const [older] = await list();
    expect(await remove(older?.ClientSecretId)).toEqual({});
    expect(await refusal(signIn(ClientSecret))).toBe(
      `NotAuthorizedException: Unable to verify secret hash for client ${ClientId}`,
    );
    expect(await refusal(refresh(RefreshToken, ClientSecret))).toMatch(/^NotAuthorizedException: /);
    expect(await refusal(revoke(RefreshToken, ClientSecret))).toMatch(/^UnauthorizedException: /);
    await refresh(RefreshToken, added);
    await revoke(RefreshToken, added);
    await signIn(added);
  });

  it("are two at most, also when several are added at once", async () => {
    const { add, list, remove } = await confidential();
    expect(await race(Array.from({ length: 10 }, () => add()))).toEqual({ won: 1, refusals: [TOO_MANY] });
    const both = await list();
    expect(both).toHaveLength(2);
    expect(new Set(both.map((one) => one.ClientSecretId)).size).toBe(2);
    await remove(both[1]?.ClientSecretId);
    await add();
    expect(await list()).toHaveLength(2);
  });

  it("are never all deleted, also when both are at once", async () => {
    const { place, add, list, remove } = await confidential();
    const [only] = await list();
    const last = "InvalidParameterException: The last secret of a user pool client cannot be deleted.";
    expect(await refusal(remove(only?.ClientSecretId))).toBe(last);
    await add();
    const both = await list();
    expect(await race(both.map((one) => remove(one.ClientSecretId)))).toEqual({ won: 1, refusals: [last] });
    expect(await list()).toHaveLength(1);
    expect(await refusal(remove(`${place.ClientId}--1`))).toBe(
      "ResourceNotFoundException: Client secret not found.",
    );
  });

  it("are shown by DescribeUserPoolClient: the older one while there are two", async () => {
    const { place, ClientSecret, add, list, remove, shown } = await confidential();
    const added = await add();
    expect(await shown()).toBe(ClientSecret);
    await api("UpdateUserPoolClient", place);
    expect(await list()).toHaveLength(2);
    const [older] = await list();
    await remove(older?.ClientSecretId);
    expect(await shown()).toBe(added?.ClientSecretValue);
  });

  it("are not for public clients, nor for those of another pool or of none", async () => {
    const { Id: UserPoolId } = await makePool(api);
    const { ClientId } = await makeClient(api, UserPoolId);
    const add = (given: { UserPoolId: string; ClientId: string }) =>
      refusal(api("AddUserPoolClientSecret", given));
    expect(await add({ UserPoolId, ClientId })).toMatch(/^InvalidParameterException: /);
    expect((await api("ListUserPoolClientSecrets", { UserPoolId, ClientId })).ClientSecrets).toEqual([]);
    const { place } = await confidential();
    const mixed = { UserPoolId, ClientId: place.ClientId };
    const missing = `ResourceNotFoundException: User pool client ${place.ClientId} does not exist.`;
    expect(await add(mixed)).toBe(missing);
    expect(await refusal(api("ListUserPoolClientSecrets", mixed))).toBe(missing);
    const one = { ...mixed, ClientSecretId: "x" };
    expect(await refusal(api("DeleteUserPoolClientSecret", one))).toBe(missing);
    expect(await add({ UserPoolId: "us-east-1_none", ClientId })).toBe(
      "ResourceNotFoundException: User pool us-east-1_none does not exist.",
    );
  });

  it("are nowhere in the data files", async () => {
    const { ClientSecret, add } = await confidential();
    await add(OWN_SECRET);
    const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const content = readFileSync(join(file.parentPath, file.name));
      expect(content.includes(OWN_SECRET)).toBe(false);
      expect(content.includes(ClientSecret)).toBe(false);
    }
  });
});

describe.skipIf(awsCliMissing)(`by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("a secret is replaced without a moment without one", async () => {
    const { place, ClientSecret, signIn } = await confidential();
    const aws = awsCli(world.url);
    const client = ["--user-pool-id", place.UserPoolId, "--client-id", place.ClientId];
    const added = await aws("add-user-pool-client-secret", ...client);
    await signIn(ClientSecret);
    const { ClientSecretValue } = added.output.ClientSecretDescriptor;
    const listed = await aws("list-user-pool-client-secrets", ...client);
    const [older] = listed.output.ClientSecrets;
    const gone = await aws(
      "delete-user-pool-client-secret",
      ...client,
      "--client-secret-id",
      older.ClientSecretId,
    );
    expect(gone.status).toBe(0);
    await signIn(ClientSecretValue);
  });
});
