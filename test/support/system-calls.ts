import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Watching a process's system calls with strace, which only Linux has. */

/** Why it cannot be done here; null when it can. */
export function straceMissing(): string | null {
  if (process.platform !== "linux") return "system calls can be watched on Linux only";
  const { status, error } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"], { stdio: "ignore" });
  if (error) return "strace is not installed";
  return status === 0 ? null : "strace may not watch processes here";
}

const WATCHED = "pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync";

/** Runs a program under strace and records writes, syncs and what is sent, with the names of files. */
export const straceInto = (file: string): string[] => [
  "strace",
  ...["-f", "-qq", "-y", "-s", "40", "-e", `trace=${WATCHED}`, "-o", file],
];

export type Event = "log-write" | "log-sync" | "answer";

/** A call may be split in two lines when another thread comes between; what counts is when it ended. */
const WHOLE = /^(\d+) +(\w+)\((.*)\) += (-?\d+)/;
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+)/;

/** What a record says of the write-ahead log and of successful HTTP answers, in order. */
export function eventsIn(file: string): Event[] {
  const events: Event[] = [];
  const begun = new Map<string, string>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const unfinished = BEGUN.exec(line);
    if (unfinished) {
      const [, thread = "", , text = ""] = unfinished;
      begun.set(thread, text);
      // Bytes that are being sent may be on their way already.
      const event = eventOf(unfinished[2] ?? "", text);
      if (event === "answer") events.push(event);
      continue;
    }
    const resumed = RESUMED.exec(line);
    const [, thread = "", call = "", text = "", result = ""] = resumed ?? WHOLE.exec(line) ?? [];
    const event = eventOf(call, resumed ? (begun.get(thread) ?? "") : text);
    if (event === null || Number(result) < 0 || (resumed && event === "answer")) continue;
    events.push(event);
  }
  return events;
}

function eventOf(call: string, text: string): Event | null {
  const isLog = /^\d+<[^>]*-wal>/.test(text);
  if (isLog) return call === "fsync" || call === "fdatasync" ? "log-sync" : "log-write";
  return /^\d+<(socket|TCP)[^>]*>.*HTTP\/1\.1 200 /.test(text) ? "answer" : null;
}

/** Of the answers after a write to the log: how many had all of it synced before they left. */
export function durableAnswers(events: readonly Event[]): { answers: number; durable: number } {
  let answers = 0;
  let durable = 0;
  let state: "nothing written" | "written" | "synced" = "nothing written";
  for (const event of events) {
    if (event === "log-write") state = "written";
    else if (event === "log-sync") state = state === "nothing written" ? state : "synced";
    else if (state !== "nothing written") {
      answers++;
      if (state === "synced") durable++;
      state = "nothing written";
    }
  }
  return { answers, durable };
}
