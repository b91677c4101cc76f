import { parseArgs } from "node:util";

/** What a run of the benchmark measures. */
export interface BenchOptions {
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

export const USAGE = `npm run bench -- [options]
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
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: "string", default: "1000,100000" },
      connections: { type: "string", default: "1,16" },
      seconds: { type: "string", default: "3" },
      peers: { type: "string", default: "all" },
      only: { type: "string", default: "" },
      entry: { type: "string", default: "dist/cognate.js" },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 60)) throw new Error("--seconds takes a number up to 60");
  if (values.peers !== "all" && values.peers !== "none") throw new Error("--peers takes all or none");
  return {
    users: numbers(values.users),
    connections: numbers(values.connections),
    seconds,
    peers: values.peers,
    only: values.only,
    entry: values.entry,
  };
}
