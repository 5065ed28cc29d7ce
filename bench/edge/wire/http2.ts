import type { Socket } from 'node:net';
import { flags, frame, frameTypes, headBytes } from './frame.ts';
import { Sending } from './sending.ts';
import { open } from './socket.ts';
import type { Fail } from './wire.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const windowMax = 0x7fffffff;
const windowDefault = 0xffff;

/** Told of what arrives on streams; the bytes are there during the call only. */
export interface StreamEvents {
  data(stream: number, bytes: Buffer, start: number, end: number): void;
  headers(stream: number, isLast: boolean): void;
  /** Everything that came together was told. */
  batch(): void;
}

/** A client's end of one connection, with prior knowledge: windows as large as they get, and headers not decoded. */
export class Http2Client {
  /** The one stream that may have a long body; others are written at once. */
  static readonly bodyStream = 1;
  readonly body = new Sending(Http2Client.bodyStream, (bytes) => this.write(bytes));
  readonly #socket: Socket;
  readonly #fail: Fail;
  readonly #events: StreamEvents;
  #rest: Buffer | undefined;
  #ready: () => void = () => {};
  /** Since the connection's window was last opened again. */
  #received = 0;

  private constructor(socket: Socket, fail: Fail, events: StreamEvents) {
    this.#socket = socket;
    this.#fail = fail;
    this.#events = events;
  }

  /** Resolves when the server has sent its settings. */
  static async open(port: number, fail: Fail, events: StreamEvents): Promise<Http2Client> {
    const socket = await open(port, fail, (bytes) => client.#push(bytes));
    const client = new Http2Client(socket, fail, events);
    const initialWindow = Buffer.alloc(6);
    initialWindow.writeUInt16BE(4, 0);
    initialWindow.writeUInt32BE(windowMax, 2);
    const ready = new Promise<void>((resolve) => {
      client.#ready = resolve;
    });
    client.write(
      Buffer.concat([
        Buffer.from(preface),
        frame(frameTypes.settings, 0, 0, initialWindow),
        windowUpdate(windowMax - windowDefault),
      ]),
    );
    await ready;
    return client;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #push(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (at + headBytes <= bytes.length) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      this.#frame(bytes, at, end);
      at = end;
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
    this.#events.batch();
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] ?? 0;
    const flag = bytes[at + 4] ?? 0;
    const stream = bytes.readUInt32BE(at + 5);
    switch (type) {
      case frameTypes.data:
        this.#events.data(stream, bytes, at + headBytes, end);
        this.#receive(end - at - headBytes);
        break;
      case frameTypes.headers:
        this.#events.headers(stream, (flag & flags.endStream) !== 0);
        break;
      case frameTypes.settings:
        if ((flag & flags.ack) !== 0) break;
        this.write(frame(frameTypes.settings, flags.ack, 0));
        this.body.settings(bytes.subarray(at + headBytes, end));
        this.#ready();
        break;
      case frameTypes.ping:
        if ((flag & flags.ack) !== 0) break;
        this.write(frame(frameTypes.ping, flags.ack, 0, bytes.subarray(at + headBytes, end)));
        break;
      case frameTypes.windowUpdate:
        this.body.opened(stream, bytes.readUInt32BE(at + headBytes));
        break;
      case frameTypes.reset:
      case frameTypes.goaway:
        this.#fail(new Error(`the server sent a frame of type ${type} on stream ${stream}`));
        break;
      default:
        break;
    }
  }

  #receive(bytes: number): void {
    this.#received += bytes;
    if (this.#received < windowMax / 2) return;
    this.write(windowUpdate(this.#received));
    this.#received = 0;
  }
}

function windowUpdate(bytes: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(bytes);
  return frame(frameTypes.windowUpdate, 0, 0, body);
}
