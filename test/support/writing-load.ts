import { setTimeout as sleep } from "node:timers/promises";
import type { Answered } from "./production.ts";

/** What became of one request. */
export interface Attempt {
  readonly username: string;
  /** Milliseconds since the load began. */
  readonly beganMs: number;
  readonly tookMs: number;
  /** The answer's status; null when there was none. */
  readonly status: number | null;
  /** The error's code, or what happened to the connection. */
  readonly code: string | null;
}

/** Writers that each create one user after the other until they are told to stop. */
export class WritingLoad {
  readonly attempts: Attempt[] = [];
  readonly #create: (username: string) => Promise<Answered>;
  readonly #beganAt = performance.now();
  readonly #writers: Promise<void>[];
  readonly #pauseMs: number;
  #stopping = false;
  #serial = 0;

  constructor(writers: number, prefix: string, create: (username: string) => Promise<Answered>, pauseMs = 0) {
    this.#create = create;
    this.#pauseMs = pauseMs;
    this.#writers = Array.from({ length: writers }, () => this.#write(prefix));
  }

  /** Milliseconds since the load began. */
  get nowMs(): number {
    return performance.now() - this.#beganAt;
  }

  /** Resolves when a request that began after `sinceMs` succeeds, with the moment of its answer. */
  async successAfter(sinceMs: number, patienceMs: number): Promise<number | null> {
    const end = this.nowMs + patienceMs;
    for (let seen = 0; this.nowMs < end; await sleep(10))
      for (; seen < this.attempts.length; seen++) {
        const attempt = this.attempts[seen] as Attempt;
        if (attempt.status === 200 && attempt.beganMs >= sinceMs) return attempt.beganMs + attempt.tookMs;
      }
    return null;
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#writers);
  }

  get acknowledged(): string[] {
    return this.attempts.filter(({ status }) => status === 200).map(({ username }) => username);
  }

  get failures(): Attempt[] {
    return this.attempts.filter(({ status }) => status !== 200);
  }

  async #write(prefix: string): Promise<void> {
    while (!this.#stopping) {
      const username = `${prefix}-${this.#serial++}`;
      const beganMs = this.nowMs;
      const outcome = await this.#create(username).then(
        ({ status, code }) => ({ status, code }),
        (fault: unknown) => ({ status: null, code: String(fault) }),
      );
      this.attempts.push({ username, beganMs, tookMs: this.nowMs - beganMs, ...outcome });
      if (outcome.status !== 200) await sleep(20);
      else if (this.#pauseMs > 0) await sleep(this.#pauseMs);
    }
  }
}
