import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** The server's end of a connection without a network: what the client says is given, what it hears is kept. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  bytesRead = 0;
  /** What the server said. */
  readonly heard: Buffer[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  /** As the edge takes it. */
  get socket(): Socket {
    return this as unknown as Socket;
  }

  /** The client says it. */
  say(bytes: Buffer): void {
    if (this.destroyed) return;
    this.bytesRead += bytes.length;
    this.push(bytes);
  }

  /** The client says nothing more. */
  hangUp(): void {
    if (!this.destroyed) this.push(null);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.heard.push(chunk);
    done();
  }
}
