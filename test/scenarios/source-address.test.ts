import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sourceAddress, trustedProxies } from "../../src/http/source-address.ts";
import { apiOf } from "../support/api.ts";
import { makeClient, makePool, makeUser, PASSWORD } from "../support/builders.ts";
import {
  allow,
  apiHeaders,
  type Production,
  send,
  signedCall,
  startProduction,
} from "../support/production.ts";
import { startWorld } from "../support/world.ts";

const PROXIES = trustedProxies(["10.0.0.0/8", "2001:db8:f::/48"]);
const CLIENT = "203.0.113.9";

describe("the source address of a request", () => {
  it.each([
    ["no proxy and no header", "198.51.100.7", undefined, "198.51.100.7"],
    ["a stranger who forges the header", "198.51.100.7", CLIENT, "198.51.100.7"],
    ["a stranger who names a proxy", "198.51.100.7", `${CLIENT}, 10.0.0.1`, "198.51.100.7"],
    ["a proxy without the header", "10.0.0.1", undefined, "10.0.0.1"],
    ["a proxy", "10.0.0.1", CLIENT, CLIENT],
    ["a proxy in an IPv6 socket", "::ffff:10.0.0.1", CLIENT, CLIENT],
    ["a proxy over IPv6", "2001:db8:f::1", "2001:DB8:0:0::1", "2001:db8::1"],
    ["two proxies", "10.0.0.1", `${CLIENT}, 10.2.0.1`, CLIENT],
    ["a client who forges hops in front", "10.0.0.1", `127.0.0.1, 10.0.0.2, ${CLIENT}`, CLIENT],
    ["a client who forges a proxy's client", "10.0.0.1", `1.2.3.4, ${CLIENT}, 10.2.0.1`, CLIENT],
    ["nothing but proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["a proxy that adds the port", "10.0.0.1", `${CLIENT}:4711`, CLIENT],
    ["a proxy that adds the port of IPv6", "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["a proxy that names nobody", "10.0.0.1", "unknown", "10.0.0.1"],
    ["a forged hop behind garbage", "10.0.0.1", "1.2.3.4, unknown, 10.0.0.4", "10.0.0.4"],
    ["an empty hop", "10.0.0.1", "1.2.3.4,,", "10.0.0.1"],
    ["a connection of unknown origin", undefined, CLIENT, null],
  ])("of %s", (_, peer, header, expected) => {
    expect(sourceAddress(peer, header, PROXIES)).toBe(expected);
  });

  it("is the peer where no proxy is trusted, whatever the header", () =>
    expect(sourceAddress("10.0.0.1", CLIENT, trustedProxies([]))).toBe("10.0.0.1"));
});

describe("behind a trusted proxy", () => {
  let production: Production;
  beforeAll(async () => {
    production = await startProduction({ trustedProxies: ["127.0.0.0/8"] });
  });
  afterAll(() => production.close());

  it("policies look at the client's address, and a forged hop changes nothing", async () => {
    const here = await production.user("here", [
      allow("cognito-idp:ListUserPools", "*", { IpAddress: { "aws:SourceIp": `${CLIENT}/32` } }),
    ]);
    const body = JSON.stringify({ MaxResults: 1 });
    const list = (forwarded: string) =>
      send(production.url, "ListUserPools", body, {
        ...signedCall(production.url, here, { headers: apiHeaders("ListUserPools"), body }),
        "x-forwarded-for": forwarded,
      });
    expect((await list(CLIENT)).status).toBe(200);
    expect((await list(`${CLIENT}, 198.51.100.1`)).code).toBe("AccessDeniedException");
    expect((await list(`198.51.100.1, ${CLIENT}`)).status).toBe(200);
  });
});

describe("a forged host", () => {
  it("reaches no link, issuer or token", async () => {
    const world = await startWorld({ trustedProxies: ["127.0.0.0/8"] });
    const api = apiOf(world);
    const { Id } = await makePool(api);
    const { ClientId } = await makeClient(api, Id);
    await makeUser(api, Id, "ana", { password: PASSWORD });
    const forged = {
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "gopher",
      forwarded: "host=evil.example",
    };
    const discovery = await fetch(`${world.url}/${Id}/.well-known/openid-configuration`, { headers: forged });
    const signedIn = await send(
      world.url,
      "InitiateAuth",
      JSON.stringify({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId,
        AuthParameters: { USERNAME: "ana", PASSWORD },
      }),
      forged,
    );
    expect(signedIn.status).toBe(200);
    const token = JSON.parse(signedIn.body).AuthenticationResult.IdToken;
    const claims = Buffer.from(token.split(".")[1], "base64url").toString();
    for (const text of [await discovery.text(), claims]) {
      expect(text).toContain(world.url);
      expect(text).not.toMatch(/evil|gopher/);
    }
    await world.close();
  });
});
