import type { Command } from "commander";
import { ConfigError } from "../../config/config-error.ts";
import { terminal } from "../terminal/terminal.ts";
import { type Connection, type ConnectionOptions, connect, Refusal, Unreachable } from "./connection.ts";
import { EndpointUnknown } from "./endpoint.ts";

/** What a command cannot go on with because of what it was told; the message says what to do. */
export class UsageFault extends Error {}

/** Adds the options by which a command finds its server. */
export const withConnection = (command: Command): Command =>
  command
    .option("--endpoint-url <url>", 'the server; "aws" is Amazon Cognito (default: a server on this machine)')
    .option("--region <name>", "the region of the pool (default: AWS_REGION or us-east-1)")
    .option("--profile <name>", "a profile of the AWS configuration files");

/** Adds the options of a command that changes something: see requireConsent. */
export const withConsent = (command: Command): Command =>
  command.option("--yes", "go on without being asked");

/**
 * Runs a task against its server.
 * @returns what the work returns, or 1 with one line on standard error when the server refuses or does not answer, 2 when the task
 * cannot be begun as it was asked for
 */
export const task = (
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<number>,
): Promise<number> => attempt(async () => work(await connect(options)));

/** The same for a task that finds its servers itself. */
export async function attempt(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof Refusal) {
      terminal.note(`cognate: ${fault.code}: ${fault.message}`);
      return 1;
    }
    terminal.note(`cognate: ${fault instanceof Error ? fault.message : String(fault)}`);
    if (fault instanceof Unreachable) return 1;
    return [UsageFault, EndpointUnknown, ConfigError].some((kind) => fault instanceof kind) ? 2 : 1;
  }
}

/** Names the server on standard error before a change, unless it is on this machine. Call it in every task that changes something. */
export function nameEndpoint({ endpoint, local, region }: Connection): void {
  if (!local) terminal.note(`at ${endpoint.origin} (${region})`);
}

/**
 * For changes of many things at once: asks, unless `--yes` was given.
 * @throws UsageFault when nobody can be asked
 */
export async function requireConsent(
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<boolean> {
  if (yes) return true;
  if (!terminal.interactive) throw new UsageFault("nobody can be asked here: give --yes to go on");
  return await terminal.confirm(question);
}
