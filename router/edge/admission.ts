import type { Socket } from 'node:net';
import { Addresses } from './addresses.ts';
import type { EdgeConfig } from './config.ts';
import type { DeadlineWheel } from './deadlines.ts';
import { Newcomer } from './newcomer.ts';
import type { Certificate } from './tls/index.ts';

export type SocketRefusal =
  | 'full'
  | 'address-full'
  | 'closed'
  | 'unknown-protocol'
  | 'silent'
  /** The TLS handshake failed, or was given up. */
  | 'handshake'
  /** It came without TLS from another machine. */
  | 'plain-text';

export interface AdmissionOwner {
  /** What the socket's client speaks; its first bytes can be read from the socket again. With TLS it is decrypted. */
  admitted(socket: Socket, speaks: 'http1' | 'http2'): void;
  refused(socket: Socket, why: SocketRefusal): void;
}

/**
 * The door: takes connected sockets, within their bound, and hands on those that speak HTTP, with TLS taken off. A socket
 * that says something else, or nothing for too long, costs a few bytes and is closed.
 */
export class Admission {
  readonly #owner: AdmissionOwner;
  readonly #wheel: DeadlineWheel;
  readonly #config: EdgeConfig;
  /** Undefined: nobody speaks TLS here. */
  readonly #certificate: Certificate | undefined;
  /** All sockets that came through here and are not closed. */
  readonly #sockets = new Set<Socket>();
  /** Those of them that have not said what they speak. */
  readonly #newcomers = new Set<Newcomer>();
  readonly #addresses = new Addresses();
  #closed = false;

  constructor(
    owner: AdmissionOwner,
    wheel: DeadlineWheel,
    config: EdgeConfig,
    certificate?: Certificate,
  ) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#config = config;
    this.#certificate = certificate;
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
    this.#receive(socket);
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
    for (const newcomer of this.#newcomers) newcomer.socket.destroy();
  }

  #receive(socket: Socket): void {
    const newcomer = new Newcomer(socket, this.#certificate, (outcome) => {
      this.#newcomers.delete(newcomer);
      this.#wheel.cancel(silence);
      if (outcome === 'gone') return;
      if ('refused' in outcome) return this.#refuse(socket, outcome.refused);
      if (this.#closed) return this.#refuse(socket, 'closed');
      this.#owner.admitted(outcome.socket, outcome.speaks);
    });
    const silence = this.#wheel.schedule(this.#config.prefaceMsMax, newcomer);
    this.#newcomers.add(newcomer);
  }

  #refuse(socket: Socket, why: SocketRefusal): void {
    this.#owner.refused(socket, why);
    socket.destroy();
  }
}

function ignore(): void {}
