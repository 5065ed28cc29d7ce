import { startEdge } from '../../router/edge/index.ts';
import { Traffic } from '../../router/traffic/index.ts';
import { createRegistry, type Logger, systemClock } from '../../runtime/index.ts';
import { MemorySocket } from './memory-socket.ts';
import { ForgetfulService } from './service.ts';
import type { Session } from './session.ts';

/** How long a connection may live on after its client hung up, on a machine that does much else. */
const hangMsMax = 30_000;

/** An edge that hears whatever clients say, and the errors that it logged. */
export class Trial {
  readonly errors: string[] = [];
  readonly #service = new ForgetfulService();
  readonly #edge;

  constructor() {
    const traffic = new Traffic();
    traffic.follow(['cache']);
    this.#edge = startEdge({
      service: this.#service,
      clock: systemClock,
      log: this.#logger(),
      registry: createRegistry('router', 'fuzz'),
      traffic,
      config: { requestMsMax: 5_000, pollWaitMsMax: 10 },
    });
  }

  /**
   * Lets clients live through their sessions, all at once.
   * @returns what went wrong; undefined: nothing
   */
  async live(sessions: readonly Session[]): Promise<string | undefined> {
    const clients = sessions.map((session) => this.#start(session));
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<'hang'>((resolve) => {
      timer = setTimeout(() => resolve('hang'), hangMsMax);
    });
    const outcome = await Promise.race([Promise.all(clients), hang]);
    clearTimeout(timer);
    if (outcome === 'hang') return `a connection lived on for ${hangMsMax} ms`;
    await new Promise((resolve) => setImmediate(resolve));
    return this.#problem();
  }

  close(): void {
    this.#edge.close();
  }

  async #start({ pieces }: Session): Promise<void> {
    const socket = new MemorySocket();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.#edge.accept(socket.socket);
    for (const piece of pieces) {
      socket.say(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.hangUp();
    await closed;
  }

  #problem(): string | undefined {
    if (this.errors.length > 0) return `it logged an error: ${this.errors.join('; ')}`;
    const left = {
      connections: this.#edge.connections(),
      calls: this.#edge.calls(),
      subscriptions: this.#edge.subscriptions(),
      'subscriptions of the service': this.#service.open,
    };
    const remains = Object.entries(left).filter(([, count]) => count !== 0);
    return remains.length > 0 ? `left behind: ${JSON.stringify(remains)}` : undefined;
  }

  #logger(): Logger {
    const ignore = (): void => {};
    const error = (fields: { readonly error?: unknown }, text: string): void => {
      const { error } = fields;
      this.errors.push(`${text}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    return {
      trace: ignore,
      debug: ignore,
      info: ignore,
      warn: ignore,
      error,
      fatal: error,
    } as unknown as Logger;
  }
}
