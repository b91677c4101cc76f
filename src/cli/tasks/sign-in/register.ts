import { type Command, Option } from "commander";
import { withConnection } from "../../connection/task.ts";
import { FLOW_NAMES } from "./flows.ts";
import type { InboxOptions } from "./inbox.ts";
import type { LoginOptions } from "./login.ts";

/** `cognate login` and `cognate inbox`. */
export function addSignInTasks(program: Command, report: (status: number) => void): void {
  withConnection(
    program
      .command("login")
      .description(
        "sign in, whatever is asked: new password, codes, second factor, device; prints the tokens",
      )
      .option("--pool <name-or-id>", "the user pool (default: the only one)")
      .option("--client <name-or-id>", "the app client (default: the only one)")
      .option("--username <name>", "username, e-mail address or phone number (default: asked)")
      .addOption(
        new Option("--flow <flow>", "how to begin (default: the first that the client allows)").choices(
          FLOW_NAMES,
        ),
      )
      .option("--password-stdin", "the password is the next line of standard input")
      .option("--client-secret-stdin", "the client's secret is the first line of standard input")
      .option("--answers-stdin", "every answer is a line of standard input, in the order of the questions")
      .option("--inbox", "read codes from the inbox of a server in development mode")
      .option("--remember-device", "confirm this device, so that later sign-ins need no second factor")
      .addOption(new Option("--json", "print the tokens as JSON").conflicts("export"))
      .option("--export", "print the tokens as export lines for a shell"),
  ).action(async (options: LoginOptions) => {
    report(await (await import("./login.ts")).login(options));
  });
  withConnection(
    program
      .command("inbox")
      .description("messages that a server in development mode kept instead of sending them")
      .option("--pool <name-or-id>", "only of this user pool")
      .option("--to <address>", "only to this e-mail address or phone number")
      .option("--follow", "and those that come")
      .option("--json", "as JSON, newest first; with --follow a line each, oldest first"),
  ).action(async (options: InboxOptions) => {
    report(await (await import("./inbox.ts")).inbox(options));
  });
}
