import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { busyMsOfCore, cpuMs } from "./process-figures.ts";

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

/** What a core had for a process. */
export interface CoreTime {
  readonly seconds: number;
  /** Of the time that went by. */
  readonly share: number;
}

/**
 * The time of the process's core from now on that nobody else took: whoever else works on this machine is not known to the process.
 * Its own idleness counts as its own.
 */
export function coreMeter(core: number, pid: number): () => CoreTime {
  const begunAt = performance.now();
  const others = () => (busyMsOfCore(core) ?? 0) - (cpuMs(pid) ?? 0);
  const before = others();
  return () => {
    const elapsed = performance.now() - begunAt;
    const left = elapsed - Math.max(0, others() - before);
    return { seconds: left / 1000, share: left / elapsed };
  };
}
