import { patientCalls } from "../../connection/patience.ts";
import { findPool } from "../../connection/pools.ts";
import { attempt } from "../../connection/task.ts";
import { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { connectTo, readPlace, type SideOptions } from "./place.ts";
import { describePool } from "./pool-description.ts";
import { type Difference, poolDifferences } from "./pool-differences.ts";
import { userDifferences } from "./pool-users.ts";

export interface DiffOptions extends SideOptions {
  readonly users?: boolean;
  readonly json?: boolean;
}

const EQUAL = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

export interface Side {
  readonly endpoint: string;
  readonly id: string;
  readonly name: string;
}

async function side(text: string, options: SideOptions, which: "from" | "to") {
  const place = readPlace(text);
  const connection = await connectTo(place, options, which);
  const { Id: id, Name: name } = await findPool(connection, place.pool);
  const call = patientCalls(connection);
  const told: Side = { endpoint: connection.endpoint.origin, id, name };
  return { call, pool: await describePool(call, id), told };
}

const written = (value: unknown): string => (value === undefined ? "(not there)" : JSON.stringify(value));

function say(differences: readonly Difference[]): void {
  const [red, green, plain] = terminal.colour ? ["\u001b[31m", "\u001b[32m", "\u001b[0m"] : ["", "", ""];
  for (const { path, from, to } of differences) {
    terminal.print(path);
    terminal.print(`${red}  < ${written(from)}${plain}`);
    terminal.print(`${green}  > ${written(to)}${plain}`);
  }
}

/** `cognate pool diff`. @returns 0 when they are the same, 1 when not, 2 when it cannot be told, as diff does */
export async function diffPools(from: string, to: string, options: DiffOptions): Promise<number> {
  let result = TROUBLE;
  const ended = await attempt(async () => {
    const [a, b] = [await side(from, options, "from"), await side(to, options, "to")];
    const differences = poolDifferences(a.pool, b.pool);
    if (options.users) {
      const progress = new Progress("users read");
      differences.push(...(await userDifferences(a, b, () => progress.add())));
      progress.clear();
    } else {
      const counts = [a, b].map(({ pool }) => pool.pool.EstimatedNumberOfUsers ?? 0);
      if (counts[0] !== counts[1])
        differences.push({ path: "users (estimated)", from: counts[0], to: counts[1] });
    }
    result = differences.length === 0 ? EQUAL : DIFFERENT;
    if (options.json)
      terminal.print(JSON.stringify({ equal: result === EQUAL, from: a.told, to: b.told, differences }));
    else {
      terminal.note(`< ${a.told.name} (${a.told.id}) at ${a.told.endpoint}`);
      terminal.note(`> ${b.told.name} (${b.told.id}) at ${b.told.endpoint}`);
      say(differences);
    }
    return 0;
  });
  return ended === 0 ? result : TROUBLE;
}
