import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Giving a server a core of its own, so that whoever asks it does not take from what is measured. Linux only. */

/** The cores that this process may use; empty where the system does not tell. */
function allowedCores(): number[] {
  if (process.platform !== "linux") return [];
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

/** One core for a server, and the others for this process. */
export interface DividedCores {
  readonly server: number;
  readonly others: readonly number[];
}

/** Null where there is one core only, or no `taskset`. */
export function divideCores(): DividedCores | null {
  const cores = allowedCores();
  const server = cores.pop();
  if (server === undefined || cores.length === 0) return null;
  return spawnSync("taskset", ["-V"]).status === 0 ? { server, others: cores } : null;
}

/** Runs a program on this core only. */
export const onCore = (core: number): string[] => ["taskset", "-c", String(core)];

/** Keeps this process, all its threads, on these cores. */
export function keepOn(cores: readonly number[]): void {
  const { status, stderr } = spawnSync("taskset", ["-a", "-cp", cores.join(","), String(process.pid)]);
  if (status !== 0) throw new Error(`taskset: ${stderr}`);
}
