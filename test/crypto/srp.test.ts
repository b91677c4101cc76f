import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  SRP_N,
  srpClaimSignature,
  srpPrivateKey,
  srpServerKeys,
  srpSessionKey,
  srpVerifier,
  toBigInt,
  toJavaBytes,
} from "../../src/crypto/srp.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const longSecret = (text: string) => BigInt(`0x${createHash("sha512").update(text).digest("hex").repeat(2)}`);

function modPow(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base % SRP_N, e = exponent; e > 0n; e >>= 1n, b = (b * b) % SRP_N)
    if (e & 1n) result = (result * b) % SRP_N;
  return result;
}

describe("SRP-6a as Cognito's clients compute it", () => {
  const identity = { group: "AbCdEf123", name: "alice" };
  const salt = Buffer.from("8f3c2b1a0d9e8f7766554433221100aa", "hex");
  const a = longSecret("vector a");
  const b = toJavaBytes(longSecret("vector b"));

  it("agrees with the published vector, step by step", () => {
    expect(srpPrivateKey(identity, "P@ssw0rd-1", salt).toString("hex")).toBe(
      "bea47a732bf237afc725a8a8035d516c31a17ef8a9e7b0ca676043050f618836",
    );
    const verifier = srpVerifier(identity, "P@ssw0rd-1", salt);
    expect(sha256(toJavaBytes(toBigInt(verifier)))).toBe(
      "6b11e7740d66775f5f38d6a78e0295349c24c8b3537dafbae34a3ba524119d94",
    );
    const publicA = modPow(2n, a);
    expect(sha256(toJavaBytes(publicA))).toBe(
      "235ba583faffd3db967e56d2316ce4f17fa5ad60f5cd08e14055c741e8236a5c",
    );
    const server = srpServerKeys(verifier, b);
    expect(sha256(toJavaBytes(BigInt(`0x${server.publicB}`)))).toBe(
      "7c169c5c1b75ffd8648cee75f4e42ba193d3d90f66b0213a4fd68fb9d5421b63",
    );
    const key = srpSessionKey(publicA.toString(16), verifier, server);
    expect(key?.toString("hex")).toBe("68c1dd2413ae742336f4ad7bb6c11b9f");
    const signature = srpClaimSignature(
      key as Buffer,
      identity,
      Buffer.from("AAECIHNlY3JldCBibG9jayD+/w==", "base64"),
      "Tue Jan 7 08:05:09 UTC 2025",
    );
    expect(signature.toString("base64")).toBe("HH7t676S+PujaGKnRxfVKbk05hEqwokrIYcWQiuintA=");
  });

  it("agrees with the published vector of a device: group key and device key in place of pool and name", () => {
    const device = { group: "-wt2ha1Zd", name: "us-west-2_a1b2c3d4-5678-90ab-cdef-111122223333" };
    const password = "ZGV2aWNlLXBhc3N3b3Jk";
    expect(srpPrivateKey(device, password, salt).toString("hex")).toBe(
      "e3d17d2540df222f8f0e1164867cafa550f7b6ebaadd2e3493c0844bc29cc603",
    );
    const verifier = srpVerifier(device, password, salt);
    const server = srpServerKeys(verifier, b);
    const key = srpSessionKey(modPow(2n, a).toString(16), verifier, server);
    expect(key?.toString("hex")).toBe("767162d70a99fce55e8a8f80f5c10c05");
    const block = Buffer.from("AAECIHNlY3JldCBibG9jayD+/w==", "base64");
    const signature = srpClaimSignature(key as Buffer, device, block, "Tue Jan 7 08:05:09 UTC 2025");
    expect(signature.toString("base64")).toBe("5Q3wUZt52wmJBqpjSrVr+09AJXpy7GPoecmNTcoQ3Sg=");
  });

  it("gives no key for an A that is a multiple of N", () => {
    const verifier = srpVerifier(identity, "P@ssw0rd-1", salt);
    const server = srpServerKeys(verifier, b);
    for (const hostile of [0n, SRP_N, 2n * SRP_N])
      expect(srpSessionKey(hostile.toString(16), verifier, server)).toBeNull();
  });
});
