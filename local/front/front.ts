import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { Rotation } from './rotation.ts';

/** One that takes connections. */
export interface FrontMember {
  readonly name: string;
  /** As `MemberProcess.handOver`. */
  handOver(connection: Socket, notTaken: (connection: Socket | undefined) => void): void;
}

export interface FrontOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clock: Clock;
  /** How long a connection is held while no member is ready. */
  readonly holdMs?: number;
  /** Connections held at once; more are closed. */
  readonly heldMax?: number;
}

interface Held {
  readonly connection: Socket;
  readonly cancel: Cancel;
}

/**
 * The one port that clients dial. It reads nothing: an accepted connection is handed, in turn, to a ready member,
 * which serves it from then on.
 */
export class Front {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #heldMax: number;
  readonly #rotation = new Rotation();
  readonly #held = new Set<Held>();
  #members = new Map<string, FrontMember>();
  #port = 0;

  private constructor(options: FrontOptions) {
    this.#clock = options.clock;
    this.#holdMs = options.holdMs ?? 5_000;
    this.#heldMax = options.heldMax ?? 1_024;
    this.#server = createServer({ pauseOnConnect: true }, (connection) => {
      connection.on('error', () => {});
      this.#place(connection, new Set());
    });
  }

  /** Rejects with the system's error, as when the port is in use. */
  static async listen(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', reject);
      front.#server.listen(options.port, options.host, () => resolve());
    });
    front.#port = (front.#server.address() as AddressInfo).port;
    // Running out of descriptors costs the connections concerned, not the process.
    front.#server.on('error', () => {});
    return front;
  }

  get port(): number {
    return this.#port;
  }

  /** The members that are ready, from now on. */
  setMembers(members: readonly FrontMember[]): void {
    this.#members = new Map(members.map((member) => [member.name, member]));
    this.#rotation.set([...this.#members.keys()]);
    if (members.length === 0) return;
    for (const held of [...this.#held]) {
      this.#release(held);
      this.#place(held.connection, new Set());
    }
  }

  /** Takes no more connections and closes those held. Connections that were handed over are their members'. */
  close(): void {
    this.#server.close();
    for (const held of [...this.#held]) {
      this.#release(held);
      held.connection.destroy();
    }
  }

  #place(connection: Socket, tried: Set<string>): void {
    const name = this.#rotation.next(tried);
    const member = name === undefined ? undefined : this.#members.get(name);
    if (!member) return this.#hold(connection);
    member.handOver(connection, (again) => {
      if (again) this.#place(again, tried.add(member.name));
    });
  }

  #hold(connection: Socket): void {
    if (this.#held.size >= this.#heldMax || !this.#server.listening) {
      connection.destroy();
      return;
    }
    const cancel = this.#clock.after(this.#holdMs, () => {
      this.#release(held);
      connection.destroy();
    });
    const held: Held = { connection, cancel };
    this.#held.add(held);
  }

  #release(held: Held): void {
    held.cancel();
    this.#held.delete(held);
  }
}
