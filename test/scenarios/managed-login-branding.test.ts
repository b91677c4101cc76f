import {
  CreateManagedLoginBrandingCommand,
  DescribeManagedLoginBrandingCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Input } from "../../src/api/operation.ts";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { awsCli, awsCliMissing } from "../support/aws-cli.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { type Nodes, startNodes } from "../support/nodes.ts";
import { createDatabase, dropDatabase } from "../support/postgres.ts";
import { startWorld, type World } from "../support/world.ts";

type Given = Omit<Input<"CreateManagedLoginBranding">, "UserPoolId" | "ClientId">;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NO_STYLE = "ResourceNotFoundException: Managed login branding does not exist.";
const LOGO = { Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "PNG" } as const;
const asset = (text: string, more: object = {}) => ({
  ...LOGO,
  Bytes: Buffer.from(text).toString("base64"),
  ...more,
});
const SETTINGS = {
  categories: { global: { colorSchemeMode: "DARK" }, form: { location: { horizontal: "START" } } },
  components: { form: { borderRadius: 4.5 } },
};

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
  const create = async (given: Given = {}, client = ClientId) => {
    const made = await api("CreateManagedLoginBranding", { UserPoolId, ClientId: client, ...given });
    return { ...made.ManagedLoginBranding, Id: made.ManagedLoginBranding?.ManagedLoginBrandingId ?? "" };
  };
  return {
    UserPoolId,
    ClientId,
    create,
    update: async (ManagedLoginBrandingId: string, given: Given) =>
      (await api("UpdateManagedLoginBranding", { UserPoolId, ManagedLoginBrandingId, ...given }))
        .ManagedLoginBranding,
    describe: async (ManagedLoginBrandingId: string, ReturnMergedResources?: boolean) =>
      (
        await api("DescribeManagedLoginBranding", {
          UserPoolId,
          ManagedLoginBrandingId,
          ...(ReturnMergedResources === undefined ? {} : { ReturnMergedResources }),
        })
      ).ManagedLoginBranding,
    ofClient: async (client: string) =>
      (await api("DescribeManagedLoginBrandingByClient", { UserPoolId, ClientId: client }))
        .ManagedLoginBranding,
  };
}

describe("a style of managed login", () => {
  it("is made, found by its id and by its client, and goes", async () => {
    const { UserPoolId, ClientId, create, describe: found, ofClient } = await place();
    const { Id, ...made } = await create({ Settings: SETTINGS, Assets: [asset("logo")] });
    expect(made).toEqual({
      ManagedLoginBrandingId: expect.stringMatching(UUID),
      UserPoolId,
      UseCognitoProvidedValues: false,
      Settings: SETTINGS,
      Assets: [asset("logo")],
      CreationDate: expect.any(Number),
      LastModifiedDate: made.CreationDate,
    });
    expect(await found(Id)).toEqual(made);
    expect(await ofClient(ClientId)).toEqual(made);
    expect(
      await api("DeleteManagedLoginBranding", { UserPoolId, ManagedLoginBrandingId: Id }),
    ).toBeUndefined();
    expect(await refusal(found(Id))).toBe(NO_STYLE);
    expect(await refusal(ofClient(ClientId))).toBe(NO_STYLE);
    expect(await refusal(api("DeleteManagedLoginBranding", { UserPoolId, ManagedLoginBrandingId: Id }))).toBe(
      NO_STYLE,
    );
    await create();
  });

  it("comes back from the SDK as the documents and bytes that it was given", async () => {
    const { UserPoolId, ClientId } = await place();
    const sdk = world.client();
    const Settings = { ...SETTINGS, components: { idpButton: { custom: {}, list: [1, "two", null, true] } } };
    const Bytes = Uint8Array.from([0, 1, 2, 255]);
    const made = await sdk.send(
      new CreateManagedLoginBrandingCommand({
        UserPoolId,
        ClientId,
        Settings,
        Assets: [{ Category: "FAVICON_ICO", ColorMode: "DYNAMIC", Extension: "ICO", Bytes }],
      }),
    );
    const { ManagedLoginBrandingId } = made.ManagedLoginBranding ?? {};
    const read = await sdk.send(
      new DescribeManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId }),
    );
    expect(read.ManagedLoginBranding?.Settings).toEqual(Settings);
    expect(Buffer.from(read.ManagedLoginBranding?.Assets?.[0]?.Bytes ?? []).equals(Bytes)).toBe(true);
    expect(read.ManagedLoginBranding?.CreationDate).toBeInstanceOf(Date);
  });

  it("may be the defaults, which are shown where they are asked for", async () => {
    const { create, describe: found } = await place();
    const { Id, ...made } = await create({ UseCognitoProvidedValues: true });
    expect(made).toMatchObject({ UseCognitoProvidedValues: true, Assets: [] });
    expect(made).not.toHaveProperty("Settings");
    expect(await found(Id, false)).toEqual(made);
    const merged = (await found(Id, true))?.Settings;
    expect(merged).toMatchObject({
      categories: { global: { colorSchemeMode: "LIGHT" } },
      componentClasses: { buttons: { borderRadius: 8 } },
      components: { primaryButton: { lightMode: { defaults: { textColor: "ffffffff" } } } },
    });
  });

  it("has the defaults below what it says itself, member by member, and lists as a whole", async () => {
    const { create, describe: found } = await place();
    const authMethodOrder = [[{ display: "INPUT", type: "USERNAME_PASSWORD" }]];
    const { Id } = await create({ Settings: { ...SETTINGS, categories: { auth: { authMethodOrder } } } });
    expect((await found(Id, true))?.Settings).toMatchObject({
      categories: {
        auth: { authMethodOrder, federation: { interfaceStyle: "BUTTON_LIST" } },
        form: { location: { horizontal: "CENTER", vertical: "CENTER" } },
      },
      components: { form: { borderRadius: 4.5, lightMode: { backgroundColor: "ffffffff" } } },
    });
    expect((await found(Id))?.Settings).toEqual({ ...SETTINGS, categories: { auth: { authMethodOrder } } });
  });

  it("keeps what an update does not name, so that it can be sent in parts", async () => {
    const { create, update, describe: found } = await place();
    const { Id } = await create({ Settings: SETTINGS, Assets: [asset("one")] });
    const dark = asset("two", { ColorMode: "DARK" });
    await update(Id, { Assets: [dark] });
    await update(Id, { Settings: { categories: { global: { spacingDensity: "COMPACT" } } } });
    await update(Id, { Assets: [asset("<svg/>", { Extension: "SVG" })] });
    const updated = await update(Id, {});
    expect(updated).toMatchObject({
      UseCognitoProvidedValues: false,
      Settings: {
        categories: {
          global: { colorSchemeMode: "DARK", spacingDensity: "COMPACT" },
          form: SETTINGS.categories.form,
        },
        components: SETTINGS.components,
      },
      Assets: [dark, asset("<svg/>", { Extension: "SVG" })],
    });
    expect(await found(Id)).toEqual(updated);
  });

  it("goes back to the defaults, and from them to settings of its own", async () => {
    const { create, update } = await place();
    const { Id } = await create({ Settings: SETTINGS, Assets: [asset("one")] });
    const back = await update(Id, { UseCognitoProvidedValues: true });
    expect(back).toMatchObject({ UseCognitoProvidedValues: true, Assets: [] });
    expect(back).not.toHaveProperty("Settings");
    expect(await update(Id, { Settings: SETTINGS })).toMatchObject({
      UseCognitoProvidedValues: false,
      Settings: SETTINGS,
    });
  });

  it("is refused with both the defaults and settings, or with settings that are none", async () => {
    const { create, update, ofClient, ClientId } = await place();
    const bad: Given[] = [
      { UseCognitoProvidedValues: true, Settings: SETTINGS },
      { Settings: [] },
      { Settings: "{}" },
      { Settings: { colours: {} } },
      { Assets: [LOGO] },
      { Assets: [asset("a"), asset("b")] },
    ];
    for (const given of bad) expect(await refusal(create(given))).toMatch(/^InvalidParameterException/);
    expect(await refusal(ofClient(ClientId))).toBe(NO_STYLE);
    const { Id, ...made } = await create({ Settings: SETTINGS });
    for (const given of bad) expect(await refusal(update(Id, given))).toMatch(/^InvalidParameterException/);
    expect(await ofClient(ClientId)).toEqual(made);
  });

  it("keeps assets beside the defaults, as Terraform sends them", async () => {
    const { create } = await place();
    const made = await create({ UseCognitoProvidedValues: true, Assets: [asset("logo")] });
    expect(made).toMatchObject({ UseCognitoProvidedValues: true, Assets: [asset("logo")] });
  });

  it("is one for each client", async () => {
    const { UserPoolId, ClientId, create } = await place();
    await create();
    expect(await refusal(create())).toMatch(/^ManagedLoginBrandingExistsException/);
    const second = await makeClient(api, UserPoolId);
    await create({}, second.ClientId);
    const stranger = await place();
    expect(await refusal(create({}, stranger.ClientId))).toMatch(
      /^ResourceNotFoundException: User pool client/,
    );
    await api("DeleteUserPoolClient", { UserPoolId, ClientId });
  });

  it("goes with its client, and is not seen from another pool", async () => {
    const mine = await place();
    const theirs = await place();
    const { Id } = await mine.create({ Assets: [asset("logo")] });
    expect(await refusal(theirs.describe(Id))).toBe(NO_STYLE);
    expect(await refusal(theirs.update(Id, {}))).toBe(NO_STYLE);
    await api("DeleteUserPoolClient", { UserPoolId: mine.UserPoolId, ClientId: mine.ClientId });
    expect(await refusal(mine.describe(Id))).toBe(NO_STYLE);
  });

  it("is one of at most 20 in a pool", async () => {
    const { UserPoolId, create } = await place();
    await create();
    for (let n = 1; n < 20; n++) await create({}, (await makeClient(api, UserPoolId)).ClientId);
    const { ClientId } = await makeClient(api, UserPoolId);
    expect(await refusal(create({}, ClientId))).toMatch(/^LimitExceededException/);
  });

  it("takes two megabytes in a request, a million bytes in an asset, and forty assets", async () => {
    const { create, update, describe: found } = await place();
    const big = (letter: string, more: object) => asset(letter.repeat(700_000), more);
    const { Id } = await create({
      Assets: [big("a", { Category: "PAGE_BACKGROUND" }), big("b", { Category: "FORM_BACKGROUND" })],
    });
    await update(Id, { Assets: [asset("c".repeat(1_000_000), { ColorMode: "DARK" })] });
    const sizes = (await found(Id))?.Assets?.map(({ Bytes }) => Buffer.from(Bytes ?? "", "base64").length);
    expect(sizes).toEqual([700_000, 1_000_000, 700_000]);
    expect(await refusal(update(Id, { Assets: [asset("d".repeat(1_000_001))] }))).toMatch(
      /less than or equal to 1000000/,
    );
    const icons = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        asset("i", { Category: "IDP_BUTTON_ICON", ResourceId: `idp ${n}` }),
      );
    expect(await refusal(update(Id, { Assets: icons(41) }))).toMatch(/less than or equal to 40/);
    expect(await refusal(update(Id, { Assets: icons(38) }))).toMatch(
      /^InvalidParameterException: .*40 assets/,
    );
    expect((await found(Id))?.Assets).toHaveLength(3);
    expect((await update(Id, { Assets: icons(37) }))?.Assets).toHaveLength(40);
  });

  it("keeps names of JavaScript's own objects as settings like any other", async () => {
    const { create, update, describe: found } = await place();
    const Settings = JSON.parse('{"components":{"__proto__":{"polluted":true},"constructor":{"a":1}}}');
    const { Id } = await create({ Settings });
    await update(Id, { Settings: JSON.parse('{"components":{"__proto__":{"more":1}}}') });
    const text = JSON.stringify((await found(Id, true))?.Settings);
    expect(text).toContain('"__proto__":{"polluted":true,"more":1}');
    expect({}).not.toHaveProperty("polluted");
  });
});

describe.skipIf(awsCliMissing)(`a style of managed login, by the AWS CLI ${awsCliMissing ?? ""}`, () => {
  it("is made of a document and read again", async () => {
    const { UserPoolId, ClientId } = await place();
    const aws = awsCli(world.url);
    const names = ["--user-pool-id", UserPoolId, "--client-id", ClientId];
    const made = await aws("create-managed-login-branding", ...names, "--settings", JSON.stringify(SETTINGS));
    expect(made.errorText).toBe("");
    expect(made.output.ManagedLoginBranding).toMatchObject({ UserPoolId, Settings: SETTINGS });
    const read = await aws(
      "describe-managed-login-branding-by-client",
      ...names,
      "--return-merged-resources",
    );
    expect(read.output.ManagedLoginBranding.Settings).toMatchObject(SETTINGS);
    expect(read.output.ManagedLoginBranding.Settings.componentClasses).toBeDefined();
  });
});

const { url, reason } = inject("postgres");

describe.skipIf(url === null)(`styles on two nodes on one PostgreSQL ${reason}`, () => {
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

  it("of one client: of ten at once one is made, and parts sent at once are all kept", async () => {
    const [a, b] = nodes.apis;
    const { Id: UserPoolId } = await makePool(a);
    const { ClientId } = await makeClient(a, UserPoolId);
    const results = await nodes.race(10, (node) =>
      node("CreateManagedLoginBranding", { UserPoolId, ClientId }),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const found = await b("DescribeManagedLoginBrandingByClient", { UserPoolId, ClientId });
    const ManagedLoginBrandingId = found.ManagedLoginBranding?.ManagedLoginBrandingId ?? "";
    let n = 0;
    await nodes.race(10, (node) => {
      const part = n++;
      return node("UpdateManagedLoginBranding", {
        UserPoolId,
        ManagedLoginBrandingId,
        Settings: { components: { [`part${part}`]: {} } },
        Assets: [asset("i", { ResourceId: `icon${part}` })],
      });
    });
    const { ManagedLoginBranding } = await b("DescribeManagedLoginBranding", {
      UserPoolId,
      ManagedLoginBrandingId,
    });
    const settings = ManagedLoginBranding?.Settings as { components: object } | undefined;
    expect(Object.keys(settings?.components ?? {})).toHaveLength(10);
    expect(ManagedLoginBranding?.Assets).toHaveLength(10);
  });
});
