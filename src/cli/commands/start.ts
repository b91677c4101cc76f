import { ConfigError, requireStartable } from "../../config/config.ts";
import { describeFault } from "../../runtime/logger.ts";
import { systemLogger } from "../../runtime/system-logger.ts";
import { startServer } from "../../server.ts";
import { configFrom, type Options } from "../settings.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * `cognate start`: prints one line when ready and runs until a signal.
 * @returns 0 when started, 1 with the reason on standard error when not
 */
export async function start(options: Options): Promise<number> {
  try {
    const config = await configFrom(options);
    requireStartable(config);
    const logger = systemLogger(config.logLevel);
    if (config.mode === "development")
      logger.info(
        "Development mode: any AWS credentials are accepted, from this machine only; mail goes to the inbox",
      );
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
    process.stdout.write(`cognate ready on ${server.url}\n`);
    return 0;
  } catch (fault) {
    process.stderr.write(`cognate: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    return fault instanceof ConfigError ? 2 : 1;
  }
}
