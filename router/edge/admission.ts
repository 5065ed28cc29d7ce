import type { Socket } from 'node:net';
import { Addresses } from './addresses.ts';
import type { EdgeConfig } from './config.ts';
import type { DeadlineWheel } from './deadlines.ts';
import { spokenBy } from './preface.ts';

export type SocketRefusal = 'full' | 'address-full' | 'closed' | 'unknown-protocol' | 'silent';

export interface AdmissionOwner {
  /** What the socket's client speaks; its first bytes can be read from the socket again. */
  admitted(socket: Socket, speaks: 'http1' | 'http2'): void;
  refused(socket: Socket, why: SocketRefusal): void;
}

/**
 * The door: takes connected sockets, within their bound, and hands on those that speak HTTP. A socket that says something
 * else, or nothing for too long, costs a few bytes and is closed.
 */
export class Admission {
  readonly #owner: AdmissionOwner;
  readonly #wheel: DeadlineWheel;
  readonly #config: EdgeConfig;
  /** All sockets that came through here and are not closed. */
  readonly #sockets = new Set<Socket>();
  /** Those of them that have not said what they speak. */
  readonly #silent = new Set<Socket>();
  readonly #addresses = new Addresses();
  #closed = false;

  constructor(owner: AdmissionOwner, wheel: DeadlineWheel, config: EdgeConfig) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#config = config;
  }

  /** Sockets that are open, including those that have not said anything yet. */
  get sockets(): number {
    return this.#sockets.size;
  }

  accept(socket: Socket): void {
    // What goes wrong on a socket shows as its closing; nobody else is concerned.
    socket.on('error', ignore);
    if (this.#closed) return this.#refuse(socket, 'closed');
    if (this.#sockets.size >= this.#config.connectionsMax) return this.#refuse(socket, 'full');
    const address = socket.remoteAddress ?? '';
    if (this.#addresses.countOf(address) >= this.#config.connectionsPerAddressMax) {
      return this.#refuse(socket, 'address-full');
    }
    this.#sockets.add(socket);
    this.#addresses.add(address);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#addresses.remove(address);
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#config.tcpKeepAliveMs);
    this.#listen(socket);
  }

  /** Takes no more sockets. */
  close(): void {
    this.#closed = true;
  }

  /** Cuts every socket, whatever is going on on it. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts those that have not said what they speak. */
  destroySilent(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  #listen(socket: Socket): void {
    this.#silent.add(socket);
    let first: Buffer | undefined;
    let isAdmitted = false;
    const silence = this.#wheel.schedule(this.#config.prefaceMsMax, {
      deadlineDue: () => this.#refuse(socket, 'silent'),
    });
    const read = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      first = first ? Buffer.concat([first, chunk]) : chunk;
      const spoken = spokenBy(first);
      if (spoken === 'undecided') return;
      socket.off('readable', read);
      if (spoken === 'unknown') return this.#refuse(socket, 'unknown-protocol');
      if (this.#closed) return this.#refuse(socket, 'closed');
      this.#wheel.cancel(silence);
      socket.unshift(first);
      first = undefined;
      isAdmitted = true;
      this.#silent.delete(socket);
      this.#owner.admitted(socket, spoken);
    };
    socket.on('readable', read);
    socket.once('end', () => {
      if (!isAdmitted) socket.destroy();
    });
    socket.once('close', () => {
      this.#silent.delete(socket);
      this.#wheel.cancel(silence);
    });
  }

  #refuse(socket: Socket, why: SocketRefusal): void {
    if (socket.destroyed) return;
    this.#owner.refused(socket, why);
    socket.destroy();
  }
}

function ignore(): void {}
