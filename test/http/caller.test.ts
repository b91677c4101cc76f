import { describe, expect, it } from "vitest";
import type { OperationName } from "../../src/api/operation.ts";
import type { ServiceError } from "../../src/domain/errors.ts";
import { developmentAuthenticator } from "../../src/http/aws-json/authenticate.ts";
import type { WireRequest } from "../../src/http/aws-json/wire.ts";
import { developmentRefusal, isLoopbackAddress, isLoopbackHost } from "../../src/http/development-caller.ts";
import { wireRequest } from "../support/wire-requests.ts";

function callerOf(operation: OperationName, given: Partial<WireRequest> = {}, boundToLoopback = true) {
  const options = { region: "eu-west-1", accountId: "123456789012", boundToLoopback };
  try {
    return developmentAuthenticator(options).authenticate(operation, wireRequest(operation, {}, given));
  } catch (error) {
    return `${(error as ServiceError).code}: ${(error as ServiceError).message}`;
  }
}

const header = (authorization: string): Partial<WireRequest> => ({ headers: { authorization } });
const SIGNED =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/ap-southeast-2/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123";

describe("addresses and names of this machine", () => {
  it.each(["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])("%s is a loopback address", (address) =>
    expect(isLoopbackAddress(address)).toBe(true),
  );
  it.each([undefined, "", "10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "1127.0.0.1", "127.0.0.1.example"])(
    "%s is not",
    (address) => expect(isLoopbackAddress(address)).toBe(false),
  );
  it.each([
    "localhost",
    "localhost:9229",
    "LOCALHOST",
    "auth.localhost:80",
    "127.0.0.1",
    "127.1.2.3:9229",
    "[::1]",
    "[::1]:9229",
  ])("%s is a loopback name", (host) => expect(isLoopbackHost(host)).toBe(true));
  it.each([
    undefined,
    "",
    "example.com",
    "localhost.example.com",
    "evillocalhost",
    "127.0.0.1.nip.io",
    "::1",
    "[::2]",
    "0.0.0.0",
    "localhost:9229:1",
    "localhost, example.com",
    "user@localhost",
    "localhost/",
    ".localhost",
  ])("%s is not", (host) => expect(isLoopbackHost(host)).toBe(false));
});

describe("who may do without credentials in development mode", () => {
  const local = { peerAddress: "127.0.0.1", headers: { host: "localhost:9229" } };
  const bound = { boundToLoopback: true };
  const cases: [
    string,
    Parameters<typeof developmentRefusal>[0],
    { boundToLoopback: boolean },
    string | null,
  ][] = [
    ["a program on this machine", local, bound, null],
    ["a program, over IPv6", { peerAddress: "::1", headers: { host: "[::1]:9229" } }, bound, null],
    [
      "a typed address in a browser",
      { ...local, headers: { ...local.headers, "sec-fetch-site": "none" } },
      bound,
      null,
    ],
    [
      "anyone, when the server is reachable from elsewhere",
      local,
      { boundToLoopback: false },
      "loopback address",
    ],
    ["another machine", { ...local, peerAddress: "10.0.0.7" }, bound, "from this machine"],
    ["a connection of unknown origin", { ...local, peerAddress: undefined }, bound, "from this machine"],
    [
      "a name re-pointed at this machine",
      { ...local, headers: { host: "evil.example" } },
      bound,
      "Host header",
    ],
    ["a request without a name", { ...local, headers: {} }, bound, "Host header"],
    [
      "a web page",
      { ...local, headers: { ...local.headers, origin: "https://evil.example" } },
      bound,
      "web page",
    ],
    [
      "a local web page",
      { ...local, headers: { ...local.headers, origin: "http://localhost:3000" } },
      bound,
      "web page",
    ],
    [
      "a page that hides its origin",
      { ...local, headers: { ...local.headers, origin: "null" } },
      bound,
      "web page",
    ],
    [
      "an image on another site",
      { ...local, headers: { ...local.headers, "sec-fetch-site": "cross-site" } },
      bound,
      "web page",
    ],
    [
      "a page on another port",
      { ...local, headers: { ...local.headers, "sec-fetch-site": "same-site" } },
      bound,
      "web page",
    ],
  ];
  it.each(cases)("%s", (_, facts, server, refusal) => {
    const answer = developmentRefusal(facts, server);
    if (refusal === null) expect(answer).toBeNull();
    else expect(answer).toContain(refusal);
  });
});

describe("a signed operation in development mode", () => {
  it("is open to local callers without a signature, in the configured region", () => {
    expect(callerOf("ListUserPools")).toEqual({ region: "eu-west-1", accountId: "123456789012" });
  });

  it("takes the region that the call was signed for", () => {
    expect(callerOf("ListUserPools", header(SIGNED))).toEqual({
      region: "ap-southeast-2",
      accountId: "123456789012",
    });
  });

  it("takes the region of a presigned URL", () => {
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20240101%2Fsa-east-1%2Fcognito-idp%2Faws4_request&X-Amz-Signature=0";
    expect(callerOf("ListUserPools", { query })).toEqual({ region: "sa-east-1", accountId: "123456789012" });
    expect(callerOf("ListUserPools", { query: "X-Amz-Algorithm=AWS4-HMAC-SHA256" })).toBe(
      "IncompleteSignatureException: X-Amz-Credential is missing.",
    );
    expect(callerOf("ListUserPools", { query: "X-Amz-Credential=a" })).toBe(
      "IncompleteSignatureException: X-Amz-Algorithm must be AWS4-HMAC-SHA256.",
    );
  });

  it.each([
    ["Basic YTpi", "Authorization header requires the algorithm AWS4-HMAC-SHA256."],
    ["AWS4-HMAC-SHA256", "Authorization header requires the algorithm AWS4-HMAC-SHA256."],
    ["AWS4-HMAC-SHA256 SignedHeaders=host", "Authorization header requires 'Credential' parameter."],
    ["AWS4-HMAC-SHA256 Credential=", "Authorization header requires 'Credential' parameter."],
    ...[
      "AKID",
      "AKID/20240101/us-east-1/cognito-idp",
      "AKID/2024/us-east-1/cognito-idp/aws4_request",
      "AKID/20240101/US EAST/cognito-idp/aws4_request",
      "AKID/20240101/us_east/cognito-idp/aws4_request",
      "AKID/20240101/us-east-1/cognito-idp/aws3",
      "AKID/20240101//cognito-idp/aws4_request",
    ].map((scope) => [
      `AWS4-HMAC-SHA256 Credential=${scope}, Signature=0`,
      "Credential must have the form keyid/date/region/service/aws4_request, with the date as YYYYMMDD.",
    ]),
  ])("refuses Authorization: %s", (authorization, message) => {
    expect(callerOf("ListUserPools", header(authorization))).toBe(`IncompleteSignatureException: ${message}`);
  });

  it("is refused to callers from elsewhere, signed or not", () => {
    for (const given of [{}, header(SIGNED)])
      expect(callerOf("ListUserPools", { ...given, peerAddress: "10.0.0.7" })).toMatch(
        /^AccessDeniedException: /,
      );
    expect(callerOf("ListUserPools", {}, false)).toMatch(/^AccessDeniedException: /);
  });
});

describe.each<OperationName>(["InitiateAuth", "GetUser"])("%s", (operation) => {
  it("is open to everyone", () => {
    const given = {
      peerAddress: "203.0.113.9",
      headers: { host: "id.example.com", origin: "https://app.example.com" },
    };
    expect(callerOf(operation, given, false)).toEqual({ region: "eu-west-1", accountId: "123456789012" });
  });

  it("takes a region from a signature, and ignores a malformed one", () => {
    expect(callerOf(operation, header(SIGNED))).toMatchObject({ region: "ap-southeast-2" });
    expect(callerOf(operation, header("Bearer x"))).toMatchObject({ region: "eu-west-1" });
  });
});
