import { Command, CommanderError } from "commander";
import { VERSION } from "../runtime/version.ts";
import { addCredentials } from "./commands/credentials.ts";
import { addCompletion } from "./completion/register.ts";
import type { ConnectionOptions } from "./connection/connection.ts";
import { withConnection } from "./connection/task.ts";
import type { Options } from "./settings.ts";
import { addDoctor } from "./tasks/doctor/register.ts";
import { addPoolTransferTasks } from "./tasks/pool/register.ts";
import { addSignInTasks } from "./tasks/sign-in/register.ts";
import { addTokenTasks } from "./tasks/token/register.ts";
import { addUserTasks } from "./tasks/user/register.ts";
import { addUserTransferTasks } from "./tasks/user-transfer/register.ts";

export { VERSION };

const AWS_COMMANDS = [
  ["cognito-idp", "every operation of the user-pool API, with the AWS CLI's options and output"],
  ["sts", "get-caller-identity, assume-role and get-session-token, likewise"],
] as const;

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
    .action(async (options: Options) => {
      status = await (await import("./commands/start.ts")).start(options);
    });
  const report = (result: number) => {
    status = result;
  };
  // Done by src/main.ts without all this; here they are for help and completion.
  for (const [name, description] of AWS_COMMANDS)
    program
      .command(name)
      .description(description)
      .argument("[words...]", "as after `aws`; try help")
      .allowUnknownOption()
      .action(async (words: string[]) => {
        status = await (await import("./aws-commands/run.ts")).run([name, ...words]);
      });
  addCredentials(program, report);
  addUserTasks(program, report);
  addUserTransferTasks(program, report);
  addPoolTransferTasks(program, report);
  addSignInTasks(program, report);
  addTokenTasks(program, report);
  addDoctor(program, report);
  addCompletion(program);
  const withDatabase = (command: Command) =>
    command
      .option("--data-dir <directory>", "embedded database and key file (default .cognate)")
      .option("--database-url <url>", "postgres://… instead of the embedded database")
      .option("--config <file>", "TOML file with any of the settings");
  withDatabase(program.command("backup"))
    .description("write the whole database into a file, also while servers work with it")
    .requiredOption("--output <file>", "the file to make; it must not be there yet")
    .action(async (options: Options) => {
      status = await (await import("./commands/transfer.ts")).backup(options);
    });
  withDatabase(program.command("restore"))
    .description("fill an empty database from a backup")
    .argument("<file>", "what backup made")
    .option("--key-file <file>", "the key that the backup's database was made with")
    .action(async (file: string, options: Options) => {
      status = await (await import("./commands/transfer.ts")).restore(file, options);
    });
  const audit = program.command("audit").description("the record of who did what");
  const withFilters = (command: Command) =>
    withDatabase(command)
      .option("--operation <name>", "such as AdminSetUserPassword")
      .option("--user <sub>", "the user whom it is about")
      .option("--principal <arn>", "who called")
      .option("--user-pool-id <id>", "the pool")
      .option("--from <time>", "such as 2026-11-20T12:00:00Z")
      .option("--until <time>", "the end of the time, not included");
  const auditCommands = () => import("./commands/audit.ts");
  withDatabase(audit.command("verify"))
    .description("say whether anything was altered, removed, added or put in another order; status 3 if so")
    .option("--key-file <file>", "the key of the database")
    .action(async (options: Options) => {
      status = await (await auditCommands()).verifyAudit(options);
    });
  withFilters(audit.command("export"))
    .description("records in CloudTrail's shape, a line of JSON each, newest first")
    .action(async (options: Options) => {
      status = await (await auditCommands()).exportAudit(options);
    });
  withFilters(audit.command("tail"))
    .description("the newest records in short")
    .option("--follow", "and those that come")
    .action(async (options: Options) => {
      status = await (await auditCommands()).tailAudit(options);
    });
  withConnection(
    program
      .command("keys")
      .description("the keys that a running server works with")
      .command("rotate-signing")
      .description("give a pool new signing keys: published at once, signing ten minutes later")
      .requiredOption("--user-pool-id <id>", "the pool"),
  ).action(async (options: ConnectionOptions & { userPoolId: string }) => {
    status = await (await import("./commands/keys.ts")).rotateSigning(options);
  });
  program
    .command("migrate")
    .description(
      "copy a database into another, empty one: embedded to PostgreSQL or back; stop the servers first",
    )
    .requiredOption("--from <place>", "data directory or postgres://…")
    .requiredOption("--to <place>", "data directory or postgres://…")
    .option("--key-file <file>", "the key that the database was made with")
    .action(async (options: Options) => {
      status = await (await import("./commands/transfer.ts")).migrate(options);
    });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    return fault.exitCode;
  }
  return status;
}
