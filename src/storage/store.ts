import type { Store } from "../domain/store.ts";
import { type Clock, DAY, type Instant, monotonicMs, systemClock } from "../runtime/clock.ts";
import { type Random, systemRandom } from "../runtime/random.ts";
import type { QueryBuilder } from "./query.ts";
import { repositoryFactory } from "./repositories/index.ts";
import { removeExpired } from "./retention.ts";
import type { Driver } from "./session.ts";

/** How long an answer about readiness serves, so that asking often costs nothing. */
const READINESS_MS = 1_000;
const MAINTENANCE_INTERVAL_MS = DAY;

export interface StoreServices {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Makes a Store of a driver: the repositories, written once for all databases, on its sessions. */
export function createStore(driver: Driver, builder: QueryBuilder, services: StoreServices): Store {
  const { clock = systemClock, random = systemRandom } = services;
  const repositoriesOf = repositoryFactory(builder, random);
  let readiness: { readonly askedAt: number; readonly answer: Promise<boolean> } | null = null;
  let maintainedAt = clock.now();
  return {
    ...repositoriesOf(driver.session),
    transaction: (work) => driver.transaction((session) => work(repositoriesOf(session))),
    removeExpired: async (now: Instant) => {
      const removed = await removeExpired(driver.session, builder, now);
      if (clock.now() - maintainedAt >= MAINTENANCE_INTERVAL_MS) {
        maintainedAt = clock.now();
        await driver.maintain();
      }
      return removed;
    },
    ready: () => {
      const askedAt = monotonicMs();
      if (!readiness || askedAt - readiness.askedAt > READINESS_MS)
        readiness = { askedAt, answer: driver.ready().catch(() => false) };
      return readiness.answer;
    },
    close: () => driver.close(),
  };
}
