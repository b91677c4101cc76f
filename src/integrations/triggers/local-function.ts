import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Invocation } from "../../domain/triggers/index.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Identifiers } from "../../runtime/identifiers.ts";
import { type FunctionTransport, functionAnswer, LARGEST_ANSWER } from "./function-answer.ts";
import { JAVASCRIPT_RUNNER, PYTHON_RUNNER } from "./runners.ts";

/** Processes of one function at a time; each serves one call at a time, as on Lambda. */
const PROCESSES = 8;
/** Calls that may wait for one of them. */
const WAITING = 100;

export interface LocalFunctionSettings {
  readonly path: string;
  readonly handler: string;
}

export interface LocalFunctionParts {
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, "uuid">;
  /** The environment of the processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a changed file is loaded again at the next call; otherwise a process keeps what it loaded. */
  readonly reload: boolean;
}

const COMMANDS = {
  module: (path: string, handler: string) => ({
    command: process.execPath,
    args: ["--input-type=module", "--eval", JAVASCRIPT_RUNNER, "--", path, handler],
  }),
  python: (path: string, handler: string) => ({
    command: "python3",
    args: ["-B", "-c", PYTHON_RUNNER, path, handler],
  }),
} as const;

const failedWith = (errorMessage: string) => functionAnswer(JSON.stringify({ errorMessage }), "failed");

/** One process with the function loaded. */
class FunctionProcess {
  readonly version: number;
  readonly #child: ChildProcess;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #settle: ((invocation: Invocation) => void) | null = null;
  /** Set once the process can serve no more. */
  ended = false;

  constructor(
    { command, args }: { command: string; args: string[] },
    environment: Readonly<Record<string, string>>,
    version: number,
  ) {
    this.version = version;
    // What functions print joins the server's log on standard error; answers come on a descriptor of their own.
    this.#child = spawn(command, args, { env: environment, stdio: ["pipe", 2, 2, "pipe"] });
    this.#child.once("error", () => this.#end({ kind: "misconfigured" }));
    this.#child.once("exit", (code, signal) =>
      this.#end(
        failedWith(`Runtime exited with error: ${signal ? `signal ${signal}` : `exit status ${code}`}`),
      ),
    );
    this.#child.stdin?.on("error", () => {});
    const answers = this.#child.stdio[3] as Readable | null;
    answers?.on("error", () => {});
    answers?.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** One call; the process is killed when it is late. */
  call(line: string, timeoutMs: number): Promise<Invocation> {
    return new Promise((settle) => {
      const late = setTimeout(() => this.kill({ kind: "timed-out" }), timeoutMs);
      this.#settle = (invocation) => {
        clearTimeout(late);
        this.#settle = null;
        settle(invocation);
      };
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  kill(why: Invocation): void {
    this.#child.kill("SIGKILL");
    this.#end(why);
  }

  #receive(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > LARGEST_ANSWER) {
      this.kill({ kind: "too-large" });
      return;
    }
    this.#chunks.push(chunk);
    if (chunk.at(-1) !== 0x0a) return;
    const line = Buffer.concat(this.#chunks).toString("utf8");
    this.#chunks.length = 0;
    this.#length = 0;
    this.#settle?.(answerIn(line));
  }

  #end(why: Invocation): void {
    if (this.ended) return;
    this.ended = true;
    this.#settle?.(why);
  }
}

function answerIn(line: string): Invocation {
  try {
    const answer = JSON.parse(line) as { ok?: unknown; error?: unknown };
    return answer.error === undefined
      ? { kind: "answered", payload: answer.ok ?? null }
      : functionAnswer(JSON.stringify(answer.error), "failed");
  } catch {
    return { kind: "not-json" };
  }
}

/** Runs a function of this machine in processes of its own: what it does to itself, it cannot do to the server. */
export function localFunction(
  kind: keyof typeof COMMANDS,
  { path, handler }: LocalFunctionSettings,
  parts: LocalFunctionParts,
): FunctionTransport {
  const file = resolve(path);
  const idle: FunctionProcess[] = [];
  const all = new Set<FunctionProcess>();
  const waiting: (() => void)[] = [];
  let closed = false;

  /** When the file was last changed, or 0 where that does not matter; null when it is not there. */
  function versionNow(): number | null {
    const facts = statSync(file, { throwIfNoEntry: false });
    if (!facts) return null;
    return parts.reload ? facts.mtimeMs : 0;
  }

  function take(version: number): FunctionProcess | null {
    for (let runner = idle.pop(); runner; runner = idle.pop()) {
      if (!runner.ended && runner.version === version) return runner;
      runner.kill({ kind: "misconfigured" });
      all.delete(runner);
    }
    if (all.size >= PROCESSES) return null;
    const runner = new FunctionProcess(COMMANDS[kind](file, handler), parts.environment, version);
    all.add(runner);
    return runner;
  }

  function giveBack(runner: FunctionProcess): void {
    if (runner.ended || closed) {
      runner.kill({ kind: "misconfigured" });
      all.delete(runner);
    } else idle.push(runner);
    waiting.shift()?.();
  }

  return {
    async invoke(event, _mode, timeoutMs) {
      const version = versionNow();
      if (version === null || closed) return { kind: "misconfigured" };
      const deadline = parts.clock.now() + timeoutMs;
      let runner = take(version);
      while (!runner) {
        if (waiting.length >= WAITING || parts.clock.now() >= deadline)
          return { kind: "refused", code: "TooManyRequestsException", retryable: false };
        await new Promise<void>((go) => waiting.push(go));
        if (closed) return { kind: "misconfigured" };
        runner = take(version);
      }
      const line = JSON.stringify({ id: parts.identifiers.uuid(), remainingMs: timeoutMs, event });
      const invocation = await runner.call(line, timeoutMs);
      giveBack(runner);
      return invocation;
    },
    close() {
      closed = true;
      for (const runner of all) runner.kill({ kind: "misconfigured" });
      for (const go of waiting.splice(0)) go();
    },
  };
}
