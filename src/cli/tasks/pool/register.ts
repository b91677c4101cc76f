import type { Command } from "commander";
import { withConnection, withConsent } from "../../connection/task.ts";
import type { CopyOptions } from "./copy-pool.ts";
import type { DiffOptions } from "./diff-pools.ts";

/** Of tasks about pools, which several folders may add to. */
const poolCommand = (program: Command): Command =>
  program.commands.find((command) => command.name() === "pool") ??
  program.command("pool").description("user pools, of this server and of others");

/** Options for two pools that are at different servers or in different accounts. */
const withSides = (command: Command): Command =>
  withConnection(command)
    .option("--from-endpoint-url <url>", "where the first pool is, when it is elsewhere")
    .option("--from-region <name>", "the region of the first pool")
    .option("--from-profile <name>", "the profile for the first pool")
    .option("--to-endpoint-url <url>", "where the second pool is, when it is elsewhere")
    .option("--to-region <name>", "the region of the second pool")
    .option("--to-profile <name>", "the profile for the second pool");

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** `cognate pool diff` and `cognate pool copy`. */
export function addPoolTransferTasks(program: Command, report: (status: number) => void): void {
  const pool = poolCommand(program);
  withSides(pool.command("diff"))
    .description("what is not the same in two pools; status 0 when nothing, 1 when something, 2 on trouble")
    .argument("<from>", "[endpoint#]name or id of a pool")
    .argument("<to>", "[endpoint#]name or id of another")
    .option("--users", "compare the users too: attributes, status, groups")
    .option("--json", "print the differences as JSON")
    .action(async (from: string, to: string, options: DiffOptions) => {
      report(await (await import("./diff-pools.ts")).diffPools(from, to, options));
    });
  withConsent(withSides(pool.command("copy")))
    .description("make a pool like another one; run it again to go on where it was interrupted")
    .argument("<from>", "[endpoint#]name or id of the pool to copy")
    .argument("<to>", "[endpoint#]name of the pool to make")
    .option("--into", "fill an empty pool that is there, instead of making one")
    .option("--no-users", "everything but the users")
    .option("--with-triggers", "name the same functions in the copy, once the users are there")
    .option(
      "--without <setting>",
      "a setting to leave out, such as EmailConfiguration; may be given several times",
      collect,
    )
    .option("--domain <prefix>", "the copy's prefix domain, when the other is taken")
    .option("--logs-role <arn>", "by which Amazon Cognito writes the log of an import job")
    .option("--progress <file>", "what was done so far (default: cognate-copy-<pool id>.progress.jsonl)")
    .option("--json", "print the result as JSON")
    .action(async (from: string, to: string, options: CopyOptions) => {
      report(await (await import("./copy-pool.ts")).copyPool(from, to, options));
    });
}
