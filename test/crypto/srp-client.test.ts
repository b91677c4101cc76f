import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SRP_N, srpServerKeys, srpSessionKeys, srpVerifier, toJavaBytes } from "../../src/crypto/srp.ts";
import {
  SrpChallengeUnsafe,
  srpClaim,
  srpClientKey,
  srpClientKeys,
  srpTimestamp,
} from "../../src/crypto/srp-client.ts";

const longSecret = (text: string) => BigInt(`0x${createHash("sha512").update(text).digest("hex").repeat(2)}`);
const salt = "8f3c2b1a0d9e8f7766554433221100aa";
const identity = { group: "AbCdEf123", name: "alice" };
const password = "P@ssw0rd-1";
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));

describe("the client's side of SRP", () => {
  // The order of 2 is odd: with it added the server's secret is even, and (−2)^b is 2^b of the published vector.
  const b = toJavaBytes(longSecret("vector b") + (SRP_N - 1n) / 2n);
  const keys = srpClientKeys(toJavaBytes(longSecret("vector a")));

  it("agrees with the published vector, for a user and for a device", () => {
    const proof = (who: typeof identity, secret: string) => {
      const { publicB } = srpServerKeys(srpVerifier(who, secret, Buffer.from(salt, "hex")), b);
      const challenge = { salt, publicB, secretBlock: "AAECIHNlY3JldCBibG9jayD+/w==" };
      return srpClaim(keys, who, secret, challenge, "Tue Jan 7 08:05:09 UTC 2025");
    };
    expect(proof(identity, password)).toBe("HH7t676S+PujaGKnRxfVKbk05hEqwokrIYcWQiuintA=");
    const device = { group: "-wt2ha1Zd", name: "us-west-2_a1b2c3d4-5678-90ab-cdef-111122223333" };
    expect(proof(device, "ZGV2aWNlLXBhc3N3b3Jk")).toBe("5Q3wUZt52wmJBqpjSrVr+09AJXpy7GPoecmNTcoQ3Sg=");
  });

  it("shares a key with the server for any secrets, and none with another password", () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.string(), (a, secret, saltBytes, words) => {
        const verifier = srpVerifier(identity, words, saltBytes);
        const server = srpServerKeys(verifier, secret);
        const client = srpClientKeys(a);
        const challenge = { salt: saltBytes.toString("hex"), publicB: server.publicB };
        const accepted = srpSessionKeys(client.publicA, verifier, server).map((key) => key.toString("hex"));
        expect(accepted).toContain(srpClientKey(client, identity, words, challenge).toString("hex"));
        expect(accepted).not.toContain(
          srpClientKey(client, identity, `${words}.`, challenge).toString("hex"),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("answers no server whose values would give the password's proof away", () => {
    for (const publicB of ["0", SRP_N.toString(16), (2n * SRP_N).toString(16), "", "xyz"])
      expect(() => srpClientKey(keys, identity, password, { salt, publicB })).toThrow(SrpChallengeUnsafe);
  });

  it("writes the time as Cognito reads it", () => {
    expect(srpTimestamp(Date.UTC(2025, 0, 7, 8, 5, 9))).toBe("Tue Jan 7 08:05:09 UTC 2025");
    expect(srpTimestamp(Date.UTC(2026, 10, 21, 23, 0, 0))).toBe("Sat Nov 21 23:00:00 UTC 2026");
  });
});
