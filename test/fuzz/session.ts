import { huffmanEncode, huffmanLength } from '../../h2/hpack/huffman.ts';
import { writeInteger } from '../../h2/hpack/integer.ts';
import { staticIndexOfName } from '../../h2/hpack/static-table.ts';
import { frameTypes, rawHttp2Frame, uint32 } from '../../router/edge/testing/index.ts';
import { Random } from '../simulation/world/random.ts';
import { type Layer, Mutator } from './mutator.ts';
import { makeRequest, type Request } from './requests.ts';

export interface Session {
  readonly layer: Layer;
  readonly mutations: number;
  /** What the client says, in the pieces in which it arrives. */
  readonly pieces: readonly Buffer[];
}

const layers: readonly Layer[] = [
  ...(['stream', 'frames', 'frames', 'frames', 'hpack', 'hpack', 'fields', 'fields'] as const),
  ...(['grpc', 'grpc', 'web', 'web', 'protobuf', 'protobuf', 'http'] as const),
];
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** All that a client says on one connection; the same for the same seed. */
export function makeSession(seed: number, wellFormed = false): Session {
  const random = new Random(seed);
  const mutator = new Mutator(random, wellFormed ? 'none' : random.pick(layers));
  const said =
    !wellFormed && random.chance(0.05) ? overHttp1(random, mutator) : overHttp2(random, mutator);
  const all = mutator.bytes('stream', said);
  return { layer: mutator.layer, mutations: mutator.mutations, pieces: cut(random, all) };
}

function overHttp1(random: Random, mutator: Mutator): Buffer {
  const requests: Buffer[] = [];
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const { fields, body } = makeRequest(random, mutator);
    const value = (wanted: string): string | undefined =>
      fields.find(([name]) => name === wanted)?.[1];
    const lines = fields
      .filter(([name]) => !name.startsWith(':') && name !== 'content-length')
      .map(([name, text]) => `${name}: ${text}`);
    const line = `${value(':method')} ${value(':path')} HTTP/1.1`;
    const head = [line, 'host: edge', `content-length: ${body.length}`, ...lines, '', ''];
    requests.push(Buffer.from(head.join('\r\n'), 'latin1'), body);
  }
  return Buffer.concat(requests);
}

interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

function overHttp2(random: Random, mutator: Mutator): Buffer {
  const streams: Frame[][] = [];
  for (let at = random.below(6); at >= 0; at -= 1) {
    streams.unshift(framesOf(random, mutator, makeRequest(random, mutator), 2 * at + 1));
  }
  const settings = { type: frameTypes.settings, flags: 0, stream: 0, payload: settingsOf(random) };
  const frames = [settings, ...interleaved(random, streams, mutator.layer !== 'none')];
  return Buffer.concat([preface, ...mutated(random, mutator, frames)]);
}

/** Frames of each stream in their order; header blocks stay whole, and streams begin in the order of their numbers. */
function interleaved(random: Random, streams: Frame[][], mayReset: boolean): Frame[] {
  const frames: Frame[] = [];
  let begun = 0;
  const waiting = [...streams];
  while (waiting.some((stream) => stream.length > 0)) {
    const open = waiting.filter((stream, at) => stream.length > 0 && at <= begun);
    if (open.length === 0) {
      begun += 1;
      continue;
    }
    const stream = random.pick(open);
    begun = Math.max(begun, waiting.indexOf(stream) + 1);
    const taken = stream.shift() as Frame;
    frames.push(taken);
    while (stream[0]?.type === frameTypes.continuation) frames.push(stream.shift() as Frame);
    if (!random.chance(0.2)) continue;
    const between = control(random, taken.stream);
    // How much of a request is seen before it is given up is a matter of chance.
    if (between.type === frameTypes.rstStream && !mayReset) continue;
    frames.push(between);
    // Nothing more is said on a stream that was given up.
    if (between.type === frameTypes.rstStream) stream.length = 0;
  }
  return frames;
}

function framesOf(random: Random, mutator: Mutator, request: Request, stream: number): Frame[] {
  const block = mutator.bytes('hpack', blockOf(random, request.fields));
  const endsStream = request.body.length === 0 ? 1 : 0;
  const frames: Frame[] = [];
  const blocks = random.chance(0.2) ? pieces(random, block, 3) : [block];
  for (const [at, payload] of blocks.entries()) {
    const isLast = at === blocks.length - 1;
    frames.push({
      type: at === 0 ? frameTypes.headers : frameTypes.continuation,
      flags: (at === 0 ? endsStream : 0) | (isLast ? 4 : 0),
      stream,
      payload,
    });
  }
  const bodies = endsStream ? [] : pieces(random, request.body, 1 + random.below(4));
  for (const [at, body] of bodies.entries()) {
    const flags = at === bodies.length - 1 ? 1 : 0;
    const padding = random.chance(0.1) ? random.below(20) : undefined;
    const padded = Buffer.concat([Buffer.of(padding ?? 0), body, Buffer.alloc(padding ?? 0)]);
    const payload = padding === undefined ? body : padded;
    frames.push({
      type: frameTypes.data,
      flags: flags | (padding === undefined ? 0 : 8),
      stream,
      payload,
    });
  }
  return frames;
}

/** What may come at any time between the frames of streams. */
function control(random: Random, stream: number): Frame {
  const of = (type: number, flags: number, on: number, payload: Buffer): Frame => ({
    type,
    flags,
    stream: on,
    payload,
  });
  switch (random.below(7)) {
    case 0:
      return of(frameTypes.ping, 0, 0, Buffer.alloc(8, random.below(256)));
    case 1:
      return of(frameTypes.windowUpdate, 0, 0, uint32(1 + random.below(1000)));
    case 2:
      return of(frameTypes.windowUpdate, 0, stream, uint32(1 + random.below(1000)));
    case 3:
      return of(frameTypes.settings, 0, 0, settingsOf(random));
    case 4:
      return of(frameTypes.priority, 0, stream, Buffer.of(0, 0, 0, 0, 5));
    case 5:
      return of(frameTypes.rstStream, 0, stream, uint32(8));
    default:
      return of(0x40 + random.below(100), random.below(256), stream, Buffer.alloc(random.below(9)));
  }
}

function settingsOf(random: Random): Buffer {
  const known: readonly (readonly [number, number])[] = [
    [1, random.pick([0, 100, 4096, 65_536])],
    [2, random.below(2)],
    [3, random.below(1000)],
    [4, random.pick([0, 10, 65_535, 1_000_000])],
    [5, random.pick([16_384, 100_000])],
    [6, 10_000],
    [0x99, 1],
  ];
  const chosen = known.filter(() => random.chance(0.3));
  const payload = Buffer.alloc(6 * chosen.length);
  for (const [at, [id, value]] of chosen.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return payload;
}

function mutated(random: Random, mutator: Mutator, frames: readonly Frame[]): Buffer[] {
  const order = [...frames];
  const out: Buffer[] = [];
  for (let at = 0; at < order.length; at += 1) {
    const frame = order[at] as Frame;
    if (!mutator.strikes('frames', 6)) {
      out.push(rawHttp2Frame(frame.type, frame.flags, frame.stream, frame.payload));
      continue;
    }
    out.push(...changed(random, frame, order));
  }
  return out;
}

/** One frame, made wrong; `others` are all of the session. */
function changed(random: Random, frame: Frame, others: readonly Frame[]): Buffer[] {
  const { type, flags, stream, payload } = frame;
  switch (random.below(8)) {
    case 0:
      return [];
    case 1: {
      const one = rawHttp2Frame(type, flags, stream, payload);
      return [one, one];
    }
    case 2:
      return [rawHttp2Frame(random.below(12), flags, stream, payload)];
    case 3:
      return [rawHttp2Frame(type, flags ^ (1 << random.below(8)), stream, payload)];
    case 4: {
      const other = random.pick([0, 1, 2, 3, 5, 101, 0x7fff_ffff]);
      return [rawHttp2Frame(type, flags, other, payload)];
    }
    case 5: {
      const lies = rawHttp2Frame(type, flags, stream, payload);
      lies.writeUIntBE(random.pick([0, 1, payload.length + 1, 16_384, 16_385, 0xff_ffff]), 0, 3);
      return [lies];
    }
    case 6: {
      const other = random.pick(others);
      return [
        rawHttp2Frame(other.type, other.flags, other.stream, other.payload),
        rawHttp2Frame(type, flags, stream, payload),
      ];
    }
    default: {
      const bytes = Buffer.from(payload);
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
      return [rawHttp2Frame(type, flags, stream, bytes)];
    }
  }
}

/** Literals of every kind, with and without Huffman, so that the table fills and old indices stay what they are. */
function blockOf(random: Random, fields: readonly (readonly [string, string])[]): Buffer {
  const parts: Buffer[] = random.chance(0.1) ? [integer(random.pick([0, 200, 4096]), 5, 0x20)] : [];
  for (const [name, value] of fields) {
    const [bits, pattern] = random.pick([
      [6, 0x40],
      [4, 0x00],
      [4, 0x10],
    ] as const);
    const index = random.chance(0.8) ? (staticIndexOfName(name) ?? 0) : 0;
    parts.push(integer(index, bits, pattern));
    if (index === 0) parts.push(text(name, random.chance(0.5)));
    parts.push(text(value, random.chance(0.5)));
  }
  return Buffer.concat(parts);
}

function integer(value: number, prefixBits: number, pattern: number): Buffer {
  const into = Buffer.alloc(8);
  return into.subarray(0, writeInteger(value, prefixBits, pattern, into, 0));
}

function text(value: string, coded: boolean): Buffer {
  const octets = Buffer.from(value, 'latin1');
  if (!coded) return Buffer.concat([integer(octets.length, 7, 0), octets]);
  const huffman = Buffer.alloc(huffmanLength(value));
  huffmanEncode(value, huffman, 0);
  return Buffer.concat([integer(huffman.length, 7, 0x80), huffman]);
}

function pieces(random: Random, bytes: Buffer, count: number): Buffer[] {
  const ends = Array.from({ length: count - 1 }, () => random.below(bytes.length + 1));
  const sorted = [...ends.sort((one, other) => one - other), bytes.length];
  return sorted.map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
}

/** As a socket might hand it over. */
function cut(random: Random, bytes: Buffer): Buffer[] {
  if (random.chance(0.5)) return [bytes];
  return pieces(random, bytes, 2 + random.below(5)).filter((piece) => piece.length > 0);
}
