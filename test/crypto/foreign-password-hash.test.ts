import { pbkdf2Sync, scryptSync } from "node:crypto";
import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ForeignAlgorithm,
  parseForeignHash,
  verifyForeignHash,
} from "../../src/crypto/foreign-password-hash.ts";
import { importedHashRefusal } from "../../src/domain/users/index.ts";

const PASSWORD = "pässwörd 😀";
const SALT = Buffer.from("0123456789abcdef");
const unpadded = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

/** Hashes of PASSWORD as other systems write them. */
const hashes = async (): Promise<[string, ForeignAlgorithm, string][]> => {
  const options = { memoryCost: 1024, timeCost: 1, parallelism: 1 };
  const key = pbkdf2Sync(PASSWORD, SALT, 1000, 32, "sha256");
  return [
    ...(await Promise.all(
      (["2a", "2b", "2y"] as const).map(
        async (version): Promise<[string, ForeignAlgorithm, string]> => [
          `bcrypt ${version}`,
          "BCRYPT",
          await bcrypt(PASSWORD, { cost: 4, version }),
        ],
      ),
    )),
    [
      "scrypt",
      "SCRYPT",
      `1024$8$1$${SALT.toString("hex")}$${scryptSync(PASSWORD, SALT, 64, { N: 1024 }).toString("hex")}`,
    ],
    ["argon2id", "ARGON2ID", await argon2(PASSWORD, options)],
    ["PBKDF2", "PBKDF2_SHA256", `$pbkdf2-sha256$1000$${unpadded(SALT)}$${unpadded(key)}`],
    [
      "PBKDF2 as passlib writes it",
      "PBKDF2_SHA256",
      `$pbkdf2-sha256$1000$${unpadded(SALT)}$${unpadded(key).replaceAll("+", ".")}`,
    ],
  ];
};

/** The documentation's examples, one for each algorithm. */
const EXAMPLES: Readonly<Record<ForeignAlgorithm, string>> = {
  BCRYPT: "$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6",
  SCRYPT:
    "65536$8$1$304dbaef7c5e828dc19c98f0600d18fe$4f69c498c12cd102d057356facf8d77e8d42407090491ea32c5b038f5a18c099",
  ARGON2ID:
    "$argon2id$v=19$m=19456,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA",
  PBKDF2_SHA256: "$pbkdf2-sha256$600000$1XZlmwLQ2hhM3JYuCPiArQ$Pfheg9Zi/v5lXU4yyLA0WFUYEd/rlaVbzrM9oMD6IrA",
};
const ALGORITHMS = Object.keys(EXAMPLES) as ForeignAlgorithm[];

describe("hashes of other systems", () => {
  it("are of their password and of no other", async () => {
    for (const [name, algorithm, text] of await hashes()) {
      const hash = parseForeignHash(algorithm, text);
      if (!hash) throw new Error(`${name} is not read`);
      expect(await verifyForeignHash(hash, PASSWORD), name).toBe(true);
      expect(await verifyForeignHash(hash, `${PASSWORD} `), name).toBe(false);
      expect(await verifyForeignHash(hash, ""), name).toBe(false);
    }
  });

  it("are checked up to the costs that may be imported", async () => {
    for (const algorithm of ALGORITHMS) {
      const hash = parseForeignHash(algorithm, EXAMPLES[algorithm]);
      if (!hash) throw new Error(`${algorithm} is not read`);
      expect(await verifyForeignHash(hash, "a wrong password"), algorithm).toBe(false);
    }
  });

  it("are read by the algorithm that they are said to be of", () => {
    for (const one of ALGORITHMS)
      for (const other of ALGORITHMS)
        expect(importedHashRefusal({ algorithm: one, hash: EXAMPLES[other] })).toBe(
          one === other ? null : "malformed",
        );
  });

  it.each<[string, ForeignAlgorithm, string]>([
    ["bcrypt cost 13", "BCRYPT", EXAMPLES.BCRYPT.replace("$10$", "$13$")],
    ["scrypt N", "SCRYPT", EXAMPLES.SCRYPT.replace("65536$", "131072$")],
    ["scrypt r", "SCRYPT", EXAMPLES.SCRYPT.replace("$8$1$", "$9$1$")],
    ["scrypt p", "SCRYPT", EXAMPLES.SCRYPT.replace("$8$1$", "$8$2$")],
    ["argon2id memory", "ARGON2ID", EXAMPLES.ARGON2ID.replace("m=19456", "m=19457")],
    ["argon2id passes", "ARGON2ID", EXAMPLES.ARGON2ID.replace("t=2", "t=3")],
    ["argon2id lanes", "ARGON2ID", EXAMPLES.ARGON2ID.replace("p=1", "p=2")],
    ["PBKDF2 iterations", "PBKDF2_SHA256", EXAMPLES.PBKDF2_SHA256.replace("$600000$", "$600001$")],
  ])("are refused beyond Cognito's maximum: %s", (_, algorithm, hash) => {
    expect(importedHashRefusal({ algorithm, hash })).toBe("too-costly");
  });

  it.each<[string, ForeignAlgorithm, string]>([
    ["bcrypt cost 3", "BCRYPT", EXAMPLES.BCRYPT.replace("$10$", "$03$")],
    ["bcrypt one short", "BCRYPT", EXAMPLES.BCRYPT.slice(0, -1)],
    ["scrypt N not a power of two", "SCRYPT", EXAMPLES.SCRYPT.replace("65536$", "65535$")],
    ["scrypt odd hex", "SCRYPT", EXAMPLES.SCRYPT.slice(0, -1)],
    ["argon2i", "ARGON2ID", EXAMPLES.ARGON2ID.replace("argon2id", "argon2i")],
    ["argon2id with half a byte", "ARGON2ID", EXAMPLES.ARGON2ID.replace("$ko/G5o1ms+", "$ko/G5o1m+")],
    ["argon2id with padding", "ARGON2ID", `${EXAMPLES.ARGON2ID}=`],
    ["PBKDF2 with no iterations", "PBKDF2_SHA256", EXAMPLES.PBKDF2_SHA256.replace("$600000$", "$0$")],
    ["plain text", "BCRYPT", "password"],
  ])("that are malformed are refused: %s", (_, algorithm, hash) => {
    expect(importedHashRefusal({ algorithm, hash })).toBe("malformed");
  });

  it("never cost more than may be, whatever the text", async () => {
    const near = fc
      .constantFrom(...Object.values(EXAMPLES))
      .chain((example) =>
        fc
          .tuple(fc.nat(example.length - 1), fc.string({ maxLength: 3 }))
          .map(([at, text]) => example.slice(0, at) + text + example.slice(at + text.length)),
      );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ALGORITHMS), near, async (algorithm, text) => {
        if (importedHashRefusal({ algorithm, hash: text }) !== null) return;
        const hash = parseForeignHash(algorithm, text);
        // What was accepted at import is checked at sign-in, right or wrong, without a fault.
        expect(hash && (await verifyForeignHash(hash, "x"))).toBe(false);
      }),
      { numRuns: 25 },
    );
  });
});
