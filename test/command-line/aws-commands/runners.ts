import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a command line did. */
export interface CommandRun {
  readonly output: string;
  readonly errors: string;
  readonly status: number;
}

/** Runs command lines, one after the other. */
export interface Runner {
  run(words: readonly string[]): Promise<CommandRun>;
  close(): void;
}

function runner(program: string, script: string, endpoint: string): Runner {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(program, [path, endpoint], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(words) {
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`${script} ended at ${words.join(" ")}`);
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}

/** The AWS CLI, version 1, in Python. */
export const awsRunner = (endpoint: string): Runner => runner("python3", "aws_calls.py", endpoint);

/** The same commands of this project. */
export const cognateRunner = (endpoint: string): Runner =>
  runner(process.execPath, "cognate-calls.ts", endpoint);
