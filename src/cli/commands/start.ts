import { type Config, ConfigError, requireStartable } from "../../config/config.ts";
import { describeFault } from "../../runtime/logger.ts";
import { systemLogger } from "../../runtime/system-logger.ts";
import { type RunningServer, startServer } from "../../server.ts";
import { configFrom, type Options } from "../settings.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function modeRemark({ mode, verifySignatures, smtp, allowPlainHttp }: Config): string {
  if (mode === "development")
    return verifySignatures
      ? "Development mode: the credentials local and local are accepted, from this machine only; mail goes to the inbox"
      : "Development mode: any AWS credentials are accepted, from this machine only; mail goes to the inbox";
  const remarks = ["Production mode: signatures are verified and policies enforced"];
  if (!smtp) remarks.push("no mail is sent, for the configuration has no [smtp]");
  if (allowPlainHttp) remarks.push("plain HTTP is allowed beyond this machine");
  return remarks.join("; ");
}

/** On standard output and not in the log, which is kept and passed on: shown at the start that makes it, and never again. */
function showRootKey({ rootKey, services }: RunningServer, accountId: string): void {
  if (!rootKey) return;
  services.logger.info("The root access key was made; it stands on standard output");
  process.stdout.write(
    `The root access key of account ${accountId}, shown this once:\n` +
      `AWS_ACCESS_KEY_ID=${rootKey.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${rootKey.secretAccessKey}\n`,
  );
}

/**
 * `cognate start`: prints one line when ready, after the root access key if this start made it, and runs until a signal.
 * @returns 0 when started, 1 with the reason on standard error when not
 */
export async function start(options: Options): Promise<number> {
  try {
    const config = await configFrom(options);
    requireStartable(config);
    const logger = systemLogger(config.logLevel);
    logger.info(modeRemark(config));
    const server = await startServer(config, { logger });
    let closing = false;
    for (const signal of SIGNALS)
      process.on(signal, () => {
        if (closing) process.exit(1);
        closing = true;
        server.close().then(
          () => process.exit(0),
          (fault) => {
            logger.error("The server did not stop cleanly", { error: describeFault(fault) });
            process.exit(1);
          },
        );
      });
    showRootKey(server, config.accountId);
    process.stdout.write(`cognate ready on ${server.url}\n`);
    return 0;
  } catch (fault) {
    process.stderr.write(`cognate: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return fault instanceof ConfigError ? 2 : 1;
  }
}
