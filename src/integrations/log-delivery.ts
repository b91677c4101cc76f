import { appendFile } from "node:fs/promises";
import { destinationOf, type LogDelivery, type LogRecord, sourceOf } from "../domain/log-delivery/index.ts";
import type { Store } from "../domain/store.ts";
import type { PoolKey } from "../domain/user-pools/index.ts";
import { describeFault, type Logger } from "../runtime/logger.ts";
import { post } from "./bounded-post.ts";

/** Where the operator has the logs of an ARN written: one of these. */
export interface LogDestination {
  /** Lines of JSON are added to its end. */
  readonly file?: { readonly path: string } | undefined;
  /** Each batch is one POST of lines of JSON. */
  readonly http?: { readonly url: string; readonly token?: string | undefined } | undefined;
  /** This server's own log. */
  readonly serverLog?: true | undefined;
}

/** Lines that may wait; what comes when they are so many is dropped. */
const WAITING = 10_000;
const BATCH = 500;
const TIMEOUT_MS = 10_000;
const LARGEST_ANSWER = 64 * 1024;

interface Waiting {
  readonly poolKey: PoolKey;
  readonly record: LogRecord;
}

type Send = (records: readonly LogRecord[]) => Promise<void>;

const lines = (records: readonly LogRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Names and addresses of users stand in the records, so the file is the owner's only. */
const toFile =
  ({ path }: { readonly path: string }): Send =>
  (records) =>
    appendFile(path, lines(records), { mode: 0o600 });

function toHttp({ url, token }: NonNullable<LogDestination["http"]>): Send {
  const address = new URL(url);
  const headers = {
    "content-type": "application/x-ndjson",
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  return async (records) => {
    const limits = { timeoutMs: TIMEOUT_MS, bytes: LARGEST_ANSWER };
    const answer = await post({ url: address, headers, body: lines(records) }, limits);
    if (answer.kind === "answer" && answer.status < 300) return;
    throw new Error(
      answer.kind === "answer"
        ? `The log destination answered ${answer.status}`
        : `The log destination: ${answer.kind}`,
    );
  };
}

/**
 * Sends pools' logs where the operator's map says, in their own time and in order: requests only add to a bounded queue. A line that
 * cannot be delivered is lost, and the server's log says so.
 */
export class MappedLogDelivery implements LogDelivery {
  readonly #store: Pick<Store, "logDeliveryConfigurations">;
  readonly #logger: Logger;
  readonly #destinations: ReadonlyMap<string, Send>;
  readonly #unmapped = new Set<string>();
  #waiting: Waiting[] = [];
  #dropped = 0;
  #running: Promise<void> | null = null;

  constructor(
    store: Pick<Store, "logDeliveryConfigurations">,
    logger: Logger,
    destinations: Readonly<Record<string, LogDestination>>,
  ) {
    this.#store = store;
    this.#logger = logger;
    this.#destinations = new Map(
      Object.entries(destinations).map(([arn, { file, http }]) => {
        if (file) return [arn, toFile(file)] as const;
        return [arn, http ? toHttp(http) : this.#toServerLog] as const;
      }),
    );
  }

  offer(poolKey: PoolKey, record: LogRecord): void {
    if (this.#waiting.length >= WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push({ poolKey, record });
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
      // What came after the last look.
      if (this.#waiting.length > 0) this.#start();
    });
  }

  /** Delivers what waits. */
  async stop(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    // What is offered in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      for (const [arn, records] of await this.#byDestination(batch)) await this.#deliver(arn, records);
      if (this.#dropped > 0) {
        this.#logger.warn("Log lines were dropped, for too many waited", { count: this.#dropped });
        this.#dropped = 0;
      }
    }
  }

  async #byDestination(batch: readonly Waiting[]): Promise<Map<string, LogRecord[]>> {
    const found = new Map<PoolKey, Promise<ReadonlyMap<string, string | null>>>();
    const grouped = new Map<string, LogRecord[]>();
    for (const { poolKey, record } of batch) {
      let destinations = found.get(poolKey);
      if (!destinations) {
        destinations = this.#destinationsOf(poolKey);
        found.set(poolKey, destinations);
      }
      const arn = (await destinations).get(sourceOf(record));
      if (arn) grouped.set(arn, [...(grouped.get(arn) ?? []), record]);
    }
    return grouped;
  }

  async #destinationsOf(poolKey: PoolKey): Promise<ReadonlyMap<string, string | null>> {
    try {
      const configurations = await this.#store.logDeliveryConfigurations.find(poolKey);
      return new Map(configurations.map((one) => [one.EventSource, destinationOf(one)]));
    } catch (fault) {
      this.#logger.warn("The log configuration of a pool cannot be read", { error: describeFault(fault) });
      return new Map();
    }
  }

  async #deliver(arn: string, records: readonly LogRecord[]): Promise<void> {
    const send = this.#destinations.get(arn) ?? this.#sendUnmapped(arn);
    try {
      await send(records);
    } catch (fault) {
      this.#logger.warn("Log lines could not be delivered", {
        destinationArn: arn,
        count: records.length,
        error: describeFault(fault),
      });
    }
  }

  #sendUnmapped(arn: string): Send {
    if (!this.#unmapped.has(arn)) {
      this.#unmapped.add(arn);
      this.#logger.warn(
        "A pool sends logs to a destination that is not mapped, so they come here; add it to [logDestinations] of the configuration",
        { destinationArn: arn },
      );
    }
    return this.#toServerLog;
  }

  readonly #toServerLog: Send = async (records) => {
    for (const record of records) this.#logger.info("A pool's log", { record });
  };
}
