import { describe, expect, it } from 'vitest';
import {
  clientPreface,
  errorCodes,
  flags,
  frameOf,
  frameTypes,
  goawayFrame,
  pingFrame,
  rstStreamFrame,
  settingIds,
  settingsAckFrame,
  settingsFrame,
  uint32At,
  windowUpdateFrame,
} from '../frames/index.ts';
import { HpackEncoder } from '../hpack/index.ts';
import type { ClientBounds } from './bounds.ts';
import { ClientStream, type StreamEnd } from './client-stream.ts';

interface Sent {
  readonly type: number;
  readonly flagBits: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const request = { ':method': 'POST', ':scheme': 'http', ':path': '/s/m', ':authority': 'x' };

function framesIn(bytes: Buffer): Sent[] {
  const frames: Sent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = uint32At(bytes, at) >>> 8;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    const [type, flagBits] = [bytes[at + 3] as number, bytes[at + 4] as number];
    frames.push({ type, flagBits, stream: uint32At(bytes, at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

/** A stream, and a server in the hands of the test. */
class Scene {
  readonly stream: ClientStream;
  readonly told: string[] = [];
  readonly data: Uint8Array[] = [];
  end: StreamEnd | undefined;
  readonly #encoder = new HpackEncoder();

  constructor(change: Partial<ClientBounds> = {}) {
    const bounds = {
      receiveWindowBytes: 100_000,
      headerListBytesMax: 1_000,
      headerBlockBytesMax: 600,
      continuationsPerBlockMax: 16,
      ...change,
    };
    this.stream = new ClientStream(request, bounds, {
      headers: (fields) => this.told.push(fields.map((it) => `${it.name} ${it.value}`).join()),
      data: (bytes) => this.data.push(bytes),
      ended: (end) => {
        expect(this.end).toBeUndefined();
        this.end = end;
      },
    });
  }

  /** Up to the response's headers, with nothing in the output. */
  static answered(change: Partial<ClientBounds> = {}): Scene {
    const scene = new Scene(change);
    scene.say(settingsFrame([]), scene.headers({ ':status': 200 }));
    scene.sent();
    return scene;
  }

  say(...frames: readonly Uint8Array[]): void {
    this.stream.receive(Buffer.concat(frames));
  }

  headers(fields: Readonly<Record<string, string | number>>, flagBits: number = flags.endHeaders) {
    return frameOf(frameTypes.headers, flagBits, 1, this.#encoder.encode(fields));
  }

  sent(): Sent[] {
    return framesIn(Buffer.concat(this.stream.takeOutput()));
  }

  get reason(): string {
    return this.end?.is === 'broken' ? this.end.reason : '';
  }
}

const data = (bytes: number, flagBits = 0) =>
  frameOf(frameTypes.data, flagBits, 1, new Uint8Array(bytes));

describe('a client stream', () => {
  it('begins with the preface, its settings and its request', () => {
    const scene = new Scene();
    const bytes = Buffer.concat(scene.stream.takeOutput());
    expect(bytes.subarray(0, clientPreface.length)).toEqual(clientPreface);
    const frames = framesIn(bytes.subarray(clientPreface.length));
    expect(frames.map(({ type, stream }) => [type, stream])).toEqual([
      [frameTypes.settings, 0],
      [frameTypes.windowUpdate, 0],
      [frameTypes.headers, 1],
    ]);
    expect(frames[2]?.flagBits).toBe(flags.endHeaders);
    expect(uint32At(frames[1]?.payload as Buffer, 0)).toBe(100_000 - 65_535);
  });

  it('hands on headers, data and trailers, byte for byte wherever the bytes were cut', () => {
    const scene = new Scene();
    const all = Buffer.concat([
      settingsFrame([]),
      scene.headers({ ':status': 200, 'content-type': 'application/grpc' }),
      frameOf(frameTypes.data, 0, 1, Buffer.from('hello')),
      frameOf(0xfa, 0, 1, Buffer.from('of an extension')),
      scene.headers({ 'grpc-status': 0 }, flags.endHeaders | flags.endStream),
    ]);
    for (const byte of all) scene.stream.receive(Buffer.of(byte));
    expect(scene.told).toEqual([':status 200,content-type application/grpc']);
    expect(Buffer.concat(scene.data).toString()).toBe('hello');
    expect(scene.end).toMatchObject({ is: 'complete', trailers: [{ name: 'grpc-status' }] });
  });

  it('passes over interim headers', () => {
    const scene = new Scene();
    scene.say(settingsFrame([]), scene.headers({ ':status': 103 }));
    scene.say(scene.headers({ ':status': 200 }));
    expect(scene.told).toEqual([':status 200']);
  });

  it('answers settings and pings, and not their answers', () => {
    const scene = new Scene();
    scene.sent();
    const opaque = Buffer.from('12345678');
    scene.say(
      settingsFrame([]),
      settingsAckFrame,
      pingFrame(opaque, false),
      pingFrame(opaque, true),
    );
    const frames = scene.sent();
    expect(frames.map(({ type, flagBits }) => [type, flagBits])).toEqual([
      [frameTypes.settings, flags.ack],
      [frameTypes.ping, flags.ack],
    ]);
    expect(frames[1]?.payload).toEqual(opaque);
  });

  it('sends its body as far as both windows allow, in frames that every server takes', () => {
    const scene = Scene.answered();
    let taken = 0;
    scene.stream.write(new Uint8Array(100_000), () => (taken += 1));
    const sizes = () => scene.sent().map(({ payload }) => payload.length);
    expect(sizes()).toEqual([16_384, 16_384, 16_384, 16_383]);
    scene.say(windowUpdateFrame(0, 50_000));
    expect(sizes()).toEqual([]);
    scene.say(windowUpdateFrame(1, 20_000));
    expect(sizes()).toEqual([16_384, 3_616]);
    expect(taken).toBe(0);
    scene.say(settingsFrame([[settingIds.initialWindowSize, 165_535]]));
    expect(sizes().slice(0, -1)).toEqual([14_465]);
    expect(taken).toBe(1);
  });

  it('sends nothing through a window that SETTINGS left below zero', () => {
    const scene = Scene.answered();
    scene.stream.write(new Uint8Array(10_000), () => {});
    scene.sent();
    scene.say(settingsFrame([[settingIds.initialWindowSize, 5_000]]));
    scene.stream.write(new Uint8Array(10), () => {});
    scene.say(windowUpdateFrame(1, 5_000));
    expect(scene.sent().filter(({ type }) => type === frameTypes.data)).toEqual([]);
    scene.say(windowUpdateFrame(1, 10));
    expect(scene.sent().map(({ payload }) => payload.length)).toEqual([10]);
  });

  it('opens its windows again when half of them is used', () => {
    const scene = Scene.answered();
    for (let frames = 0; frames < 4; frames++) scene.say(data(12_000));
    expect(scene.sent()).toEqual([]);
    scene.say(data(2_000));
    expect(scene.sent().map(({ stream, payload }) => [stream, uint32At(payload, 0)])).toEqual([
      [0, 50_000],
      [1, 50_000],
    ]);
  });

  it('counts padding, and does not hand it on', () => {
    const scene = Scene.answered();
    const padded = Buffer.concat([Buffer.of(3), Buffer.from('abc'), Buffer.alloc(3)]);
    scene.say(frameOf(frameTypes.data, flags.padded, 1, padded));
    expect(Buffer.concat(scene.data).toString()).toBe('abc');
  });

  it('takes a header block in several frames, up to its bound', () => {
    const block = Buffer.from(new HpackEncoder().encode({ ':status': 200, a: 'b'.repeat(100) }));
    const scene = new Scene();
    scene.say(
      settingsFrame([]),
      frameOf(frameTypes.headers, 0, 1, block.subarray(0, 20)),
      frameOf(frameTypes.continuation, 0, 1, block.subarray(20, 30)),
      frameOf(frameTypes.continuation, flags.endHeaders, 1, block.subarray(30)),
    );
    expect(scene.told).toHaveLength(1);
    const flooded = new Scene();
    flooded.say(settingsFrame([]), frameOf(frameTypes.headers, 0, 1, new Uint8Array(500)));
    flooded.say(frameOf(frameTypes.continuation, 0, 1, new Uint8Array(101)));
    expect(flooded.reason).toContain('larger than allowed');
  });

  it('goes on after a GOAWAY that takes it, and ends with one that does not', () => {
    const scene = Scene.answered();
    scene.say(goawayFrame(1, errorCodes.noError), data(5));
    expect(scene.data).toHaveLength(1);
    scene.say(goawayFrame(0, errorCodes.enhanceYourCalm, 'go away'));
    expect(scene.reason).toContain('go away (HTTP/2 error 11)');
  });

  it('ends when it is reset, and when its connection is lost; then it says nothing', () => {
    const scene = Scene.answered();
    scene.say(rstStreamFrame(1, errorCodes.refusedStream), data(5));
    expect(scene.end).toEqual({ is: 'reset', code: errorCodes.refusedStream });
    scene.stream.write(new Uint8Array(5), () => {});
    scene.stream.lost('gone');
    expect(scene.sent()).toEqual([]);
    expect(scene.data).toEqual([]);
    const lost = new Scene();
    lost.stream.lost('gone');
    expect(lost.reason).toBe('gone');
  });
});

describe('a server that breaks the rules', () => {
  const broken: readonly [string, (scene: Scene) => Uint8Array, number][] = [
    ['pushes', () => frameOf(frameTypes.pushPromise, 4, 1, new Uint8Array(4)), 1],
    ['sends a frame that is too large', () => data(16_385), 6],
    ['sends DATA on another stream', () => frameOf(frameTypes.data, 0, 3, new Uint8Array(1)), 1],
    ['opens a stream', () => frameOf(frameTypes.headers, 4, 2, new Uint8Array(0)), 1],
    ['sends CONTINUATION alone', () => frameOf(frameTypes.continuation, 4, 1, Buffer.of()), 1],
    ['interrupts headers', (s) => Buffer.concat([s.headers({ a: 'b' }, 0), data(1)]), 1],
    ['does not end with trailers', (scene) => scene.headers({ a: 'b' }), 1],
    ['sends what is no header block', () => frameOf(1, flags.endHeaders, 1, Buffer.of(0xff)), 9],
    ['pads more than there is', () => frameOf(0, flags.padded, 1, Buffer.of(9, 1)), 1],
    ['opens a window by nothing', () => windowUpdateFrame(1, 0), 1],
    ['opens a window too far', () => windowUpdateFrame(0, 0x7fff_ffff), 3],
    ['opens its own window too far', () => windowUpdateFrame(1, 0x7fff_ffff), 3],
    ['cuts WINDOW_UPDATE', () => frameOf(frameTypes.windowUpdate, 0, 0, new Uint8Array(3)), 6],
    ['cuts PING', () => frameOf(frameTypes.ping, 0, 0, new Uint8Array(7)), 6],
    ['pings a stream', () => frameOf(frameTypes.ping, 0, 1, new Uint8Array(8)), 1],
    ['cuts RST_STREAM', () => frameOf(frameTypes.rstStream, 0, 1, new Uint8Array(5)), 6],
    ['cuts GOAWAY', () => frameOf(frameTypes.goaway, 0, 0, new Uint8Array(7)), 6],
    ['cuts SETTINGS', () => frameOf(frameTypes.settings, 0, 0, new Uint8Array(5)), 6],
    ['sends SETTINGS on a stream', () => frameOf(frameTypes.settings, 0, 1, new Uint8Array(0)), 1],
  ];

  it.each(broken)('%s: it is told, and the stream is over', (_what, says, code) => {
    const scene = Scene.answered();
    scene.say(says(scene));
    expect(scene.reason).toMatch(/^the server breaks HTTP\/2: /);
    const goaway = scene.sent().at(-1);
    expect([goaway?.type, uint32At(goaway?.payload as Buffer, 4)]).toEqual([7, code]);
    scene.say(data(1));
    expect(scene.sent()).toEqual([]);
  });

  it('does not begin with SETTINGS: it is told, and the stream is over', () => {
    const scene = new Scene();
    scene.say(scene.headers({ ':status': 200 }));
    expect(scene.reason).toContain('does not begin with SETTINGS');
  });
});
