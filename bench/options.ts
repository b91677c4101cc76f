import { parseArgs } from "node:util";

/** What a run of the benchmark measures. */
export interface BenchOptions {
  /** What the report is called. */
  readonly name: "latest" | "million";
  /** Measured on one machine's own database, or also on PostgreSQL. */
  readonly databases: readonly Database[];
  readonly users: readonly number[];
  readonly connections: readonly number[];
  /** Of measurement for each operation, after a warm-up. */
  readonly seconds: number;
  readonly peers: "all" | "none";
  /** Only operations whose name contains this. */
  readonly only: string;
  /** The program that is measured. */
  readonly entry: string;
}

export type Database = "SQLite" | "PostgreSQL";

export const USAGE = `npm run bench -- [million] [options]
  million                what must not grow with the number of users: 1 000 and 1 000 000 of them, on SQLite and PostgreSQL
  --users 1000,100000    users in the pool
  --connections 1,16     keep-alive connections, each with one request under way
  --seconds 3            of measurement for each operation
  --peers all|none       also cognito-local and moto_server, where installed
  --only TEXT            only operations whose name contains TEXT, e.g. sign-in
  --entry FILE           what to measure: dist/cognate.js (built first) or src/main.ts`;

const numbers = (text: string): number[] => {
  const values = text.split(",").map(Number);
  if (!values.every((value) => Number.isInteger(value) && value > 0))
    throw new Error(`Not a list of numbers: ${text}`);
  return values;
};

/** @throws Error when an option is unknown or wrong */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      users: { type: "string" },
      connections: { type: "string" },
      seconds: { type: "string", default: "3" },
      peers: { type: "string" },
      only: { type: "string", default: "" },
      entry: { type: "string", default: "dist/cognate.js" },
    },
  });
  const [name = "latest", ...others] = positionals;
  if ((name !== "latest" && name !== "million") || others.length > 0)
    throw new Error(`Not a benchmark: ${positionals.join(" ")}`);
  const isMillion = name === "million";
  const peers = values.peers ?? (isMillion ? "none" : "all");
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 60)) throw new Error("--seconds takes a number up to 60");
  if (peers !== "all" && peers !== "none") throw new Error("--peers takes all or none");
  return {
    name,
    databases: isMillion ? ["SQLite", "PostgreSQL"] : ["SQLite"],
    users: numbers(values.users ?? (isMillion ? "1000,1000000" : "1000,100000")),
    connections: numbers(values.connections ?? (isMillion ? "1" : "1,16")),
    seconds,
    peers,
    only: values.only,
    entry: values.entry,
  };
}
