import type { Command } from "commander";
import type { Given } from "./credential-options.ts";
import type { RemoteCommand } from "./credentials-of-server.ts";

/** On the database, or by a server that runs where one is given. @returns the exit status */
async function runWhere(name: RemoteCommand, given: Given): Promise<number> {
  if (given.endpointUrl === undefined) {
    const { runOnDatabase } = await import("./credentials-of-database.ts");
    return runOnDatabase(name, given);
  }
  const { runAtServer } = await import("./credentials-of-server.ts");
  return runAtServer(name, given);
}

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/**
 * `cognate credentials …`: works on the database itself, as whoever can read its key may, or asks a running server, as whoever its
 * policies allow may.
 */
export function addCredentials(program: Command, ended: (status: number) => void): void {
  const group = program.command("credentials").description("access keys, users, roles and their policies");
  const command = (name: RemoteCommand, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option("--data-dir <directory>", "embedded database and key file (default .cognate)")
      .option("--database-url <url>", "postgres://… instead of the embedded database")
      .option("--config <file>", "TOML file with any of the settings")
      .option("--account <id>", "12 digits (default: setting accountId)")
      .option(
        "--endpoint-url <url>",
        "a running server, in place of its database; asked with AWS credentials",
      )
      .option("--region <name>", "with --endpoint-url: of the records (default: AWS_REGION or us-east-1)")
      .option("--profile <name>", "with --endpoint-url: a profile of the AWS configuration files")
      .action(async (given: Given) => ended(await runWhere(name, given)));
  const named = (given: Command): Command =>
    given.option("--user <name>", "a user").option("--role <name>", "a role");
  const withPolicies = (given: Command): Command =>
    given
      .option("--policy <file>", "a policy in AWS's JSON; may be given several times", collect)
      .option("--trust-policy <file>", "who may take the role on");
  withPolicies(named(command("create", "make an access key for a user, who is made if need be; or a role")))
    .option("--root", "an access key of the account itself, which may do everything")
    .option(
      "--max-session-seconds <seconds>",
      "the longest that credentials of the role last (default 3600)",
    );
  command("list", "principals with their access keys, without the secrets");
  command("rotate", "put a new access key in the place of one, which stops working at once")
    .requiredOption("--access-key-id <id>", "the access key to replace")
    .option("--user <name>", "with --endpoint-url: whose it is, which spares looking for it");
  named(command("delete", "delete an access key, a user with all of them, or a role")).option(
    "--access-key-id <id>",
    "the access key to delete",
  );
  withPolicies(named(command("policy", "put policies in the place of those of a user or role")));
}
