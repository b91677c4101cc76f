import { setTimeout } from "node:timers/promises";
import { monotonicMs } from "../../../runtime/clock.ts";
import type { Connection } from "../../connection/connection.ts";
import { UsageFault } from "../../connection/task.ts";
import { readInbox } from "./inbox-messages.ts";

const PATIENCE_MS = 10_000;
const INTERVAL_MS = 100;

/** Codes out of the inbox of a server in development mode, in place of a person who reads mail. */
export class InboxCodes {
  readonly #connection: Connection;
  readonly #userPoolId: string;
  #seen = new Set<string>();

  constructor(connection: Connection, userPoolId: string) {
    this.#connection = connection;
    this.#userPoolId = userPoolId;
  }

  /** Before a call that may have a code sent: what is there by now does not count. @throws UsageFault outside development mode */
  async mark(): Promise<void> {
    this.#seen = new Set((await this.#messages()).map(({ id }) => id));
  }

  /**
   * The code that was sent since the mark.
   * @param names of the user: the username, and what was typed
   * @throws UsageFault when none came
   */
  async next(names: readonly string[]): Promise<string> {
    const until = monotonicMs() + PATIENCE_MS;
    do {
      const found = (await this.#messages()).find(({ id, ...message }) => {
        return !this.#seen.has(id) && isFor(message, names);
      });
      if (found) return found.code;
      await setTimeout(INTERVAL_MS);
    } while (monotonicMs() < until);
    throw new UsageFault("no code came into the inbox");
  }

  /** The newest code of one of these kinds, whenever it was sent. */
  async newest(kinds: readonly string[], names: readonly string[]): Promise<string | null> {
    const found = (await this.#messages()).find(
      (message) => kinds.includes(message.kind) && isFor(message, names),
    );
    return found?.code ?? null;
  }

  #messages() {
    return readInbox(this.#connection, { userPoolId: this.#userPoolId });
  }
}

const isFor = (message: { readonly username: string; readonly to: string }, names: readonly string[]) =>
  names.includes(message.username) || names.includes(message.to);
