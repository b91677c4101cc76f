import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiOf } from "../support/api.ts";
import { makePool, makeUser } from "../support/builders.ts";
import { signedCall, signedSend } from "../support/production.ts";
import { startWorld, type World } from "../support/world.ts";

interface Attack {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const EVIL = "https://evil.example";
const API = {
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": "AWSCognitoIdentityProviderService.CreateUserPool",
};
const CREATE = JSON.stringify({ PoolName: "pwned" });
const page = (more: Record<string, string> = {}) => ({
  ...API,
  origin: EVIL,
  "sec-fetch-site": "cross-site",
  ...more,
});
const FORM = {
  "content-type": "application/x-www-form-urlencoded",
  origin: EVIL,
  "sec-fetch-site": "cross-site",
};
const rebound = (host: string, more: Record<string, string> = {}) => ({ ...API, host, ...more });

/** What a web page in the developer's browser can send: what a browser adds by itself is never missing. */
const ATTACKS: readonly Attack[] = [
  { what: "fetch of another site, after a preflight", headers: page(), body: CREATE },
  {
    what: "fetch without CORS",
    headers: page({ "content-type": "text/plain", "sec-fetch-mode": "no-cors" }),
    body: CREATE,
  },
  { what: "fetch of a page that hides its origin", headers: page({ origin: "null" }), body: CREATE },
  {
    what: "fetch of a page on another port of this machine",
    headers: page({ origin: "http://localhost:3000", "sec-fetch-site": "same-site" }),
    body: CREATE,
  },
  {
    what: "fetch of a page that was opened from a file",
    headers: { ...API, origin: "file://" },
    body: CREATE,
  },
  {
    what: "fetch of an old browser, which sends Origin only",
    headers: { ...API, origin: EVIL },
    body: CREATE,
  },
  {
    what: "fetch with credentials that were made up",
    headers: page({
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20240101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
    }),
    body: CREATE,
  },
  { what: "form of another site", headers: FORM, body: "Action=GetCallerIdentity&Version=2011-06-15" },
  {
    what: "form of another site that asks for credentials",
    headers: FORM,
    body: "Action=GetSessionToken&Version=2011-06-15",
  },
  {
    what: "image of another site that asks for credentials",
    method: "GET",
    path: "/?Action=GetSessionToken&Version=2011-06-15",
    headers: { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" },
  },
  { what: "name that was re-pointed at this machine", headers: rebound("evil.example:9500"), body: CREATE },
  {
    what: "name that was re-pointed, of the same origin",
    headers: rebound("evil.example", { origin: "http://evil.example", "sec-fetch-site": "same-origin" }),
    body: CREATE,
  },
  { what: "name that begins as this machine's", headers: rebound("localhost.evil.example"), body: CREATE },
  { what: "name that holds this machine's address", headers: rebound("127.0.0.1.nip.io"), body: CREATE },
  { what: "address of every interface", headers: rebound("0.0.0.0:9500"), body: CREATE },
  {
    what: "forwarded name of this machine",
    headers: rebound("evil.example", { "x-forwarded-host": "localhost", forwarded: "host=localhost" }),
    body: CREATE,
  },
  {
    what: "reset of everything from another site",
    path: "/_dev/reset",
    headers: { origin: EVIL, "sec-fetch-site": "cross-site", "content-type": "text/plain" },
    body: "{}",
  },
  {
    what: "reset of everything under a re-pointed name",
    path: "/_dev/reset",
    headers: { host: "evil.example" },
    body: "{}",
  },
  {
    what: "clock moved by another site",
    path: "/_dev/clock",
    headers: { origin: EVIL, "content-type": "text/plain" },
    body: '{"advanceSeconds":86400}',
  },
  {
    what: "inbox read under a re-pointed name",
    method: "GET",
    path: "/_dev/messages",
    headers: { host: "evil.example", "sec-fetch-site": "same-origin" },
  },
];

describe.each([
  ["any credentials", false],
  ["the fixed pair of credentials", true],
])("development mode with %s", (_form, verifySignatures) => {
  let world: World;
  let url: URL;
  const state = async () =>
    JSON.stringify([await listed(), world.server.services.clock.now() - Date.now() > 1000]);
  const listed = async () => {
    const pools = await world.server.services.store.userPools.list(
      { region: "us-east-1", accountId: "123456789012" },
      { afterKey: null, limit: 60 },
    );
    return pools.map(({ id }) => id);
  };
  const local = { accessKeyId: "local", secretAccessKey: "local" };

  beforeAll(async () => {
    world = await startWorld({ verifySignatures });
    url = new URL(world.url);
    if (verifySignatures) await signedSend(world.url, local, "CreateUserPool", { PoolName: "kept" });
    else {
      const { Id } = await makePool(apiOf(world));
      await makeUser(apiOf(world), Id, "kept");
    }
  });
  afterAll(() => world.close());

  const sent = ({ method = "POST", path = "/", headers, body = "" }: Attack) =>
    new Promise<{ status: number; body: string; readable: boolean }>((resolve, reject) => {
      const call = httpRequest(
        { host: url.hostname, port: url.port, method, path, headers, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString(),
              readable: response.headers["access-control-allow-origin"] !== undefined,
            }),
          );
        },
      );
      call.on("error", reject);
      call.end(body);
    });

  it.each(ATTACKS.map((attack) => [attack.what, attack] as const))("refuses a %s", async (_what, attack) => {
    const before = await state();
    const answer = await sent(attack);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toContain("SecretAccessKey>");
    expect(answer.readable).toBe(false);
    expect(await state()).toBe(before);
  });

  it("refuses a page that signs with the pair that everybody knows", async () => {
    const before = await state();
    const call = { headers: API, body: CREATE };
    const rebinding = signedCall("http://evil.example", local, call);
    for (const headers of [
      { ...signedCall(world.url, local, call), origin: EVIL, "sec-fetch-site": "cross-site" },
      { ...rebinding, host: "evil.example", "sec-fetch-site": "same-origin" },
    ]) {
      const answer = await sent({ what: "", headers, body: CREATE });
      expect([answer.status, JSON.parse(answer.body).__type]).toEqual([400, "AccessDeniedException"]);
    }
    const body = "Action=GetSessionToken&Version=2011-06-15";
    const form = signedCall(world.url, local, { headers: FORM, body }, { service: "sts" });
    expect((await sent({ what: "", headers: form, body })).status).toBe(403);
    expect(await state()).toBe(before);
  });

  it("is open to programs on this machine", async () => {
    const { code } = await signedSend(world.url, local, "ListUserPools", { MaxResults: 1 });
    expect(code).toBeNull();
    const { code: wrong } = await signedSend(
      world.url,
      { ...local, secretAccessKey: "other" },
      "ListUserPools",
      { MaxResults: 1 },
    );
    expect(wrong).toBe(verifySignatures ? "InvalidSignatureException" : null);
    const { code: unknown } = await signedSend(
      world.url,
      { accessKeyId: "other", secretAccessKey: "local" },
      "ListUserPools",
      { MaxResults: 1 },
    );
    expect(unknown).toBe(verifySignatures ? "UnrecognizedClientException" : null);
  });
});
