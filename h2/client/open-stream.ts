import { connect, type Socket } from 'node:net';
import type { Headers } from '../engine.ts';
import { type ClientBounds, defaultClientBounds } from './bounds.ts';
import { ClientStream, type StreamEvents } from './client-stream.ts';

/** A stream on a connection of its own. */
export interface OpenStream {
  /** Sends a piece of the request's body, which must not change. `written` is called when it has left this process. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Gives stream and connection up at once; no event follows. */
  cancel(): void;
}

/** Less is copied into one write; more is handed to the socket as it is. */
const COPIED_BYTES_MAX = 16 * 1024;

/**
 * Opens a connection for one stream, in the clear and without asking whether HTTP/2 is spoken there (RFC 9113
 * section 3.3). Events come later, never before this returns. The connection ends with the stream.
 */
export function openStream(
  to: { readonly host: string; readonly port: number },
  request: Headers,
  events: StreamEvents,
  bounds: ClientBounds = defaultClientBounds,
): OpenStream {
  return new DrivenStream(connect({ ...to, noDelay: true }), request, events, bounds);
}

class DrivenStream implements OpenStream {
  readonly #socket: Socket;
  readonly #stream: ClientStream;
  /** Of pieces that are in the output and weren't given to the socket yet. */
  #written: (() => void)[] = [];
  #cancelled = false;

  constructor(socket: Socket, request: Headers, events: StreamEvents, bounds: ClientBounds) {
    this.#socket = socket;
    this.#stream = new ClientStream(request, bounds, {
      headers: (fields) => this.#cancelled || events.headers(fields),
      data: (bytes) => this.#cancelled || events.data(bytes),
      ended: (end) => {
        if (this.#cancelled) return;
        this.#flush();
        socket.destroy();
        events.ended(end);
      },
    });
    let error: Error | undefined;
    socket.on('data', (chunk: Buffer) => {
      this.#stream.receive(chunk);
      this.#flush();
    });
    socket.on('error', (told) => {
      error = told;
    });
    socket.on('close', () => this.#stream.lost(error?.message ?? 'the connection was closed'));
    this.#flush();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#stream.write(bytes, () => this.#written.push(written));
    this.#flush();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#socket.destroy();
  }

  #flush(): void {
    const output = this.#stream.takeOutput();
    if (output.length === 0 || this.#socket.destroyed) return;
    const written = this.#written;
    this.#written = [];
    const done = (error?: Error | null): void => {
      if (!error) for (const each of written) each();
    };
    let bytes = 0;
    for (const chunk of output) bytes += chunk.length;
    if (bytes <= COPIED_BYTES_MAX) {
      this.#socket.write(
        output.length === 1 ? (output[0] as Uint8Array) : Buffer.concat(output),
        done,
      );
      return;
    }
    this.#socket.cork();
    for (const chunk of output.slice(0, -1)) this.#socket.write(chunk);
    this.#socket.write(output.at(-1) as Uint8Array, done);
    this.#socket.uncork();
  }
}
