import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A frame of HTTP/2 as it was on the wire, RFC 9113 section 4.1. */
export interface SeenFrame {
  readonly type: string;
  readonly stream: number;
  readonly endsStream: boolean;
  /** Of RST_STREAM and GOAWAY. */
  readonly errorCode: number | undefined;
}

const types = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
];
const headerBytes = 9;

/** A wire to an edge that notes what the edge says on it, connection by connection. */
export class FrameTap {
  /** What the edge said on each connection, in order. */
  readonly connections: SeenFrame[][] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, connect(port, '127.0.0.1')));
  }

  /** @param port where the edge listens on loopback */
  static async open(port: number): Promise<FrameTap> {
    const tap = new FrameTap(port);
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', () => resolve()));
    return tap;
  }

  /** host:port for clients. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    const frames: SeenFrame[] = [];
    this.connections.push(frames);
    let rest: Buffer = Buffer.alloc(0);
    far.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= headerBytes) {
        const end = headerBytes + rest.readUIntBE(0, 3);
        if (rest.length < end) return;
        frames.push(read(rest.subarray(0, end)));
        rest = rest.subarray(end);
      }
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
    near.pipe(far).pipe(near);
  }
}

function read(frame: Buffer): SeenFrame {
  const type = types[frame.readUInt8(3)] ?? 'other';
  const carriesEnd = type === 'DATA' || type === 'HEADERS';
  const codeAt = type === 'RST_STREAM' ? headerBytes : headerBytes + 4;
  const hasCode = type === 'RST_STREAM' || type === 'GOAWAY';
  return {
    type,
    stream: frame.readUInt32BE(5) & 0x7fff_ffff,
    endsStream: carriesEnd && (frame.readUInt8(4) & 1) === 1,
    errorCode: hasCode ? frame.readUInt32BE(codeAt) : undefined,
  };
}
