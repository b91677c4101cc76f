import { availableParallelism, cpus } from "node:os";
import { CAN_READ_PROCESSES } from "../test/support/process-figures.ts";
import type { StartFigures } from "./cognate.ts";
import type { Figures } from "./load.ts";

/** One line of the table of operations. */
export interface Row {
  readonly server: string;
  readonly operation: string;
  readonly users: number;
  readonly connections: number;
  /** Null for other servers: the aim is this one's. */
  readonly barMs: number | null;
  /** Figures, or why there are none. */
  readonly result: Figures | string;
}

export interface StartRow extends StartFigures {
  readonly program: string;
  readonly users: number;
}

/** Aims for a start on an existing database and for a server at rest. */
const START_BAR_MS = 300;
const RESTING_BAR_MB = 100;

const thousands = (n: number): string => n.toLocaleString("en").replaceAll(",", " ");
const fixed = (n: number): string => n.toFixed(n < 1 ? 3 : n < 10 ? 2 : n < 100 ? 1 : 0);
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");

function verdict(row: Row): string {
  if (row.barMs === null || typeof row.result === "string" || row.result.cpuMs === null) return "";
  return row.result.cpuMs <= row.barMs ? "met" : "**missed**";
}

export function operationsTable(rows: readonly Row[]): string {
  return table(
    ["operation", "server", "users", "conn.", "CPU ms", "bar", "", "req/s", "p50 ms", "p99 ms"],
    rows.map((row) => {
      const { result } = row;
      const place = [row.operation, row.server, thousands(row.users), String(row.connections)];
      const bar = row.barMs === null ? "" : `≤ ${row.barMs}`;
      if (typeof result === "string") return [...place, "–", bar, result, "", "", ""];
      const cpu = result.cpuMs === null ? "–" : fixed(result.cpuMs);
      const times = [fixed(result.perSecond), fixed(result.p50Ms), fixed(result.p99Ms)];
      return [...place, cpu, bar, verdict(row), ...times];
    }),
  );
}

/** How much more an operation may cost with a million users than with a thousand. */
const GROWTH_BAR = 1.3;

/** Each operation's cost by the number of users, and how it grows from the fewest to the most. */
export function growthTable(rows: readonly Row[], counts: readonly number[]): string {
  const key = (row: Row) => `${row.operation}|${row.server}|${row.connections}`;
  const groups = Map.groupBy(rows, key);
  return table(
    [
      ...["operation", "database"],
      ...counts.map((count) => `CPU ms, ${thousands(count)} users`),
      ...["growth", "bar", "", "database's own CPU ms", "p99 ms"],
    ],
    [...groups.values()].map((group) => {
      const [first] = group;
      if (!first) return [];
      const figures = counts.map((count) => {
        const result = group.find(({ users }) => users === count)?.result;
        return typeof result === "object" ? result : null;
      });
      const cost = figures.map((figure) => figure?.cpuMs ?? null);
      const [least, most] = [cost[0], cost.at(-1)];
      const growth = least && most ? most / least : null;
      const isMet = most != null && most <= (first.barMs ?? most) && growth !== null && growth <= GROWTH_BAR;
      const failure = group.map(({ result }) => result).find((result) => typeof result === "string");
      const own = figures.map((figure) =>
        figure?.databaseCpuMs == null ? "–" : fixed(figure.databaseCpuMs),
      );
      return [
        ...[first.operation, first.server],
        ...cost.map((ms) => (ms === null ? "–" : fixed(ms))),
        growth === null ? "–" : `${growth.toFixed(2)}×`,
        `≤ ${first.barMs}, ≤ ${GROWTH_BAR}×`,
        typeof failure === "string" ? failure : isMet ? "met" : "**missed**",
        own.join(" → "),
        figures.map((figure) => (figure ? fixed(figure.p99Ms) : "–")).join(" → "),
      ];
    }),
  );
}

export function startTable(rows: readonly StartRow[]): string {
  return table(
    ["start on an existing database", "users", "first answer ms", "bar", "at rest MB", "bar"],
    rows.map(({ program, users, firstAnswerMs, restingMb }) => [
      program,
      thousands(users),
      firstAnswerMs.toFixed(0),
      `≤ ${START_BAR_MS}`,
      restingMb
        ? `${restingMb.all.toFixed(0)} (${restingMb.anonymous.toFixed(0)} without mapped files)`
        : "–",
      `≤ ${RESTING_BAR_MB}`,
    ]),
  );
}

export function introduction(startedAt: Date, remarks: readonly string[]): string {
  const measured = CAN_READ_PROCESSES
    ? "CPU ms is processor time of the server process with all its threads (utime + stime) per request; it is the figure to compare. Requests a second and times share the processors with the load generator."
    : "This system does not tell the processor time of another process, so there are no CPU figures; times share the processors with the load generator.";
  return [
    "# Benchmark",
    "",
    `${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC, Node.js ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown processor"}.`,
    "",
    measured,
    "",
    ...remarks.map((remark) => `- ${remark}`),
  ].join("\n");
}
