/** Work that is done now and then, and at once when there is reason to. */
export interface BackgroundWorkOptions {
  /** Milliseconds between two looks for something to do. */
  readonly everyMs: number;
  /** Does what there is; ends early when `isStopped` says so. */
  readonly work: (isStopped: () => boolean) => Promise<void>;
  readonly onFault: (fault: unknown) => void;
}

/** Runs one round of the work at a time; a wake-up during a round has another one follow it. */
export class BackgroundWork {
  readonly #options: BackgroundWorkOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(options: BackgroundWorkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#options.everyMs).unref();
    this.wake();
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    const { work, onFault } = this.#options;
    this.#running = work(() => this.#stopped)
      .catch(onFault)
      .finally(() => {
        this.#running = null;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  /** Begins no other round, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
