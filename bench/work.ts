import { apiRequest } from "../test/support/http-connection.ts";

/** Sends a request and gives the body of its answer; fails unless that is 200. */
export type Send = (request: Uint8Array) => Promise<string>;

/** What one connection does again and again: one request, or several that count as one. */
export interface Work {
  /** The n-th round. */
  run(round: number, send: Send): Promise<void>;
}

/** Requests are made beforehand where there are few of them, so that the generator does not use the server's processor. */
export function prepared(count: number, make: (n: number) => Uint8Array): Work {
  const requests = Array.from({ length: count }, (_, n) => make(n));
  return {
    async run(round, send) {
      await send(at(requests, round));
    },
  };
}

/** Several calls in each round, one after the other. */
export function calls(
  host: string,
  ofRound: (round: number) => readonly (readonly [string, unknown])[],
): Work {
  return {
    async run(round, send) {
      for (const [operation, input] of ofRound(round)) await send(apiRequest(host, operation, input));
    },
  };
}

export const at = <T>(items: readonly T[], n: number): T => {
  const item = items[n % items.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
};

/** Spreads over all users in an order that no cache foresees: a step that shares no factor with the count. */
export const spread = (round: number, users: number): number => (round * 7_919) % users;
