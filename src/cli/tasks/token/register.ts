import { type Command, Option } from "commander";
import { withConnection } from "../../connection/task.ts";
import type { DecodeOptions, VerifyOptions } from "./token.ts";

/** `cognate token decode` and `cognate token verify`. */
export function addTokenTasks(program: Command, report: (status: number) => void): void {
  const token = program.command("token").description("what a token says, and whether it is good");
  token
    .command("decode")
    .description("say what is in a token, in words; nothing is checked")
    .argument("[token]", "the token; without it, or -, it is read from standard input")
    .option("--json", "header and claims as they are")
    .action(async (argument: string | undefined, options: DecodeOptions) => {
      report(await (await import("./token.ts")).decode(argument, options));
    });
  withConnection(
    token
      .command("verify")
      .description("check signature, issuer, use, client and time; status 3, 5 or 4 says which is wrong")
      .argument("[token]", "the token; without it, or -, it is read from standard input")
      .option("--pool <name-or-id>", "the user pool that it must be of (default: the one that it names)")
      .option("--client <id>", "the app client that it must be for")
      .addOption(new Option("--use <use>", "what it must be").choices(["id", "access"]))
      .option("--json", "the result as JSON"),
  ).action(async (argument: string | undefined, options: VerifyOptions) => {
    report(await (await import("./token.ts")).verify(argument, options));
  });
}
