import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionLost, HttpConnection } from "../test/support/http-connection.ts";
import { cpuMs, cpuMsOfFamily } from "../test/support/process-figures.ts";
import type { Work } from "./work.ts";

export interface LoadOptions {
  readonly pid: number;
  /** Of the database server's main process, where there is one beside the server. */
  readonly databasePid?: number | undefined;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Rounds at most, so that a fast operation cannot run away. */
  readonly rounds: number;
}

export interface Figures {
  readonly rounds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server, per round; null where it cannot be known. */
  readonly cpuMs: number | null;
  /** Of the database server, per round; null where there is none or it cannot be known. */
  readonly databaseCpuMs: number | null;
}

/** An answer that is not 200: the figures would be of something else. */
export class WrongAnswer extends Error {
  override name = "WrongAnswer";
}

const WARM_UP_SHARE = 0.3;
const WARM_UP_SECONDS = 0.5;
const LONGEST_RUN_FACTOR = 4;

/** Closed loop: each connection sends its next request when it has the answer to the last. */
export async function load(work: Work, options: LoadOptions): Promise<Figures> {
  const connections = Array.from({ length: options.connections }, () => new HttpConnection(options.port));
  try {
    const warmUp = Math.max(WARM_UP_SECONDS, options.seconds * WARM_UP_SHARE);
    const first = await measure(work, connections, 0, { ...options, seconds: warmUp });
    // What the warm-up left to do, such as a garbage collection, is not part of the figures.
    await sleep(50);
    const { figures } = await measure(work, connections, first.rounds, options);
    return figures;
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function measure(
  work: Work,
  connections: readonly HttpConnection[],
  firstRound: number,
  { pid, databasePid, seconds, rounds }: LoadOptions,
): Promise<{ figures: Figures; rounds: number }> {
  const latencies: number[] = [];
  let round = firstRound;
  const cpu = () => ({
    server: cpuMs(pid),
    database: databasePid === undefined ? null : cpuMsOfFamily(databasePid),
  });
  const before = cpu();
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const giveUp = AbortSignal.timeout(seconds * 1000 * LONGEST_RUN_FACTOR + 30_000);
  const loops = connections.map(async (connection) => {
    while (performance.now() < end && round < firstRound + rounds && !giveUp.aborted) {
      const sentAt = performance.now();
      await work.run(round++, (request) => expectOk(connection, request));
      latencies.push(performance.now() - sentAt);
    }
  });
  await Promise.all(loops);
  const elapsed = performance.now() - startedAt;
  const after = cpu();
  const perRound = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / latencies.length;
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    figures: {
      rounds: latencies.length,
      perSecond: (latencies.length * 1000) / elapsed,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      cpuMs: perRound(before.server, after.server),
      databaseCpuMs: perRound(before.database, after.database),
    },
    rounds: round,
  };
}

async function expectOk(connection: HttpConnection, request: Uint8Array): Promise<string> {
  const answer = await connection.send(request).catch((fault: unknown) => {
    // Some servers close an idle connection without a word; a second failure counts.
    if (fault instanceof ConnectionLost && fault.unanswered) return connection.send(request);
    throw fault;
  });
  if (answer.status === 200) return answer.body;
  throw new WrongAnswer(`${answer.status} ${answer.body.slice(0, 300)}`);
}
