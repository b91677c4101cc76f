import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTlsServer } from "../../src/http/tls.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Logger, silentLogger } from "../../src/runtime/logger.ts";

const openssl = spawnSync("openssl", ["version"]).status === 0 ? null : "no openssl on this machine";
const LOOK_EVERY_MS = 20;

describe.skipIf(openssl)(`TLS ${openssl ?? ""}`, () => {
  let directory: string;
  let server: Server;
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger: Logger = { ...silentLogger, info: log, error: log };
  const file = (name: string) => join(directory, name);
  const files = () => ({ certificateFile: file("live.crt"), keyFile: file("live.key") });

  function make(name: string): void {
    const subject = [
      "-subj",
      `/CN=${name}`,
      "-days",
      "1",
      "-nodes",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
    ];
    const out = ["-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)];
    const { status, stderr } = spawnSync("openssl", ["req", "-x509", ...subject, ...out], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
  }
  /** Puts a file in place as if it had been there for a while. */
  function use(name: string, extension: "crt" | "key", age: number): void {
    copyFileSync(file(`${name}.${extension}`), file(`live.${extension}`));
    const then = Date.now() / 1000 - age;
    utimesSync(file(`live.${extension}`), then, then);
  }
  const opened = (options: object = {}) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options }, () =>
        resolve(socket),
      );
      socket.once("error", reject);
    });
  async function served(): Promise<string> {
    const socket = await opened();
    const subject = new X509Certificate(socket.getPeerCertificate().raw).subject;
    socket.destroy();
    return subject;
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "cognate-tls-"));
    lines.length = 0;
    for (const name of ["first", "second"]) make(name);
    use("first", "crt", 100);
    use("first", "key", 100);
    server = createTlsServer({}, files(), logger, systemClock, LOOK_EVERY_MS);
    server.on("request", (_, response) => response.end("ok"));
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(directory, { recursive: true });
  });

  it("takes up a renewed certificate without a restart", async () => {
    expect(await served()).toBe("CN=first");
    use("second", "crt", 10);
    use("second", "key", 10);
    await vi.waitFor(async () => expect(await served()).toBe("CN=second"), { timeout: 5000 });
    expect(lines).toContain("TLS certificate renewed");
  });

  it("keeps the certificate it has while the new files do not fit together or are no certificate", async () => {
    use("second", "crt", 10);
    await vi.waitFor(() => expect(lines).toContain("The renewed TLS certificate cannot be used"), {
      timeout: 5000,
    });
    expect(await served()).toBe("CN=first");
    writeFileSync(file("second.crt"), "nothing");
    use("second", "crt", 5);
    lines.length = 0;
    await vi.waitFor(() => expect(lines).toContain("The renewed TLS certificate cannot be used"), {
      timeout: 5000,
    });
    expect(await served()).toBe("CN=first");
  });

  it("speaks nothing older than TLS 1.2", async () => {
    await expect(
      opened({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }),
    ).rejects.toThrow();
    const socket = await opened({ maxVersion: "TLSv1.2" });
    expect(socket.getProtocol()).toBe("TLSv1.2");
    socket.destroy();
  });

  it("does not start with files that do not fit", () => {
    use("second", "key", 10);
    expect(() => createTlsServer({}, files(), logger, systemClock)).toThrow();
  });
});
