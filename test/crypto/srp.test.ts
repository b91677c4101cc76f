import { createHash, createHmac, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  SRP_N,
  srpClaimSignature,
  srpPrivateKey,
  srpServerKeys,
  srpSessionKeys,
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

const K = BigInt(`0x${sha256(Buffer.concat([toJavaBytes(SRP_N), toJavaBytes(2n)]))}`);

/** 1 for squares modulo a prime, -1 for other residues. */
function jacobi(a: bigint, n: bigint): number {
  let [x, m, sign] = [((a % n) + n) % n, n, 1];
  while (x !== 0n) {
    while (x % 2n === 0n) {
      x /= 2n;
      if (m % 8n === 3n || m % 8n === 5n) sign = -sign;
    }
    [x, m] = [m, x];
    if (x % 4n === 3n && m % 4n === 3n) sign = -sign;
    x %= m;
  }
  return m === 1n ? sign : 0;
}

describe("SRP-6a as Cognito's clients compute it", () => {
  const identity = { group: "AbCdEf123", name: "alice" };
  const salt = Buffer.from("8f3c2b1a0d9e8f7766554433221100aa", "hex");
  const a = longSecret("vector a");
  // The published B is of 2^b; this server's is of (−2)^b. The order of 2 is odd, so with it added b is even and both are the same.
  const b = toJavaBytes(longSecret("vector b") + (SRP_N - 1n) / 2n);

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
    const [key] = srpSessionKeys(publicA.toString(16), verifier, server);
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
    const [key] = srpSessionKeys(modPow(2n, a).toString(16), verifier, server);
    expect(key?.toString("hex")).toBe("767162d70a99fce55e8a8f80f5c10c05");
    const block = Buffer.from("AAECIHNlY3JldCBibG9jayD+/w==", "base64");
    const signature = srpClaimSignature(key as Buffer, device, block, "Tue Jan 7 08:05:09 UTC 2025");
    expect(signature.toString("base64")).toBe("5Q3wUZt52wmJBqpjSrVr+09AJXpy7GPoecmNTcoQ3Sg=");
  });

  it("gives no key for an A that is not between 0 and N", () => {
    const verifier = srpVerifier(identity, "P@ssw0rd-1", salt);
    const server = srpServerKeys(verifier, b);
    for (const hostile of [0n, SRP_N, SRP_N + 1n, 2n * SRP_N])
      expect(srpSessionKeys(hostile.toString(16), verifier, server)).toEqual([]);
  });

  it("sends a B that tells nothing about a guessed verifier", () => {
    const guesses = { right: "P@ssw0rd-1", wrong: "P@ssw0rd-2" };
    const verifier = srpVerifier(identity, guesses.right, salt);
    const squares = { right: 0, wrong: 0 };
    for (let exchange = 0; exchange < 200; exchange++) {
      const B = BigInt(`0x${srpServerKeys(verifier, randomBytes(32)).publicB}`);
      for (const [name, guess] of Object.entries(guesses)) {
        const v = toBigInt(srpVerifier(identity, guess, salt));
        if (jacobi(B - K * v, SRP_N) === 1) squares[name as keyof typeof squares]++;
      }
    }
    // Half of all residues are squares: beyond these bounds once in ten million runs.
    for (const count of Object.values(squares)) expect(Math.abs(count - 100)).toBeLessThan(38);
  });

  it("lets a client in that computed with 2 alone, for an even and an odd secret", () => {
    const verifier = srpVerifier(identity, "P@ssw0rd-1", salt);
    const x = toBigInt(srpPrivateKey(identity, "P@ssw0rd-1", salt));
    for (const last of [0, 1, 2, 3]) {
      const secret = Buffer.concat([randomBytes(31), Buffer.of(last)]);
      const server = srpServerKeys(verifier, secret);
      const B = BigInt(`0x${server.publicB}`);
      const A = modPow(2n, a);
      const u = BigInt(`0x${sha256(Buffer.concat([toJavaBytes(A), toJavaBytes(B)]))}`);
      const base = (((B - K * modPow(2n, x)) % SRP_N) + SRP_N) % SRP_N;
      const S = modPow(base, a + u * x);
      const prk = createHmac("sha256", toJavaBytes(u)).update(toJavaBytes(S)).digest();
      const key = createHmac("sha256", prk).update("Caldera Derived Key\u0001").digest().subarray(0, 16);
      const keys = srpSessionKeys(A.toString(16), verifier, server);
      expect(keys).toHaveLength(last % 2 === 0 ? 1 : 2);
      expect(keys.filter((candidate) => candidate.equals(key))).toHaveLength(1);
    }
  });
});
