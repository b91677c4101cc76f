import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Processor time and memory of another process, which only Linux tells: elsewhere they are null and the tables say so. */
export const CAN_READ_PROCESSES = process.platform === "linux";

/** Clock ticks a second: the unit of /proc/<pid>/stat. */
const TICKS = CAN_READ_PROCESSES ? Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" })) : 100;

/** Milliseconds of processor time of the process and all its threads so far. */
export function cpuMs(pid: number): number | null {
  if (!CAN_READ_PROCESSES) return null;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name, which may hold spaces; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

/** The same of a process and its children, those that have ended included. */
export function cpuMsOfFamily(pid: number): number | null {
  if (!CAN_READ_PROCESSES) return null;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS;
  return children.reduce((sum, child) => sum + (cpuMs(Number(child)) ?? 0), (cpuMs(pid) ?? 0) + ended);
}

/** Resident memory in MB (10^6 bytes): all of it, and without the pages of files that the system may drop at any time. */
export function residentMb(pid: number): { all: number; anonymous: number } | null {
  if (!CAN_READ_PROCESSES) return null;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return { all: (kib("VmRSS") * 1024) / 1e6, anonymous: (kib("RssAnon") * 1024) / 1e6 };
}

/**
 * Milliseconds that one core has spent on anything so far, by /proc/stat: what is not idle is somebody's.
 * @param core its number
 */
export function busyMsOfCore(core: number): number | null {
  if (!CAN_READ_PROCESSES) return null;
  const line = new RegExp(`^cpu${core} (.*)$`, "m").exec(readFileSync("/proc/stat", "utf8"))?.[1];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(" ").map(Number);
  return ((user + nice + system + irq + softirq + steal) * 1000) / TICKS;
}
