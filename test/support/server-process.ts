import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY = /cognate ready on (http:\/\/\S+)\n/;
const START_TIMEOUT_MS = 30_000;
/** Of what a server says on standard error; the newest is kept. */
const KEPT_CHARACTERS = 1_000_000;

export interface ServerProcessOptions {
  readonly dataDir: string;
  /** What Node runs; the sources unless told otherwise. */
  readonly entry?: string;
  readonly nodeArguments?: readonly string[];
  /** A program that runs Node, with its arguments: `strace -f …`. */
  readonly wrapper?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Of `cognate start`, beside port and data directory; development mode unless told otherwise. */
  readonly startArguments?: readonly string[];
}

/** A real server in a process of its own on a free loopback port. */
export interface ServerProcess {
  /** Of the server itself, also under a wrapper. */
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** From the start of the process to the line that says it is ready. */
  readonly readyMs: number;
  /** How the process ended, once it has. */
  readonly ended: Promise<ProcessEnd>;
  /** What it has said on standard error so far. */
  errors(): string;
  /** What it had said on standard output when it was ready. */
  readonly greeting: string;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then waits. */
  stop(): Promise<ProcessEnd>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A start that failed: how the process ended and what it said. */
export class ServerDidNotStart extends Error {
  readonly end: ProcessEnd;
  readonly errors: string;

  constructor(end: ProcessEnd, errors: string) {
    super(`The server ended with ${end.code ?? end.signal} before it was ready: ${errors}`);
    this.name = "ServerDidNotStart";
    this.end = end;
    this.errors = errors;
  }
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The environment without this server's own settings, so that a test means what it says. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COGNATE_")));
}

/** @throws ServerDidNotStart */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { entry = "src/main.ts", nodeArguments = [], wrapper = [], startArguments = ["--dev"] } = options;
  const [program, ...rest] = [
    ...wrapper,
    process.execPath,
    ...nodeArguments,
    entry,
    ...["start", ...startArguments, "--port", "0", "--data-dir", options.dataDir],
  ];
  const startedAt = performance.now();
  const child = spawn(program ?? process.execPath, rest, {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-KEPT_CHARACTERS);
  });
  const ended = once(child, "close").then(([code, signal]): ProcessEnd => {
    running.delete(child);
    return { code, signal };
  });
  const greeting = await untilReady(child, ended, () => errors);
  const url = READY.exec(greeting)?.[1] ?? "";
  const readyMs = performance.now() - startedAt;
  // A wrapper such as strace keeps signals to itself; one such as taskset becomes what it runs.
  const pid = (wrapper.length > 0 && onlyChildOf(child.pid ?? 0)) || (child.pid ?? 0);
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, name);
  };
  return {
    pid,
    url,
    port: Number(new URL(url).port),
    readyMs,
    ended,
    errors: () => errors,
    greeting,
    signal,
    stop: () => {
      signal("SIGTERM");
      return ended;
    },
  };
}

/** Null when there is none. Linux only, as is every wrapper so far. */
const onlyChildOf = (pid: number): number | null =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()) || null;

/** What it said, up to the line that says it is ready. */
async function untilReady(
  child: ChildProcess,
  ended: Promise<ProcessEnd>,
  errors: () => string,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`The server was not ready within ${START_TIMEOUT_MS} ms: ${errors()}`));
      }, START_TIMEOUT_MS);
      let output = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (READY.test(output)) resolve(output);
      });
      child.once("error", reject);
      void ended.then((end) => reject(new ServerDidNotStart(end, errors())));
    });
  } finally {
    clearTimeout(timer);
  }
}
