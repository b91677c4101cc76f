/**
 * How long a command takes from start to end, by the AWS CLI and by the built `cognate`, one after the other in the same run.
 *
 *   npm run build && node bench/command-line.ts [rounds]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startServerProcess } from "../test/support/server-process.ts";

const BUILT = resolve(import.meta.dirname, "../dist/cognate.js");
const WORDS = ["cognito-idp", "list-user-pools", "--max-results", "60"];
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  aws: ["aws"],
  cognate: [process.execPath, BUILT],
};
const rounds = Number(process.argv[2] ?? 10);

interface Times {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Seconds of processor time. */
  readonly cpu: number;
}

/** Bash tells what a program's processes used. */
function timed(command: readonly string[], env: NodeJS.ProcessEnv): Times {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null';
  const { stderr, status } = spawnSync("bash", ["-c", script, "bash", ...command], { env, encoding: "utf8" });
  const [wall = NaN, user = NaN, system = NaN] = (stderr.trim().split("\n").at(-1) ?? "")
    .split(" ")
    .map(Number);
  if (status !== 0 || Number.isNaN(wall)) throw new Error(`${command.join(" ")}: ${stderr}`);
  return { wall, cpu: user + system };
}

const median = (values: readonly number[]): string =>
  ([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN).toFixed(3);

const dataDir = mkdtempSync(join(tmpdir(), "cognate-command-line-"));
const server = await startServerProcess({ dataDir });
const env = {
  ...process.env,
  AWS_ENDPOINT_URL: server.url,
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
};
try {
  const times = new Map<string, Times[]>(Object.keys(PROGRAMS).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, program] of Object.entries(PROGRAMS)) {
      const taken = timed([...program, ...WORDS], env);
      // The first fills caches of both.
      if (round > 0) times.get(name)?.push(taken);
    }
  console.log(`${WORDS.join(" ")}: seconds, median of ${rounds} (slowest), taken in turns`);
  for (const [name, all] of times) {
    const slowest = Math.max(...all.map(({ wall }) => wall)).toFixed(3);
    console.log(
      `${name.padEnd(8)} ${median(all.map(({ wall }) => wall))} (${slowest}), processor ${median(all.map(({ cpu }) => cpu))}`,
    );
  }
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
