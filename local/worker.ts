/** Runs one piece of work at a time: woken while it runs, it runs once more. A failure is reported; the next wake tries again. */
export class Worker {
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(work: () => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work;
    this.#onError = onError;
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) this.#again = true;
    else this.#running = this.#run();
  }

  /** Resolves when the work in hand is done; nothing starts afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      await this.#work().catch(this.#onError);
    } while (this.#again && !this.#stopped);
    this.#running = undefined;
  }
}
