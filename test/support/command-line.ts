import { execFile, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";

const MAIN = resolve(import.meta.dirname, "../../src/main.ts");
/** Debian's util-linux: gives a program a pseudo-terminal. */
const SCRIPT = "/usr/bin/script";
const TERMINAL_TIMEOUT_MS = 60_000;

/** What a command line gave on a pipe. */
export interface CommandRun {
  readonly status: number;
  /** Standard output. */
  readonly output: string;
  /** Standard error. */
  readonly errors: string;
}

type Environment = Readonly<Record<string, string>>;

/** No variable of this machine but PATH, and a home without AWS's files, so that a test means what it says. */
const environmentOf = (env: Environment): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  ...env,
});

/** Runs `cognate …` in a process of its own, with pipes around it. Standard input is `input`, then its end. */
export function runCommand(
  args: readonly string[],
  {
    env = {},
    input = "",
    signal,
  }: {
    readonly env?: Environment;
    readonly input?: string;
    /** Ends the process at once, as a crash does. */
    readonly signal?: AbortSignal;
  } = {},
): Promise<CommandRun> {
  return new Promise((done) => {
    const options = {
      env: environmentOf(env),
      maxBuffer: 16 * 1024 * 1024,
      ...(signal ? { signal, killSignal: "SIGKILL" as const } : {}),
    };
    const child = execFile(process.execPath, [MAIN, ...args], options, (fault, output, errors) =>
      done({ status: fault ? Number(fault.code ?? 1) || 1 : 0, output, errors }),
    );
    // It may have ended without reading.
    child.stdin?.on("error", () => {}).end(input);
  });
}

/** What is typed, once the text before it has been shown. */
export interface TypedAnswer {
  readonly after: string | RegExp;
  /** Followed by the return key, unless it is a control character. */
  readonly type: string;
}

/** What a person at a terminal saw: both outputs and the echo of what was typed, in order. */
export interface TerminalRun {
  readonly status: number;
  readonly output: string;
}

/** Why tests on a pseudo-terminal cannot run here; null when they can. */
export const terminalMissing: string | null = (() => {
  try {
    accessSync(SCRIPT, constants.X_OK);
    return null;
  } catch {
    return `${SCRIPT} is not installed`;
  }
})();

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Runs `cognate …` on a pseudo-terminal, and types the answers in their order. */
export function runOnTerminal(
  args: readonly string[],
  { env = {}, answers = [] }: { readonly env?: Environment; readonly answers?: readonly TypedAnswer[] } = {},
): Promise<TerminalRun> {
  return new Promise((done, failed) => {
    const command = [process.execPath, MAIN, ...args].map(quoted).join(" ");
    const child = spawn(SCRIPT, ["-q", "-e", "-f", "-c", command, "/dev/null"], {
      env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...environmentOf(env) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const waiting = [...answers];
    let output = "";
    /** Where in the output the next answer's prompt may begin. */
    let seen = 0;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      failed(new Error(`Not ended; waiting for ${waiting[0]?.after ?? "nothing"} after: ${output}`));
    }, TERMINAL_TIMEOUT_MS);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const next = waiting[0];
      if (!next) return;
      const fresh = output.slice(seen);
      if (typeof next.after === "string" ? !fresh.includes(next.after) : !next.after.test(fresh)) return;
      waiting.shift();
      seen = output.length;
      child.stdin.write(next.type.charCodeAt(0) < 32 ? next.type : `${next.type}\r`);
    });
    child.stdin.on("error", () => {});
    child.once("error", failed);
    child.once("close", (code) => {
      clearTimeout(timer);
      done({ status: code ?? 1, output });
    });
  });
}
