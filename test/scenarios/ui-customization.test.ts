import {
  GetUICustomizationCommand,
  SetUICustomizationCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, apiOf, refusal } from "../support/api.ts";
import { closeWithinModel, makeClient, makePool } from "../support/builders.ts";
import { startWorld, type World } from "../support/world.ts";

const CSS = ".logo-customizable { max-width: 60%; }";
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const GIF = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
const JPEG = Buffer.concat([
  Buffer.from("ffd8ffe000104a46494600", "hex"),
  Buffer.alloc(20),
  Buffer.from("ffd9", "hex"),
]);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

let world: World;
let api: Api;
let domains = 0;
beforeAll(async () => {
  world = await startWorld();
  api = apiOf(world);
});
afterAll(() => closeWithinModel(world));

async function styledPool() {
  const { Id: UserPoolId } = await makePool(api);
  await api("CreateUserPoolDomain", { UserPoolId, Domain: `styled${domains++}` });
  const { ClientId } = await makeClient(api, UserPoolId);
  return {
    UserPoolId,
    ClientId,
    set: async (style: object) => (await api("SetUICustomization", { UserPoolId, ...style })).UICustomization,
    get: async (client?: string) =>
      (await api("GetUICustomization", { UserPoolId, ...(client ? { ClientId: client } : {}) }))
        .UICustomization,
  };
}

describe("the style of classic pages", () => {
  it("is empty before it is set", async () => {
    const { get, ClientId } = await styledPool();
    expect(await get()).toEqual({});
    expect(await get(ClientId)).toEqual({});
  });

  it("is for all clients, by the SDK, or for one, which then has no other", async () => {
    const { UserPoolId, ClientId, set, get } = await styledPool();
    const sdk = world.client();
    const made = await sdk.send(new SetUICustomizationCommand({ UserPoolId, CSS, ImageFile: PNG }));
    const all = {
      UserPoolId,
      ClientId: "ALL",
      ImageUrl: expect.stringContaining(`${world.url}/${UserPoolId}/`),
      CSS,
      CSSVersion: expect.stringMatching(/^20\d{12}$/),
    };
    expect(made.UICustomization).toEqual(all);
    const read = await sdk.send(new GetUICustomizationCommand({ UserPoolId, ClientId }));
    expect(read.UICustomization).toEqual(all);
    const own = ".label-customizable{font-weight:400}";
    await set({ ClientId, CSS: own });
    expect(await get(ClientId)).toEqual({
      UserPoolId,
      ClientId,
      CSS: own,
      CSSVersion: expect.any(String),
    });
    expect(await get()).toEqual(all);
  });

  it("is set as a whole: what is left out goes, and nothing is the style of all again", async () => {
    const { ClientId, set, get } = await styledPool();
    await set({ CSS });
    await set({ ClientId, CSS, ImageFile: base64(GIF) });
    await set({ ClientId, ImageFile: base64(GIF) });
    expect(await get(ClientId)).not.toHaveProperty("CSS");
    await set({ ClientId, CSS });
    expect(await get(ClientId)).not.toHaveProperty("ImageUrl");
    expect(await get(ClientId)).toMatchObject({ ClientId });
    await set({ ClientId });
    expect(await get(ClientId)).toMatchObject({ ClientId: "ALL", CSS });
    await set({});
    expect(await get(ClientId)).toEqual({});
  });

  it("needs a domain, a pool, and a client of the pool", async () => {
    const bare = (await makePool(api)).Id;
    expect(await refusal(api("SetUICustomization", { UserPoolId: bare, CSS }))).toBe(
      "InvalidParameterException: There has to be an existing domain associated with this user pool",
    );
    const { UserPoolId } = await styledPool();
    const other = await styledPool();
    for (const operation of ["SetUICustomization", "GetUICustomization"] as const) {
      expect(await refusal(api(operation, { UserPoolId, ClientId: other.ClientId }))).toBe(
        `ResourceNotFoundException: User pool client ${other.ClientId} does not exist.`,
      );
      expect(await refusal(api(operation, { UserPoolId: "us-east-1_nobody000" }))).toMatch(
        /^ResourceNotFoundException/,
      );
    }
  });

  it("names classes of the classic pages only, and changes nothing otherwise", async () => {
    const { set, get } = await styledPool();
    await set({ CSS });
    for (const bad of ["body{color:red}", "@import 'x';", ".logo-customizable{content:'</style>'}"])
      expect(await refusal(set({ CSS: bad }))).toMatch(/^InvalidParameterException: .*not valid/);
    expect(await refusal(set({ CSS: `/*${"x".repeat(131_072)}*/` }))).toMatch(/less than or equal to 131072/);
    expect(await get()).toMatchObject({ CSS });
  });

  it("goes with its client", async () => {
    const { UserPoolId, ClientId, set, get } = await styledPool();
    const image = (await set({ ClientId, ImageFile: base64(PNG) }))?.ImageUrl ?? "";
    expect((await fetch(image)).status).toBe(200);
    await api("DeleteUserPoolClient", { UserPoolId, ClientId });
    expect((await fetch(image)).status).toBe(404);
    expect(await get()).toEqual({});
  });
});

describe("the logo of classic pages", () => {
  it("is served as what it is, for good, and can do nothing where it is opened", async () => {
    const { set } = await styledPool();
    for (const [bytes, type] of [
      [PNG, "image/png"],
      [GIF, "image/gif"],
      [JPEG, "image/jpeg"],
    ] as const) {
      const url = (await set({ ImageFile: base64(bytes) }))?.ImageUrl ?? "";
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": type,
        "content-length": String(bytes.length),
        "x-content-type-options": "nosniff",
        "cache-control": "public, max-age=31536000, immutable",
        "content-security-policy": "default-src 'none'; sandbox",
      });
      const head = await fetch(url, { method: "HEAD" });
      expect(head.headers.get("content-length")).toBe(String(bytes.length));
      expect(await head.text()).toBe("");
      expect((await fetch(url, { method: "POST" })).status).toBe(405);
    }
  });

  it("has another address when it is another image, and none when it is gone", async () => {
    const { set, UserPoolId } = await styledPool();
    const first = (await set({ ImageFile: base64(PNG) }))?.ImageUrl ?? "";
    const second = (await set({ ImageFile: base64(GIF) }))?.ImageUrl ?? "";
    expect(second).not.toBe(first);
    expect((await fetch(first)).status).toBe(404);
    expect((await fetch(second)).status).toBe(200);
    await set({ CSS });
    for (const url of [first, second, second.replace(UserPoolId, "us-east-1_nobody000")])
      expect((await fetch(url)).status).toBe(404);
  });

  it("is a PNG, JPEG or GIF of at most 128 KiB", async () => {
    const { set, get } = await styledPool();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    for (const bytes of [svg, Buffer.from("GIF88a"), Buffer.from([0x89]), PNG.subarray(1)])
      expect(await refusal(set({ ImageFile: base64(bytes) }))).toMatch(/^InvalidParameterException/);
    const largest = Buffer.concat([PNG, Buffer.alloc(131_072 - PNG.length)]);
    expect(await set({ ImageFile: base64(largest) })).toHaveProperty("ImageUrl");
    const larger = Buffer.concat([largest, Buffer.alloc(1)]);
    expect(await refusal(set({ ImageFile: base64(larger) }))).toMatch(/less than or equal to 131072/);
    expect(await get()).toHaveProperty("ImageUrl");
  });
});
