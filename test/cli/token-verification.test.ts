import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseToken } from "../../src/cli/tasks/token/json-web-token.ts";
import { failuresOf, type Publication } from "../../src/cli/tasks/token/verification.ts";
import type { RsaPublicJwk } from "../../src/crypto/signing-key.ts";
import type { Instant } from "../../src/runtime/clock.ts";

const NOW = 1_700_000_000;
const ISSUER = "http://127.0.0.1:9500/us-east-1_abc";
const GOOD = { iss: ISSUER, token_use: "access", client_id: "web", exp: NOW + 60 };

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const published: Publication = {
  issuer: ISSUER,
  keys: [{ ...(pair.publicKey.export({ format: "jwk" }) as unknown as RsaPublicJwk), kid: "one" }],
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token with these claims, rightly signed. */
function token(
  claims: object,
  header: object = { alg: "RS256", kid: "one" },
  key: KeyObject = pair.privateKey,
) {
  const signed = `${part(header)}.${part(claims)}`;
  return parseToken(`${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`);
}
const failures = (claims: object, expected = {}) =>
  failuresOf(token(claims), published, expected, (NOW * 1000) as Instant).map(
    ({ check, message }) => `${check}: ${message}`,
  );

describe("verifying a token with a pool's published keys", () => {
  it("finds nothing wrong with a good one", () => {
    expect(failures(GOOD, { clientId: "web", use: "access" })).toEqual([]);
    expect(failures({ ...GOOD, token_use: "id", aud: "web" }, { clientId: "web", use: "id" })).toEqual([]);
  });

  it("wants the pool's own issuer, use and client, and the time between nbf and exp", () => {
    expect(failures({ ...GOOD, iss: `${ISSUER}d` })).toEqual([
      `claims: it is issued by ${ISSUER}d, not by ${ISSUER}`,
    ]);
    expect(failures({ ...GOOD, token_use: "refresh" })).toEqual([
      "claims: it is neither an ID nor an access token",
    ]);
    expect(failures(GOOD, { use: "id" })).toEqual(["claims: it is an access token, not an ID token"]);
    // An access token has no audience: another client's id there does not make it that client's.
    expect(failures({ ...GOOD, aud: "mobile" }, { clientId: "mobile" })).toEqual([
      "claims: it is for the client web, not for mobile",
    ]);
    for (const exp of [NOW, NOW - 1, undefined, String(NOW + 60)])
      expect(failures({ ...GOOD, exp })).toEqual(["time: it has expired"]);
    expect(failures({ ...GOOD, exp: NOW + 1 })).toEqual([]);
    expect(failures({ ...GOOD, nbf: NOW + 1 })).toEqual(["time: it is not good yet"]);
    expect(failures({ ...GOOD, nbf: NOW })).toEqual([]);
  });

  it("looks no further where the signature is wrong, and never at an algorithm that the token chose", () => {
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    for (const forged of [
      token({ ...GOOD, exp: 0 }, { alg: "RS256", kid: "one" }, stranger),
      token({ ...GOOD, exp: 0 }, { alg: "RS256", kid: "two" }),
      token({ ...GOOD, exp: 0 }, { alg: "RS256" }),
      token({ ...GOOD, exp: 0 }, { alg: "none", kid: "one" }),
      token({ ...GOOD, exp: 0 }, { alg: "RS512", kid: "one" }),
    ])
      expect(failuresOf(forged, published, {}, (NOW * 1000) as Instant)).toEqual([
        { check: "signature", message: expect.any(String) },
      ]);
  });
});
