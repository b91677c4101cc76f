import { VERSION } from "../../runtime/version.ts";
import { CommandFault, FAILED, failure } from "./faults.ts";
import { GLOBAL_OPTIONS, type GlobalOptions, globalOptions } from "./global-options.ts";
import { isInteger, parseOptions } from "./option-parser.ts";
import type { Query } from "./query/expression.ts";
import { SERVICES } from "./services.ts";
import { pythonText } from "./value.ts";

/**
 * Runs a command of the AWS CLI's form: `cognito-idp list-user-pools …` or `sts get-caller-identity …`. Options, values, output, messages
 * and exit statuses are those of `aws`, version 1.
 * @param words the command line without the two leading words of process.argv
 * @returns the exit status
 */
export async function run(words: readonly string[]): Promise<number> {
  if (!process.stdout.listeners("error").includes(endQuietly)) process.stdout.on("error", endQuietly);
  try {
    await runCommand(words);
    return 0;
  } catch (fault) {
    if (!(fault instanceof CommandFault)) throw fault;
    process.stderr.write(fault.text);
    return fault.status;
  }
}

/** Who reads the output may have had enough. */
function endQuietly(fault: NodeJS.ErrnoException): void {
  if (fault.code !== "EPIPE") throw fault;
}

async function runCommand(words: readonly string[]): Promise<void> {
  if (words.includes("--version")) {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const top = parseOptions(words, GLOBAL_OPTIONS, {
    name: "command",
    required: true,
    choices: Object.keys(SERVICES),
  });
  const options = globalOptions(top);
  const query = options.query === undefined ? null : await compiled(options.query);
  checkGlobalOptions(options, top.given);
  const service = await SERVICES[String(top.given.get("command"))]?.();
  if (!service) throw new CommandFault("", FAILED);
  const { given, rest } = parseOptions(top.rest, [], {
    name: "operation",
    required: true,
    choices: [...service.operations.keys(), "help"],
  });
  const command = String(given.get("operation"));
  const operation = service.operations.get(command);
  if (!operation) {
    (await import("./help.ts")).printServiceHelp(service);
    return;
  }
  const { runOperation } = await import("./operation-command.ts");
  await runOperation(operation, rest, { service, options, query });
}

/** Faults of a query show where it is compiled, and where it is applied to a value that it does not fit. */
async function compiled(expression: string): Promise<Query> {
  const [{ compileQuery }, { QueryFault }] = await Promise.all([
    import("./query/search.ts"),
    import("./query/syntax-fault.ts"),
  ]);
  const asFailure = <T>(work: () => T, prefix: string): T => {
    try {
      return work();
    } catch (fault) {
      throw fault instanceof QueryFault ? failure(prefix + fault.message) : fault;
    }
  };
  const query = asFailure(() => compileQuery(expression), `Bad value for --query ${expression}: `);
  return (value) => asFailure(() => query(value), "");
}

function checkGlobalOptions({ endpointUrl }: GlobalOptions, given: ReadonlyMap<string, unknown>): void {
  if (endpointUrl !== undefined && endpointUrl !== "aws" && !/^[a-z][a-z0-9+.-]*:/i.test(endpointUrl))
    throw failure(
      `Bad value for --endpoint-url "${endpointUrl}": scheme is missing.  Must be of the form http://<hostname>/ or https://<hostname>/`,
    );
  for (const key of ["readTimeout", "connectTimeout"]) {
    const text = given.get(key);
    if (typeof text === "string" && !isInteger(text))
      throw failure(`invalid literal for int() with base 10: ${pythonText(text)}`);
  }
}
