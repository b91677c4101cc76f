import type { Command } from "commander";
import { withConnection, withConsent } from "../../connection/task.ts";
import type { ExportOptions } from "./export-users.ts";
import type { ImportOptions } from "./import-users.ts";

/** Of tasks about users, which several folders add to. */
const userCommand = (program: Command): Command =>
  program.commands.find((command) => command.name() === "user") ??
  program.command("user").description("users of a pool");

/** `cognate user export` and `cognate user import`. */
export function addUserTransferTasks(program: Command, report: (status: number) => void): void {
  const user = userCommand(program);
  withConnection(user.command("export"))
    .description("write all users as JSON Lines, or as CSV in Cognito's import format")
    .option("--pool <nameOrId>", "the pool (default: the only one there is)")
    .option("--format <format>", "csv or jsonl (default: by the name of the output, else jsonl)")
    .option("--output <file>", "the file to make (default: standard output)")
    .option("--groups", "with each user's groups: a call per user")
    .option("--mfa", "with each user's second factors: a call per user")
    .option("--filter <filter>", 'of ListUsers, such as: status = "Enabled"')
    .action(async (options: ExportOptions) => {
      report(await (await import("./export-users.ts")).exportUsers(options));
    });
  withConsent(withConnection(user.command("import")))
    .description("create users from a file; run it again to go on where it was interrupted")
    .argument("<file>", "JSON Lines as export writes, or CSV in Cognito's import format")
    .option("--pool <nameOrId>", "the pool (default: the only one there is)")
    .option("--format <format>", "csv or jsonl (default: by the name of the file)")
    .option("--invite", "send each user an invitation with a temporary password")
    .option("--suppress", "create users one by one and send nobody a message")
    .option(
      "--hashes <algorithm>",
      "of password_hash: bcrypt, scrypt, argon2id or pbkdf2-sha256 (default: by its form)",
    )
    .option("--logs-role <arn>", "by which Amazon Cognito writes the log of an import job")
    .option("--report <file>", "what became of each line (default: <file>.<pool id>.report.jsonl)")
    .option("--json", "print the counts as JSON")
    .action(async (file: string, options: ImportOptions) => {
      report(await (await import("./import-users.ts")).importUsers(file, options));
    });
}
