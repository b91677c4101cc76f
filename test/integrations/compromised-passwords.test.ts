import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCommonPassword } from "../../src/integrations/compromised-passwords/common-password-list.ts";
import { openDigestFile } from "../../src/integrations/compromised-passwords/digest-file.ts";

const digest = (password: string): string => createHash("sha1").update(password).digest("hex").toUpperCase();

describe("the list of common passwords", () => {
  it("knows them, in capitals too and with symbols at the end", () => {
    for (const password of ["123456", "password1", "PASSWORD1", "Password1!", "qwertyuiop", "P@ssw0rd"])
      expect(isCommonPassword(password)).toBe(true);
  });

  it("does not know passwords that nobody else has", () => {
    for (const password of [
      "Correct-Horse-9",
      "0ther-Passw0rd!",
      "First-Day-Pass-1",
      "",
      "!!!!!!!!",
      "12345",
    ])
      expect(isCommonPassword(password)).toBe(false);
    fc.assert(fc.property(fc.uuid(), (password) => !isCommonPassword(password)));
  });
});

describe("a file of digests", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "cognate-digests-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const written = (content: string): string => {
    const path = join(directory, "digests.txt");
    writeFileSync(path, content);
    return path;
  };
  const lines = (count: number, form: (digest: string, n: number) => string) =>
    Array.from({ length: count }, (_, n) => digest(`known-${n}`))
      .sort()
      .map(form)
      .join("");

  it.each([
    ["as Have I Been Pwned gives it out", (text: string, n: number) => `${text}:${n}\r\n`],
    ["with digests alone", (text: string) => `${text}\n`],
    ["in small letters", (text: string, n: number) => `${text.toLowerCase()}:${10 ** (n % 9)}\n`],
  ])("%s, is searched where it lies: every line is found, and nothing else", async (_, form) => {
    for (const count of [1, 2, 150, 3000]) {
      const file = await openDigestFile(written(lines(count, form)));
      for (let n = 0; n < count; n++) expect(await file.includes(`known-${n}`)).toBe(true);
      for (let n = 0; n < 300; n++) expect(await file.includes(`unknown-${n}`)).toBe(false);
      await file.close();
    }
  });

  it("may lack the last line's end", async () => {
    const file = await openDigestFile(written(lines(500, (text) => `${text}\n`).trimEnd()));
    for (let n = 0; n < 500; n++) expect(await file.includes(`known-${n}`)).toBe(true);
    await file.close();
  });

  it("is refused when it is empty, not sorted, or something else", async () => {
    const sorted = lines(500, (text) => `${text}\n`);
    await expect(openDigestFile(written(""))).rejects.toThrow("holds no digests");
    await expect(openDigestFile(written(sorted.split("\n").reverse().join("\n")))).rejects.toThrow(
      "not sorted",
    );
    await expect(openDigestFile(written("password\n123456\n"))).rejects.toThrow("no SHA-1 digest");
    await expect(openDigestFile(join(directory, "none.txt"))).rejects.toThrow("ENOENT");
  });
});
