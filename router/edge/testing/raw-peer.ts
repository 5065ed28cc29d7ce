import { connect, type Socket } from 'node:net';
import { errorCodes, flags, frameTypes } from '../../../h2/frames/index.ts';
import { HpackEncoder } from '../../../h2/hpack/index.ts';
import type { Headers } from '../../../h2/index.ts';

export { frameTypes };
export const { endStream, ack, endHeaders } = flags;
export const { enhanceYourCalm } = errorCodes;

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const headerBytes = 9;

/** One frame, whether it makes sense or not. */
export function rawHttp2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
): Buffer {
  const frame = Buffer.alloc(headerBytes + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame.writeUInt8(type, 3);
  frame.writeUInt8(flags, 4);
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, headerBytes);
  return frame;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The headers of a gRPC call. */
export function grpcHeaders(path: string): Headers {
  return {
    ':method': 'POST',
    ':scheme': 'http',
    ':authority': 'edge',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
}

/** A client that says on an HTTP/2 connection whatever it is told to. */
export class RawPeer {
  /** All that the server said. */
  readonly frames: RawFrame[] = [];
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #encoder = new HpackEncoder();
  #rest: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        this.#wake();
      });
    });
  }

  /** Connected, nothing said. */
  static async silent(port: number): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
    const peer = new RawPeer(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    return peer;
  }

  /** Has said the preface and `settings`, pairs of an identifier and a value. */
  static async open(
    port: number,
    settings: readonly (readonly [number, number])[] = [],
  ): Promise<RawPeer> {
    const peer = await RawPeer.silent(port);
    const payload = Buffer.alloc(6 * settings.length);
    for (const [at, [id, value]] of settings.entries()) {
      payload.writeUInt16BE(id, 6 * at);
      payload.writeUInt32BE(value, 6 * at + 2);
    }
    peer.send(Buffer.from(preface), rawHttp2Frame(frameTypes.settings, 0, 0, payload));
    return peer;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  send(...bytes: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(bytes));
  }

  block(headers: Headers): Uint8Array {
    return this.#encoder.encode(headers);
  }

  /** Opens a stream with a whole block of headers. */
  request(stream: number, headers: Headers, flags = 0): void {
    const { headers: type } = frameTypes;
    this.send(rawHttp2Frame(type, endHeaders | flags, stream, this.block(headers)));
  }

  /** Resolves with the first frame for which `wanted` holds. @throws when the connection ends before */
  async frame(wanted: (frame: RawFrame) => boolean): Promise<RawFrame> {
    for (;;) {
      const found = this.frames.find(wanted);
      if (found) return found;
      if (this.isClosed) throw new Error(`closed; heard ${JSON.stringify(this.frames)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** What the last GOAWAY said was wrong; undefined: there was none. */
  get goawayCode(): number | undefined {
    const goaways = this.frames.filter(({ type }) => type === frameTypes.goaway);
    return goaways.at(-1)?.payload.readUInt32BE(4);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = headerBytes + (this.#rest.length < headerBytes ? 0 : this.#rest.readUIntBE(0, 3));
      if (this.#rest.length < end) break;
      this.frames.push({
        type: this.#rest.readUInt8(3),
        flags: this.#rest.readUInt8(4),
        stream: this.#rest.readUInt32BE(5) & 0x7fff_ffff,
        payload: this.#rest.subarray(headerBytes, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
