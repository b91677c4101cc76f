import { watching } from "../../domain/audit/index.ts";
import type { Repositories, Store } from "../../domain/store.ts";
import type { TriggerInvoker } from "../../domain/triggers/index.ts";
import type { UserPool } from "../../domain/user-pools/index.ts";
import { HashingSlots } from "../../domain/users/index.ts";
import type { Tracing } from "../../runtime/tracing.ts";
import type { Transport } from "../transport.ts";
import { openTelemetry, type TracingParts, type TracingSettings } from "./open-telemetry.ts";

/** What follows requests, and the parts of the server that it watches. */
export interface TracedParts {
  readonly tracing: Tracing;
  store(store: Store): Store;
  hashing(slots: number, queue: number, longestWaitMs: number): HashingSlots;
  functions<F extends TriggerInvoker>(functions: F): F;
  transport(transport: Transport, channel: string): Transport;
}

export function tracedParts(
  settings: TracingSettings,
  parts: TracingParts & { readonly database: "sqlite" | "postgresql" },
): TracedParts {
  const tracing = openTelemetry(settings, parts);
  return {
    tracing,
    store: (store) => tracedStore(store, tracing, parts.database),
    hashing: (...bounds) => new TracedHashingSlots(tracing, bounds),
    functions: (functions) => tracedFunctions(functions, tracing),
    transport: (transport, channel) => tracedTransport(transport, channel, tracing),
  };
}

/** The store: its transactions are steps, and the pool that a request reads is told of. */
function tracedStore(store: Store, tracing: Tracing, database: "sqlite" | "postgresql"): Store {
  const step = { name: "transaction", leaves: database === "postgresql", facts: { database } } as const;
  const told = (found: unknown): void => {
    const pool = found as UserPool | null;
    if (pool) tracing.note({ userPoolId: pool.id, region: pool.region });
  };
  return {
    ...store,
    userPools: watching(store.userPools, { find: told, byKey: told }),
    transaction: (work) =>
      tracing.step(step, async (tell) => {
        let attempts = 0;
        const counted = (repositories: Repositories) => {
          attempts += 1;
          return work(repositories);
        };
        try {
          return await store.transaction(counted);
        } finally {
          if (attempts > 1) tell({ attempts });
        }
      }),
  };
}

/** Each hash is a step, the wait for a core included. */
class TracedHashingSlots extends HashingSlots {
  readonly #tracing: Tracing;

  constructor(tracing: Tracing, bounds: Parameters<TracedParts["hashing"]>) {
    super(...bounds);
    this.#tracing = tracing;
  }

  override run<T>(work: () => Promise<T>): Promise<T> {
    return this.#tracing.step({ name: "hash password", leaves: false, facts: {} }, () => super.run(work));
  }
}

/** Each attempt to call a function is a step; what it is told and what it answers are not. */
const tracedFunctions = <F extends TriggerInvoker>(functions: F, tracing: Tracing): F => ({
  ...functions,
  invoke: (functionArn, event, mode) =>
    tracing.step({ name: "invoke function", leaves: true, facts: { functionArn } }, async (tell) => {
      const invocation = await functions.invoke(functionArn, event, mode);
      tell({ outcome: invocation.kind }, invocation.kind === "answered" ? undefined : "failed");
      return invocation;
    }),
});

/** Each message handed over is a trace of its own: the outbox sends it after the request that put it there. */
const tracedTransport = (transport: Transport, channel: string, tracing: Tracing): Transport => ({
  send: (pool, message) =>
    tracing.step({ name: "send message", leaves: true, facts: { channel, userPoolId: pool.id } }, () =>
      transport.send(pool, message),
    ),
});
