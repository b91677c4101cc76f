import { setTimeout } from "node:timers/promises";
import type { Connection, ConnectionOptions } from "../../connection/connection.ts";
import { findPool } from "../../connection/pools.ts";
import { task } from "../../connection/task.ts";
import { terminal } from "../../terminal/terminal.ts";
import { visible } from "../../terminal/visible.ts";
import { type InboxMessage, readInbox } from "./inbox-messages.ts";

export interface InboxOptions extends ConnectionOptions {
  readonly pool?: string;
  readonly to?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const INTERVAL_MS = 500;

/** `cognate inbox`: what a server in development mode "sent". @returns the exit status */
export const inbox = (options: InboxOptions): Promise<number> =>
  task(options, async (connection) => {
    // First, so that a server without an inbox says so and not that something else is wrong.
    const everything = await readInbox(connection, options.to === undefined ? {} : { to: options.to });
    const pool = options.pool === undefined ? undefined : await findPool(connection, options.pool);
    const messages = pool ? everything.filter(({ userPoolId }) => userPoolId === pool.Id) : everything;
    if (options.json && !options.follow) {
      terminal.print(JSON.stringify(messages, null, 2));
      return 0;
    }
    for (const message of messages.toReversed()) show(message, options);
    if (!options.follow) {
      if (messages.length === 0) terminal.note("no messages");
      return 0;
    }
    return await follow(connection, options, pool?.Id, messages);
  });

/** Until it is interrupted. */
async function follow(
  connection: Connection,
  options: InboxOptions,
  userPoolId: string | undefined,
  shown: readonly InboxMessage[],
): Promise<number> {
  const filter = {
    ...(userPoolId === undefined ? {} : { userPoolId }),
    ...(options.to === undefined ? {} : { to: options.to }),
  };
  let seen = new Set(shown.map(({ id }) => id));
  for (;;) {
    await setTimeout(INTERVAL_MS);
    const messages = await readInbox(connection, filter);
    for (const message of messages.toReversed()) if (!seen.has(message.id)) show(message, options);
    seen = new Set(messages.map(({ id }) => id));
  }
}

function show(message: InboxMessage, { json }: InboxOptions): void {
  if (json) {
    terminal.print(JSON.stringify(message));
    return;
  }
  const at = new Date(message.sentAt * 1000).toISOString().replace(/\.\d{3}/, "");
  const { channel, to, kind, username, code, subject, body } = message;
  terminal.print([at, channel, to, kind, code].map(visible).join("\t"));
  terminal.print(visible(`  for ${username}${subject === null ? "" : `: ${subject}`}`));
  for (const line of body.split(/\r?\n/)) terminal.print(`  ${visible(line)}`);
}
