import { spawnSync } from "node:child_process";
import { createPrivateKey, sign, verify, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newSelfSignedCertificate } from "../../src/crypto/self-signed-certificate.ts";
import { systemRandom } from "../../src/runtime/random.ts";

const FROM = new Date("2026-03-01T12:30:45.678Z");
const UNTIL = new Date("2036-03-01T12:30:45.678Z");
const make = (name = "us-east-1_aB3dE6gH9", from = FROM, until = UNTIL) =>
  newSelfSignedCertificate(name, { from, until }, systemRandom);

const openssl = spawnSync("openssl", ["version"]).status === 0;

describe("a self-signed certificate", () => {
  it("is what Node reads: its names, dates, key and signature", async () => {
    const { certificate, privateKey } = await make();
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe("CN=us-east-1_aB3dE6gH9");
    expect(read.issuer).toBe(read.subject);
    expect(read.validFromDate).toEqual(new Date("2026-03-01T12:30:45Z"));
    expect(read.validToDate).toEqual(new Date("2036-03-01T12:30:45Z"));
    expect(read.ca).toBe(false);
    expect(read.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.raw.equals(certificate)).toBe(true);
    const key = createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" });
    expect(read.checkPrivateKey(key)).toBe(true);
    const data = Buffer.from("a request to a provider");
    expect(verify("sha256", data, read.publicKey, sign("sha256", data, key))).toBe(true);
  });

  it("has a serial number that no other has, of 16 bytes", async () => {
    const serials = await Promise.all(
      Array.from({ length: 4 }, async () => new X509Certificate((await make()).certificate).serialNumber),
    );
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(new Set(serials)).toHaveLength(4);
  });

  it("may reach beyond 2049 and have a long name in any script", async () => {
    const name = "ü".repeat(100);
    const { certificate } = await make(
      name,
      new Date("2049-12-31T23:59:59Z"),
      new Date("2059-12-31T23:59:59Z"),
    );
    const read = new X509Certificate(certificate);
    expect(read.validToDate).toEqual(new Date("2059-12-31T23:59:59Z"));
    expect(read.validFromDate).toEqual(new Date("2049-12-31T23:59:59Z"));
    expect(read.verify(read.publicKey)).toBe(true);
  });

  it.skipIf(!openssl)("is accepted by openssl as the root of itself", async () => {
    const { certificate } = await make();
    const pem = new X509Certificate(certificate).toString();
    const shown = spawnSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" });
    expect(shown.stderr).toBe("");
    expect(shown.stdout).toContain("Version: 3 (0x2)");
    expect(shown.stdout).toContain("sha256WithRSAEncryption");
    expect(shown.stdout).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    const directory = mkdtempSync(join(tmpdir(), "cognate-certificate-"));
    const file = join(directory, "certificate.pem");
    writeFileSync(file, pem);
    const checked = spawnSync("openssl", ["verify", "-check_ss_sig", "-CAfile", file, file], {
      encoding: "utf8",
    });
    rmSync(directory, { recursive: true });
    expect(checked.stdout).toBe(`${file}: OK
`);
  });
});
