import { Command, CommanderError } from "commander";
import { addCredentials } from "./commands/credentials.ts";
import { start } from "./commands/start.ts";

/** The version in package.json; kept equal by a test. */
export const VERSION = "0.1.0";

/**
 * Runs a command line (without the two leading words of process.argv).
 * @returns the exit status; a started server keeps the process alive after it
 */
export async function run(args: readonly string[]): Promise<number> {
  let status = 0;
  const program = new Command("cognate")
    .description("A self-hosted identity server that speaks Amazon Cognito's user-pool API")
    .version(VERSION)
    .exitOverride();
  program
    .command("start")
    .description("start the server")
    .option("--dev", "development mode: this machine only, any AWS credentials, an inbox instead of mail")
    .option("--verify-signatures", "development mode with one pair of credentials, local and local, verified")
    .option("--allow-plain-http", "production beyond this machine without TLS")
    .option("--host <host>", "address to listen on (default 127.0.0.1)")
    .option("--port <port>", "port to listen on (default 9500; 0 takes a free one)")
    .option("--data-dir <directory>", "embedded database and key file (default .cognate)")
    .option("--database-url <url>", "postgres://… instead of the embedded database")
    .option("--public-url <url>", "how clients reach this server; base of the issuer")
    .option("--issuer <kind>", "url: <public url>/<pool>; aws: as Amazon's tokens say (default url)")
    .option("--config <file>", "TOML file with any of the settings")
    .action(async (options: Record<string, string | boolean>) => {
      status = await start(options);
    });
  addCredentials(program, (result) => {
    status = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    return fault.exitCode;
  }
  return status;
}
