import type { Input, OperationName, Output } from "../../api/operation.ts";
import type { Call } from "./patience.ts";

interface Tokens {
  readonly NextToken?: string;
  readonly PaginationToken?: string;
}

/** Every page of a listing, one at a time. */
export async function* pages<N extends OperationName>(
  call: Call,
  operation: N,
  input: Input<N>,
): AsyncGenerator<Output<N>> {
  let token: Tokens | null = {};
  while (token) {
    const output: Output<N> = await call(operation, { ...input, ...token });
    yield output;
    const { NextToken, PaginationToken } = output as Tokens;
    token = NextToken ? { NextToken } : PaginationToken ? { PaginationToken } : null;
  }
}

/** Works on items as they come, so many at a time; the first fault ends all of it once the work under way is over. */
export async function atOnce<T>(
  items: AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let stopped = false;
  let taking: Promise<unknown> = Promise.resolve();
  const take = (): Promise<IteratorResult<T>> => {
    // One after another: not every source can be asked while it is still looking.
    const taken = taking.then(() => iterator.next());
    taking = taken.catch(() => {});
    return taken;
  };
  const worker = async (): Promise<void> => {
    try {
      while (!stopped) {
        const { value, done } = await take();
        if (done || stopped) return;
        await work(value);
      }
    } catch (fault) {
      stopped = true;
      throw fault;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: count }, worker));
  await iterator.return?.();
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** The results in the order of the items, of which so many are worked on at a time. */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  count: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Looked at in its turn; until then it is no unhandled rejection.
    result.catch(() => {});
    waiting.push(result);
    const first = waiting.length >= count ? waiting.shift() : undefined;
    if (first) yield await first;
  }
  for (const result of waiting) yield await result;
}
