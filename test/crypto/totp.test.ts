import { describe, expect, it } from "vitest";
import { matchingStep, toBase32, totpCode } from "../../src/crypto/totp.ts";
import type { Instant } from "../../src/runtime/clock.ts";

describe("time-based one-time passwords", () => {
  const secret = Buffer.from("12345678901234567890");

  it.each([
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ])("agree with RFC 6238 at second %i", (second, code) => {
    expect(totpCode(secret, Math.floor(second / 30))).toBe(code);
  });

  it("count one step early or late and no more", () => {
    const now = (1111111111 * 1000) as Instant;
    const present = Math.floor(1111111111 / 30);
    for (const [offset, match] of [
      [-2, null],
      [-1, present - 1],
      [0, present],
      [1, present + 1],
      [2, null],
    ] as const)
      expect(matchingStep(secret, totpCode(secret, present + offset), now)).toBe(match);
  });

  it.each([
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ])("write secrets in the base 32 of RFC 4648: %j", (text, encoded) => {
    expect(toBase32(Buffer.from(text))).toBe(encoded);
  });
});
