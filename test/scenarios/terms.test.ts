import {
  DescribeTermsByClientCommand,
  ListTermsCommand,
  type TermsDescriptionType,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { type Api, apiOf, race, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

type Given = Partial<Omit<Input<"CreateTerms">, "UserPoolId">>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NO_TERMS = "ResourceNotFoundException: Terms do not exist.";
const LINKS = { "cognito:default": "https://example.com/terms" };

let world: World;
let api: Api;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

async function place() {
  const { Id: UserPoolId } = await makePool(api);
  const { ClientId } = await makeClient(api, UserPoolId);
  return {
    UserPoolId,
    ClientId,
    async create(given: Given = {}) {
      const defaults = {
        ClientId,
        TermsName: "terms-of-use",
        TermsSource: "LINK",
        Enforcement: "NONE",
        Links: LINKS,
      } as const;
      const { Terms } = await api("CreateTerms", { UserPoolId, ...defaults, ...given });
      if (!Terms) throw new Error("No terms were made");
      return Terms;
    },
    find: async (TermsId: string) => (await api("DescribeTerms", { UserPoolId, TermsId })).Terms,
    update: async (TermsId: string, given: object) =>
      (await api("UpdateTerms", { UserPoolId, TermsId, ...given })).Terms,
  };
}

describe("terms of a client", () => {
  it("are made, found, changed in part, and go", async () => {
    const { UserPoolId, ClientId, create, find, update } = await place();
    const Links = { ...LINKS, "cognito:spanish": "https://example.com/es" };
    const made = await create({ Links });
    expect(made).toEqual({
      TermsId: expect.stringMatching(UUID),
      UserPoolId,
      ClientId,
      TermsName: "terms-of-use",
      TermsSource: "LINK",
      Enforcement: "NONE",
      Links,
      CreationDate: expect.any(Number),
      LastModifiedDate: made.CreationDate,
    });
    const { TermsId } = made;
    expect(await find(TermsId)).toEqual(made);
    expect(await update(TermsId, { TermsName: "privacy-policy" })).toMatchObject({
      TermsName: "privacy-policy",
      Links,
    });
    expect(await update(TermsId, { Links: LINKS })).toMatchObject({
      TermsName: "privacy-policy",
      Links: LINKS,
    });
    expect((await find(TermsId))?.Links).toEqual(LINKS);
    expect(await api("DeleteTerms", { UserPoolId, TermsId })).toBeUndefined();
    expect(await refusal(find(TermsId))).toBe(NO_TERMS);
    expect(await refusal(update(TermsId, {}))).toBe(NO_TERMS);
    expect(await refusal(api("DeleteTerms", { UserPoolId, TermsId }))).toBe(NO_TERMS);
  });

  it("are found by client and name, by the SDK", async () => {
    const { UserPoolId, ClientId, create } = await place();
    const { TermsId } = await create({ TermsName: "privacy-policy" });
    const ask = (TermsName: string) =>
      world.client().send(new DescribeTermsByClientCommand({ UserPoolId, ClientId, TermsName }));
    expect((await ask("privacy-policy")).Terms).toMatchObject({ TermsId, ClientId, Links: LINKS });
    await expect(ask("terms-of-use")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("are one of each name for a client", async () => {
    const { UserPoolId, create, update } = await place();
    const first = await create();
    expect(await refusal(create())).toMatch(/^TermsExistsException/);
    const second = await create({ TermsName: "privacy-policy" });
    expect(await refusal(update(second.TermsId, { TermsName: "terms-of-use" }))).toMatch(
      /^TermsExistsException/,
    );
    await update(first.TermsId, { TermsName: "terms-of-use" });
    await create({ ClientId: (await makeClient(api, UserPoolId)).ClientId });
    const at = await place();
    const { won, refusals } = await race(Array.from({ length: 10 }, () => at.create()));
    expect(won).toBe(1);
    expect(refusals).toEqual([expect.stringMatching(/^TermsExistsException/)]);
  });

  it("link to the web, in languages that the pages have", async () => {
    const { create, update } = await place();
    const { TermsId } = await create();
    const bad: Record<string, string>[] = [
      { "cognito:default": "javascript:alert(1)" },
      { "cognito:default": "ftp://example.com" },
      { "cognito:default": "example.com/terms" },
      { "cognito:default": "https://exa mple.com" },
      { "cognito:klingon": "https://example.com" },
      {},
    ];
    for (const Links of bad) {
      expect(await refusal(create({ TermsName: "privacy-policy", Links })), JSON.stringify(Links)).toMatch(
        /^InvalidParameterException/,
      );
      expect(await refusal(update(TermsId, { Links }))).toMatch(/^InvalidParameterException/);
    }
    const { UserPoolId, ClientId } = await place();
    const without = { UserPoolId, ClientId, TermsName: "terms-of-use", TermsSource: "LINK" } as const;
    const made = api("CreateTerms", { ...without, Enforcement: "NONE" });
    expect(await refusal(made)).toMatch(/^InvalidParameterException/);
  });

  it("have the names terms-of-use and privacy-policy and no other", async () => {
    const { create } = await place();
    expect(await refusal(create({ TermsName: "cookies" }))).toMatch(/^InvalidParameterException/);
  });

  it("go with their client, and are not seen from another pool", async () => {
    const mine = await place();
    const theirs = await place();
    const { TermsId } = await mine.create();
    expect(await refusal(theirs.find(TermsId))).toBe(NO_TERMS);
    expect(await refusal(theirs.update(TermsId, {}))).toBe(NO_TERMS);
    expect(await refusal(theirs.create({ ClientId: mine.ClientId }))).toMatch(/^ResourceNotFoundException/);
    await api("DeleteUserPoolClient", { UserPoolId: mine.UserPoolId, ClientId: mine.ClientId });
    expect(await refusal(mine.find(TermsId))).toBe(NO_TERMS);
  });

  it("are at most 40 in a pool, listed page by page", async () => {
    const { UserPoolId, ClientId, create } = await place();
    const clients = [ClientId];
    while (clients.length < 20) clients.push((await makeClient(api, UserPoolId)).ClientId);
    const made = [];
    for (const client of clients)
      for (const TermsName of ["terms-of-use", "privacy-policy"] as const)
        made.push(await create({ ClientId: client, TermsName }));
    const more = (await makeClient(api, UserPoolId)).ClientId;
    expect(await refusal(create({ ClientId: more }))).toMatch(/^LimitExceededException/);
    const listed: TermsDescriptionType[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await world.client().send(new ListTermsCommand({ UserPoolId, MaxResults: 15, NextToken }));
      sizes.push(page.Terms?.length ?? 0);
      listed.push(...(page.Terms ?? []));
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(sizes).toEqual([15, 15, 10]);
    expect(listed.map(({ TermsId }) => TermsId).sort()).toEqual(made.map(({ TermsId }) => TermsId).sort());
    expect(Object.keys(listed[0] ?? {}).sort()).toEqual(
      ["CreationDate", "Enforcement", "LastModifiedDate", "TermsId", "TermsName"].sort(),
    );
    const foreign = world.client().send(new ListTermsCommand({ UserPoolId, NextToken: "nonsense" }));
    await expect(foreign).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe.skipIf(awsCliMissing)(`terms, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("are made and listed", async () => {
    const { UserPoolId, ClientId } = await place();
    const aws = awsCli(world.url);
    const made = await aws(
      ...["create-terms", "--user-pool-id", UserPoolId, "--client-id", ClientId],
      ...["--terms-name", "terms-of-use", "--terms-source", "LINK", "--enforcement", "NONE"],
      ...["--links", "cognito:default=https://example.com/t"],
    );
    expect(made.output.Terms.Links).toEqual({ "cognito:default": "https://example.com/t" });
    const listed = await aws("list-terms", "--user-pool-id", UserPoolId);
    expect(listed.output.Terms).toHaveLength(1);
  });
});
