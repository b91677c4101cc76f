/** What a command ends with instead of a result: `text` goes to standard error as it is. */
export class CommandFault extends Error {
  readonly text: string;
  readonly status: number;

  constructor(text: string, status: number) {
    super(text);
    this.text = text;
    this.status = status;
  }
}

/** Exit statuses of the AWS CLI. */
export const USAGE = 2;
export const FAILED = 255;

/** Anything that fails once the words of the command line are understood. */
export const failure = (message: string): CommandFault => new CommandFault(`\n${message}\n`, FAILED);

/** What the AWS CLI says on a line of its own, without an empty one before it. */
export const refusal = (message: string): CommandFault => new CommandFault(`${message}\n`, FAILED);

const USAGE_TEXT = `usage: cognate [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  cognate cognito-idp help
  cognate cognito-idp <subcommand> help
`;

/** Words that cannot be understood: status 2. */
export const misuse = (message: string): CommandFault =>
  new CommandFault(`${USAGE_TEXT}\ncognate: error: ${message}\n`, USAGE);

/** An option that the operation does not have. `remark` is what may have been meant. */
export const unknownOptions = (words: readonly string[], remark = ""): CommandFault =>
  new CommandFault(`${USAGE_TEXT}\nUnknown options: ${words.join(", ")}${remark || "\n"}`, FAILED);

/** The value of an option cannot be used. `option` is the whole word, such as `--schema`. */
export const parameterFault = (option: string, message: string): CommandFault =>
  failure(`Error parsing parameter '${option}': ${message}`);
