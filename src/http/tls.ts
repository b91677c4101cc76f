import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { describeFault, type Logger } from "../runtime/logger.ts";

/** PEM files: the certificate with its chain, and its private key. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const LOOK_EVERY_MS = 10 * SECOND;

const read = ({ certificateFile, keyFile }: TlsFiles) => ({
  cert: readFileSync(certificateFile),
  key: readFileSync(keyFile),
});

const changedAt = ({ certificateFile, keyFile }: TlsFiles): number =>
  Math.max(statSync(certificateFile).mtimeMs, statSync(keyFile).mtimeMs);

/**
 * A server for TLS 1.2 and newer that takes up renewed files by itself within ten seconds; connections that are open stay so.
 * Files that do not fit together, as in the middle of a renewal, are tried again; until then the earlier certificate serves.
 * @throws when the files cannot be read or do not fit
 */
export function createTlsServer(
  options: Parameters<typeof createServer>[0],
  files: TlsFiles,
  logger: Logger,
  clock: Clock,
  lookEveryMs = LOOK_EVERY_MS,
): Server {
  let loaded = changedAt(files);
  const server = createServer({ ...options, ...read(files), minVersion: "TLSv1.2" });
  const timer = setInterval(() => {
    try {
      const changed = changedAt(files);
      // A file of this very moment may still be written to.
      if (changed === loaded || clock.now() - changed < SECOND) return;
      server.setSecureContext({ ...read(files), minVersion: "TLSv1.2" });
      loaded = changed;
      logger.info("TLS certificate renewed");
    } catch (fault) {
      logger.error("The renewed TLS certificate cannot be used", { error: describeFault(fault) });
    }
  }, lookEveryMs).unref();
  server.once("close", () => clearInterval(timer));
  return server;
}
