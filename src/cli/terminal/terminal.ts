import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { noColor } from "../../config/environment.ts";

/** What a person or a program at the other end sees and is asked. Results go to standard output, all else to standard error. */
export const terminal = {
  /** Somebody can be asked. */
  get interactive(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },

  /** Standard output shows colours: it is a terminal, and NO_COLOR is not set. */
  get colour(): boolean {
    return process.stdout.isTTY === true && !noColor();
  },

  /** A line of the result. */
  print(line: string): void {
    process.stdout.write(`${line}\n`);
  },

  /** A line beside the result. */
  note(line: string): void {
    process.stderr.write(`${line}\n`);
  },

  /** Asks for a line of text. */
  async ask(question: string): Promise<string> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  },

  /** Asks for a secret, which is not shown while it is typed. */
  async askSecret(question: string): Promise<string> {
    const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: unseen, terminal: true });
    // Only now does the terminal show nothing of what is typed, however fast it comes.
    process.stderr.write(question);
    try {
      return await lines.question("");
    } finally {
      lines.close();
      process.stderr.write("\n");
    }
  },

  /** Asks for yes or no; anything but y and yes is no. */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim());
  },

  /** The whole of standard input, for secrets that a program passes on; one newline at the end does not count. */
  async readInput(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks)
      .toString("utf8")
      .replace(/\r?\n$/, "");
  },
};
