import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "../../src/crypto/password-hash.ts";

const SALT = Buffer.alloc(16, 7);

describe("an argon2id hash", () => {
  it("verifies the very bytes it was made of, whatever they are", async () => {
    for (const byte of [0x00, 0x41, 0x80, 0xc3, 0xff]) {
      const password = Buffer.alloc(32, byte);
      const phc = await hashPassword(password, SALT);
      expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await verifyPassword(phc, password)).toBe(true);
      password[31] = byte ^ 1;
      expect(await verifyPassword(phc, password)).toBe(false);
    }
  });
});
