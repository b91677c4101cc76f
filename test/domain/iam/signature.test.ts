import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalRequest,
  sha256Hex,
  signatureOf,
  signingKey,
  stringToSign,
} from "../../../src/crypto/sigv4.ts";
import { signedHeaders } from "../../../src/crypto/sigv4-signature.ts";
import type { ServiceError } from "../../../src/domain/errors.ts";
import {
  readSignature,
  requireCurrent,
  requireMatch,
  requireScope,
  type SignedRequest,
} from "../../../src/domain/iam/signature.ts";
import type { Instant } from "../../../src/runtime/clock.ts";

const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const AT = "20150830T123600Z";
const NOW = Date.UTC(2015, 7, 30, 12, 36) as Instant;
const MINUTE = 60_000;

/** Who signed it with the key that everybody here has: null when it is right, else the refusal. */
function verdict(request: SignedRequest, now = NOW): string | null {
  try {
    const signature = readSignature(request);
    if (!signature) return "MissingAuthenticationTokenException";
    requireScope(signature, "cognito-idp");
    requireCurrent(signature, now);
    // As the access key decides the secret, another one has another.
    const secret = signature.accessKeyId === CREDENTIALS.accessKeyId ? CREDENTIALS.secretAccessKey : "other";
    requireMatch(signature, request, signingKey(secret, signature.scope));
    return null;
  } catch (error) {
    return (error as ServiceError).code;
  }
}

type Request = { method: string; path: string; query: string; headers: Record<string, string>; body: Buffer };

function signed(given: { headers?: Record<string, string>; body?: string } = {}): Request {
  const body = given.body ?? '{"UserPoolId":"us-east-1_abc","Username":"ana"}';
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSCognitoIdentityProviderService.AdminGetUser",
    "x-amz-content-sha256": sha256Hex(body),
    ...given.headers,
  };
  const url = new URL("http://localhost:9500/");
  const scope = { region: "us-east-1", service: "cognito-idp", at: AT };
  return {
    method: "POST",
    path: "/",
    query: "",
    headers: {
      ...signedHeaders({ url, headers, body }, CREDENTIALS, scope),
      host: url.host,
      "user-agent": "aws-cli/1.45",
    },
    body: Buffer.from(body),
  };
}

/** A presigned call, as a client makes it. */
function presigned(expires: string, at = AT): Request {
  const scope = { day: at.slice(0, 8), region: "us-east-1", service: "cognito-idp" };
  const headers = {
    host: "localhost:9500",
    "x-amz-target": "AWSCognitoIdentityProviderService.ListUserPools",
  };
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encodeURIComponent(`AKIDEXAMPLE/${scope.day}/us-east-1/cognito-idp/aws4_request`)}`,
    `X-Amz-Date=${at}`,
    `X-Amz-Expires=${expires}`,
    `X-Amz-SignedHeaders=${encodeURIComponent("host;x-amz-target")}`,
  ].join("&");
  const body = '{"MaxResults":1}';
  const canonical = canonicalRequest({
    method: "POST",
    path: "/",
    query,
    headers: Object.entries(headers),
    payloadHash: sha256Hex(body),
  });
  const signature = signatureOf(
    signingKey(CREDENTIALS.secretAccessKey, scope),
    stringToSign(at, scope, canonical),
  );
  return {
    method: "POST",
    path: "/",
    query: `${query}&X-Amz-Signature=${signature.toString("hex")}`,
    headers,
    body: Buffer.from(body),
  };
}

/** Another character in the place of one. */
const flip = (text: string, position: number): string => {
  const index = position % text.length;
  const other = text[index] === "a" ? "b" : "a";
  return text.slice(0, index) + other + text.slice(index + 1);
};

/** Changes of a signed request of which each alone must be noticed. @param n any number: which place is changed */
const MUTATIONS: Record<string, (request: Request, n: number) => Request> = {
  "a letter of the signature": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace(/[0-9a-f]{64}$/, (hex) => flip(hex, n)),
    },
  }),
  "the signature cut short": (r, n) => ({
    ...r,
    headers: { ...r.headers, authorization: (r.headers.authorization ?? "").slice(0, -1 - (n % 63)) },
  }),
  "a letter of the body": (r, n) => ({ ...r, body: Buffer.from(flip(r.body.toString(), n)) }),
  "more body": (r, n) => ({ ...r, body: Buffer.concat([r.body, Buffer.alloc(1 + (n % 5), " ")]) }),
  "no body": (r) => ({ ...r, body: Buffer.alloc(0) }),
  "another method": (r, n) => ({ ...r, method: ["GET", "PUT", "post", "DELETE"][n % 4] ?? "" }),
  "another path": (r, n) => ({ ...r, path: ["/x", "/a/b", "/%2F"][n % 3] ?? "" }),
  "a query": (r, n) => ({ ...r, query: `a=${n}` }),
  "a letter of the operation": (r, n) => ({
    ...r,
    headers: { ...r.headers, "x-amz-target": flip(r.headers["x-amz-target"] ?? "", n) },
  }),
  "another host": (r, n) => ({ ...r, headers: { ...r.headers, host: flip(r.headers.host ?? "", n) } }),
  "another content type": (r, n) => ({
    ...r,
    headers: { ...r.headers, "content-type": flip(r.headers["content-type"] ?? "", n) },
  }),
  "another time": (r, n) => ({
    ...r,
    headers: { ...r.headers, "x-amz-date": `20150830T1236${String(1 + (n % 59)).padStart(2, "0")}Z` },
  }),
  "another day of the scope": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace("/20150830/", `/201508${10 + (n % 20)}/`),
    },
  }),
  "another region": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace("us-east-1", `us-east-${2 + (n % 7)}`),
    },
  }),
  "another service": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace(
        "/cognito-idp/",
        ["/sts/", "/iam/", "//"][n % 3] ?? "",
      ),
    },
  }),
  "another access key": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace("AKIDEXAMPLE", flip("AKIDEXAMPLE", n)),
    },
  }),
  "another order of signed headers": (r) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace("content-type;host", "host;content-type"),
    },
  }),
  "a signed header fewer": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace(
        ["content-type;", "host;", ";x-amz-target", "x-amz-date;"][n % 4] ?? "",
        "",
      ),
    },
  }),
  "a signed header more": (r) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace(";x-amz-target", ";user-agent;x-amz-target"),
    },
  }),
  "a signed header gone": (r, n) => {
    const headers = { ...r.headers };
    delete headers[
      ["content-type", "host", "x-amz-target", "x-amz-date", "x-amz-content-sha256"][n % 5] ?? ""
    ];
    return { ...r, headers };
  },
  "another algorithm": (r, n) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace(
        "AWS4-HMAC-SHA256",
        ["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "Basic", "AWS3"][n % 4] ?? "",
      ),
    },
  }),
  "another terminator": (r) => ({
    ...r,
    headers: {
      ...r.headers,
      authorization: (r.headers.authorization ?? "").replace("aws4_request", "aws5_request"),
    },
  }),
  "an announced hash that is not the body's": (r) => ({
    ...r,
    headers: { ...r.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  }),
};

const HARMLESS: Record<string, (request: Request) => Request> = {
  "a header that was not signed": (r) => ({
    ...r,
    headers: { ...r.headers, "user-agent": "other", "x-forwarded-for": "1.2.3.4" },
  }),
  "blanks around a signed header's value": (r) => ({
    ...r,
    headers: { ...r.headers, "content-type": `  ${r.headers["content-type"]} ` },
  }),
  "no blanks in Authorization": (r) => ({
    ...r,
    headers: { ...r.headers, authorization: (r.headers.authorization ?? "").replaceAll(", ", ",") },
  }),
  "another order of its members": (r) => {
    const [algorithm = "", ...members] = (r.headers.authorization ?? "").replaceAll(",", "").split(" ");
    return { ...r, headers: { ...r.headers, authorization: `${algorithm} ${members.reverse().join(", ")}` } };
  },
};

const REFUSALS = ["InvalidSignatureException", "IncompleteSignatureException"];

describe("a signature", () => {
  it("is right as it was made, and in each form that says the same", () => {
    expect(verdict(signed())).toBeNull();
    const foreign = signed({ headers: { "x-amz-meta": "grüße ☃  two" } });
    // Node shows the bytes of a header as Latin-1.
    const received = Buffer.from(foreign.headers["x-amz-meta"] ?? "").toString("latin1");
    expect(verdict({ ...foreign, headers: { ...foreign.headers, "x-amz-meta": received } })).toBeNull();
    for (const [what, change] of Object.entries(HARMLESS))
      expect([what, verdict(change(signed()))]).toEqual([what, null]);
  });

  it("notices a change of anything that it covers, in each of 230 changed requests", () => {
    let refused = 0;
    for (const [what, change] of Object.entries(MUTATIONS))
      for (let n = 0; n < 10; n++) {
        const answer = verdict(change(signed(), n * 7 + 1));
        expect([what, n, REFUSALS.includes(answer ?? "")]).toEqual([what, n, true]);
        refused++;
      }
    console.log(`D5: ${refused} changed requests, ${refused} refused`);
    expect(refused).toBeGreaterThanOrEqual(200);
  });

  it("notices any changed letter of Authorization that says something", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1, unit: "binary-ascii" }),
        (place, letter) => {
          const request = signed();
          const { authorization = "" } = request.headers;
          const index = place % authorization.length;
          fc.pre(authorization[index] !== letter);
          // Blanks after commas say nothing.
          fc.pre(
            !(letter.trim() === "" && /[ ,]/.test(authorization[index - 1] ?? "")) &&
              authorization[index] !== " ",
          );
          const changed = authorization.slice(0, index) + letter + authorization.slice(index + 1);
          expect(
            verdict({ ...request, headers: { ...request.headers, authorization: changed } }),
          ).not.toBeNull();
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    [-16, "InvalidSignatureException"],
    [-15, null],
    [0, null],
    [15, null],
    [16, "InvalidSignatureException"],
  ])("made %i minutes from now is answered with %s", (minutes, answer) => {
    expect(verdict(signed(), (NOW - minutes * MINUTE) as Instant)).toBe(answer);
  });

  it("may have its time in Date, in either form", () => {
    const scope = { day: "20150830", region: "us-east-1", service: "cognito-idp" };
    for (const date of [AT, "Sun, 30 Aug 2015 12:36:00 GMT"]) {
      const headers = { date, host: "h" };
      const canonical = canonicalRequest({
        method: "POST",
        path: "/",
        query: "",
        headers: Object.entries(headers),
        payloadHash: sha256Hex(""),
      });
      const signature = signatureOf(
        signingKey(CREDENTIALS.secretAccessKey, scope),
        stringToSign(AT, scope, canonical),
      ).toString("hex");
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/cognito-idp/aws4_request, SignedHeaders=date;host, Signature=${signature}`;
      expect(
        verdict({
          method: "POST",
          path: "/",
          query: "",
          headers: { ...headers, authorization },
          body: Buffer.alloc(0),
        }),
      ).toBeNull();
    }
    const request = signed();
    for (const date of ["yesterday", "2015-08-30T12:36:00Z", ""])
      expect(verdict({ ...request, headers: { ...request.headers, "x-amz-date": date } })).toBe(
        "IncompleteSignatureException",
      );
  });

  it("may stand in the query, for as long as that says and no longer", () => {
    expect(verdict(presigned("60"))).toBeNull();
    expect(verdict(presigned("60"), (NOW + 61_000) as Instant)).toBe("InvalidSignatureException");
    expect(verdict(presigned("3600"), (NOW + 59 * MINUTE) as Instant)).toBeNull();
    expect(verdict(presigned("3600"), (NOW - 16 * MINUTE) as Instant)).toBe("InvalidSignatureException");
    for (const expires of ["0", "604801", "-1", "1.5", "x"])
      expect(verdict(presigned(expires))).toBe("IncompleteSignatureException");
    const request = presigned("60");
    for (const query of [
      request.query.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
      request.query.replace("us-east-1", "us-west-2"),
      `${request.query}&Extra=1`,
    ])
      expect(verdict({ ...request, query })).toBe("InvalidSignatureException");
    for (const name of ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
      expect(
        verdict({ ...request, query: request.query.replace(new RegExp(`X-Amz-${name}=[^&]*&?`), "") }),
      ).toBe("IncompleteSignatureException");
    expect(verdict({ ...request, query: "" })).toBe("MissingAuthenticationTokenException");
  });
});
