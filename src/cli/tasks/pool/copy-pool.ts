import type { Connection } from "../../connection/connection.ts";
import { type Call, patientCalls } from "../../connection/patience.ts";
import { findPool } from "../../connection/pools.ts";
import { attempt, nameEndpoint, requireConsent, UsageFault } from "../../connection/task.ts";
import { Progress } from "../../terminal/progress.ts";
import { terminal } from "../../terminal/terminal.ts";
import { LeftBehindList } from "../user-transfer/left-behind.ts";
import { CopyJournal } from "./copy-journal.ts";
import { type Copy, copySettings, copyTriggers, createPool, fillPool } from "./copy-settings.ts";
import { copyMemberships, copyUsers } from "./copy-users.ts";
import { connectTo, readPlace, type SideOptions } from "./place.ts";
import { describePool, type PoolDescription } from "./pool-description.ts";

export interface CopyOptions extends SideOptions {
  readonly into?: boolean;
  /** False by --no-users. */
  readonly users: boolean;
  readonly withTriggers?: boolean;
  readonly without?: readonly string[];
  readonly domain?: string;
  readonly logsRole?: string;
  readonly progress?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const isEmpty = (pool: PoolDescription): boolean =>
  (pool.pool.EstimatedNumberOfUsers ?? 0) === 0 &&
  [pool.clients, pool.groups, pool.identityProviders, pool.resourceServers].every(
    (parts) => Object.keys(parts).length === 0,
  );

/** What a copy never has, whatever the pool. */
function alwaysLeft(left: LeftBehindList, from: PoolDescription, { users, withTriggers }: CopyOptions): void {
  left.add("ids", "the copy has its own pool id, client ids and keys; every user has a new sub");
  left.add("sessions, devices, auth events", "the API takes none");
  if ((from.pool.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? []).includes("WEB_AUTHN"))
    left.add("passkeys", "they belong to a relying party and the API shows none: users register them again");
  if (!withTriggers && Object.keys(from.pool.LambdaConfig ?? {}).length > 0)
    left.add(
      "triggers (LambdaConfig)",
      "the functions are the source's: --with-triggers names them in the copy too",
    );
  if (!users) left.add("users", "--no-users");
}

/** `cognate pool copy`. @returns the exit status */
export const copyPool = (fromText: string, toText: string, options: CopyOptions): Promise<number> =>
  attempt(async () => {
    const fromPlace = readPlace(fromText);
    const toPlace = readPlace(toText);
    const source = await connectTo(fromPlace, options, "from");
    const target = await connectTo(toPlace, options, "to");
    const found = await findPool(source, fromPlace.pool);
    const sourceCall = patientCalls(source);
    const call = patientCalls(target);
    const from = await describePool(sourceCall, found.Id);
    const name = toPlace.pool ?? found.Name;
    const journal = new CopyJournal(options.progress ?? `cognate-copy-${from.id}.progress.jsonl`);
    const left = new LeftBehindList();
    alwaysLeft(left, from, options);
    const copy: Copy = {
      from,
      call,
      journal,
      left,
      without: new Set([...(options.without ?? []), "LambdaConfig"]),
      domain: options.domain,
    };
    nameEndpoint(target);
    const place = `${name} at ${target.endpoint.origin}`;
    if (!target.local && !(await requireConsent(`Copy ${found.Name} (${from.id}) to ${place}?`, options)))
      return 1;
    const goal = `${target.endpoint.origin} ${target.region} ${name}`;
    const begun = journal.made("goal");
    if (begun !== null && begun !== goal)
      throw new UsageFault(
        `${journal.path} is of a copy to ${begun}: remove it, or name another file with --progress`,
      );
    if (begun === null) journal.make("goal", goal);
    else terminal.note(`going on with the copy that ${journal.path} tells of`);
    const { id, users } = await run(copy, { source: sourceCall, target, name, options }).catch(
      (fault: unknown) => {
        terminal.note(`${journal.path} tells what was done; the same command goes on from there`);
        throw fault;
      },
    );
    journal.remove();
    say(
      options.json === true,
      { from: from.id, to: id, name, endpoint: target.endpoint.origin, users },
      left,
    );
    return 0;
  });

interface Run {
  readonly source: Call;
  readonly target: Connection;
  readonly name: string;
  readonly options: CopyOptions;
}

/** @returns the id of the copy, and how many users were read */
async function run(
  copy: Copy,
  { source, target, name, options }: Run,
): Promise<{ readonly id: string; readonly users: number }> {
  const { journal } = copy;
  let id = journal.made("pool");
  if (id === null) {
    id = options.into ? await filled(copy, target, name) : await createPool(copy, name);
    journal.make("pool", id);
  }
  await copySettings(copy, id);
  let users = 0;
  if (options.users) {
    const isAmazon = target.endpoint.hostname.endsWith(".amazonaws.com");
    const logsRole = options.logsRole ?? (isAmazon ? null : undefined);
    const userCopy = { ...copy, source, UserPoolId: id, logsRole };
    const progress = new Progress("users copied");
    await copyUsers(userCopy, () => progress.reach(++users));
    progress.clear();
    const members = new Progress("memberships copied");
    await copyMemberships(userCopy, () => members.add());
    members.clear();
  }
  if (options.withTriggers) await copyTriggers(copy, id);
  return { id, users };
}

async function filled(copy: Copy, target: Connection, name: string): Promise<string> {
  const { Id } = await findPool(target, name);
  const into = await describePool(copy.call, Id);
  if (!isEmpty(into))
    throw new UsageFault(
      `${name} (${Id}) is not empty: --into fills a pool without users, clients, groups, providers and resource servers`,
    );
  await fillPool(copy, into);
  return Id;
}

interface Result {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly endpoint: string;
  readonly users: number;
}

function say(json: boolean, result: Result, left: LeftBehindList): void {
  const leftBehind = left.list();
  if (json) {
    terminal.print(JSON.stringify({ ...result, leftBehind }));
    return;
  }
  terminal.print(
    `${result.from} copied to ${result.to} (${result.name}) at ${result.endpoint}, ${result.users.toLocaleString("en")} users read`,
  );
  terminal.print("not in the copy:");
  for (const { what, why, count } of leftBehind)
    terminal.print(`  ${what}${count === undefined ? "" : ` (${count.toLocaleString("en")})`}: ${why}`);
}
