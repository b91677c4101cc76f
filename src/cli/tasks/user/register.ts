import { type Command, Option } from "commander";
import { withConnection, withConsent } from "../../connection/task.ts";
import type { CreateOptions } from "./create.ts";
import type { ExplainOptions } from "./explain.ts";
import { STUCK_STATUSES } from "./stuck-statuses.ts";
import type { UnstickOptions } from "./unstick.ts";

/** Of tasks about users, which several folders add to. */
const userCommand = (program: Command): Command =>
  program.commands.find((command) => command.name() === "user") ??
  program.command("user").description("users of a pool");

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** `cognate user explain`, `create` and `unstick`. */
export function addUserTasks(program: Command, report: (status: number) => void): void {
  const user = userCommand(program);
  withConnection(user.command("explain"))
    .description(
      "say why someone can or cannot sign in, how that came about, and which command moves them on",
    )
    .argument("<user>", "any of the user's names")
    .option("--pool <name-or-id>", "the user pool (default: the only one)")
    .option("--client <name-or-id>", "only for this app client")
    .option("--json", "as JSON, as CognateService.ExplainUser answers")
    .action(async (name: string, options: ExplainOptions) => {
      report(await (await import("./explain.ts")).explainUser(name, options));
    });
  withConnection(user.command("create"))
    .description("create a user, with a password of their own or an invitation")
    .argument(
      "<address-or-name>",
      "an e-mail address or phone number, which counts as verified; or a username",
    )
    .option("--pool <name-or-id>", "the user pool (default: the only one)")
    .option("--password-stdin", "the password is on standard input")
    .option("--generate", "make a password and print it once")
    .option("--prompt", "ask for the password")
    .addOption(
      new Option("--confirmed", "the password is for good (default with a password)").conflicts("invite"),
    )
    .option("--invite", "send an invitation; the password is a temporary one (default without a password)")
    .option("--group <name>", "a group to be in; may be given several times", collect)
    .option("--attribute <name=value>", "an attribute; may be given several times", collect)
    .option("--json", "print the user as JSON")
    .action(async (name: string, options: CreateOptions) => {
      report(await (await import("./create.ts")).createUser(name, options));
    });
  withConsent(withConnection(user.command("unstick")))
    .description("find everyone who is stuck before their first sign-in or a reset, and move them on")
    .option("--pool <name-or-id>", "the user pool (default: the only one)")
    .option("--older-than <time>", "only who has not changed for so long, such as 7d, 12h or 30m")
    .addOption(
      new Option(
        "--status <status...>",
        "who counts as stuck: one or several (default: FORCE_CHANGE_PASSWORD)",
      ).choices(STUCK_STATUSES),
    )
    .addOption(
      new Option("--resend", "send the invitation or the code again").conflicts(["setPermanent", "generate"]),
    )
    .addOption(
      new Option("--set-permanent", "set one password for all, from standard input or asked for").conflicts(
        "generate",
      ),
    )
    .option("--generate", "set a password of their own for each, and write it into the report")
    .option("--client <id>", "the app client by which codes of sign-ups are sent again")
    .option("--dry-run", "only show who is stuck (default without --yes where nobody can be asked)")
    .option("--report <file>", "what became of each user (default: unstick.<pool id>.jsonl)")
    .option("--rate <n>", "calls per second at most (default: four fifths of Cognito's usual rate)")
    .option("--json", "print what became of each user as JSON Lines")
    .action(async (options: UnstickOptions) => {
      report(await (await import("./unstick.ts")).unstick(options));
    });
}
