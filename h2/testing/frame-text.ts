import {
  clientPreface,
  FrameReader,
  flags,
  frameOf,
  frameTypes,
  goawayFrame,
  uint32At,
} from '../frames/index.ts';
import { HpackDecoder, HpackEncoder } from '../hpack/index.ts';

/**
 * Frames as lines that a person can read:
 *
 *   PREFACE                             SETTINGS 4=100 | SETTINGS ack
 *   HEADERS 1 end part :path=/a x=y     `end`: END_STREAM, `part`: without END_HEADERS
 *   CONTINUATION 1 part x=y             DATA 1 end hello | DATA 1 pad=3 hello | DATA 1 *20000
 *   RST_STREAM 1 8                      WINDOW_UPDATE 1 100
 *   PING 12345678 | PING ack 12345678   GOAWAY 3 0 | PRIORITY 1 3
 *   FRAME type flags stream hex         anything else, or one that is wrong in itself
 */
export function framesOf(lines: readonly string[]): Buffer {
  return Buffer.concat(lines.map(frameOfLine));
}

function frameOfLine(line: string): Uint8Array {
  const [type = '', ...words] = line.split(' ');
  const has = (word: string): boolean => words.includes(word);
  const id = Number(words[0]);
  const ends = has('end') ? flags.endStream : 0;
  switch (type) {
    case 'PREFACE':
      return clientPreface;
    case 'SETTINGS':
      if (has('ack')) return frameOf(frameTypes.settings, flags.ack, 0, Buffer.of());
      return frameOf(frameTypes.settings, 0, 0, Buffer.concat(words.map(settingOf)));
    case 'HEADERS':
    case 'CONTINUATION': {
      const flagBits = ends | (has('part') ? 0 : flags.endHeaders);
      const fields = words.slice(1).filter((word) => word !== 'end' && word !== 'part');
      return frameOf(typeNumber(type), flagBits, id, blockOf(fields));
    }
    case 'DATA':
      return dataFrame(id, ends, words.slice(1));
    case 'RST_STREAM':
    case 'WINDOW_UPDATE':
      return frameOf(typeNumber(type), 0, id, uint32(Number(words[1])));
    case 'PRIORITY':
      return frameOf(
        frameTypes.priority,
        0,
        id,
        Buffer.concat([uint32(Number(words[1])), Buffer.of(0)]),
      );
    case 'PING':
      return frameOf(
        frameTypes.ping,
        has('ack') ? flags.ack : 0,
        0,
        Buffer.from(words.at(-1) ?? ''),
      );
    case 'GOAWAY':
      return goawayFrame(id, Number(words[1]) as 0);
    case 'FRAME':
      return frameOf(id, Number(words[1]), Number(words[2]), Buffer.from(words[3] ?? '', 'hex'));
    default:
      throw new Error(`not a frame: ${line}`);
  }
}

function typeNumber(name: string): number {
  const number = typeNames.indexOf(name);
  if (number < 0) throw new Error(`no type of frame: ${name}`);
  return number;
}

function settingOf(pair: string): Buffer {
  const [id, value] = pair.split('=').map(Number) as [number, number];
  return Buffer.concat([Buffer.of(0, id), uint32(value)]);
}

function dataFrame(id: number, ends: number, words: readonly string[]): Uint8Array {
  const padding = words.find((word) => word.startsWith('pad='))?.slice(4);
  const text = words.find((word) => word !== 'end' && !word.startsWith('pad=')) ?? '';
  const data = text.startsWith('*') ? Buffer.alloc(Number(text.slice(1)), 'x') : Buffer.from(text);
  if (padding === undefined) return frameOf(frameTypes.data, ends, id, data);
  const padded = [Buffer.of(Number(padding)), data, Buffer.alloc(Number(padding))];
  return frameOf(frameTypes.data, ends | flags.padded, id, Buffer.concat(padded));
}

function blockOf(fields: readonly string[]): Uint8Array {
  const headers = fields.map((field) => {
    const at = field.indexOf('=');
    return [field.slice(0, at), field.slice(at + 1)];
  });
  // Upper case and the like are written as they are, which the encoder refuses.
  return Buffer.concat(headers.map(([name = '', value = '']) => literal(name, value)));
}

function literal(name: string, value: string): Uint8Array {
  try {
    return new HpackEncoder().encode({ [name]: value });
  } catch {
    const [to, from] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
    return Buffer.concat([Buffer.of(0, to.length), to, Buffer.of(from.length), from]);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const typeNames = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];

/** What a server said, as lines of the same kind. Long DATA is told by its length. */
export class FrameText {
  readonly lines: string[] = [];
  readonly #decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 65_536 });
  readonly #reader = new FrameReader(
    {
      frame: (type, flagBits, stream, payload) =>
        void this.lines.push(this.#line(type, flagBits, stream, payload)),
      oversized: (type) => void this.lines.push(`${typeNames[type]} is oversized`),
    },
    16_384,
  );

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  #line(type: number, flagBits: number, stream: number, payload: Uint8Array): string {
    const name = typeNames[type] ?? `type ${type}`;
    const hasFirstFlag = (flagBits & 1) !== 0;
    const ends = hasFirstFlag ? ' end' : '';
    const text = Buffer.from(payload);
    switch (type) {
      case frameTypes.data:
        return `${name} ${stream}${ends} ${text.length > 40 ? `*${text.length}` : text.toString()}`.trimEnd();
      case frameTypes.headers: {
        const fields = this.#decoder.decode(payload);
        if ('problem' in fields) return `${name} ${stream} ${fields.problem}`;
        const said = fields.map((field) => `${field.name}=${field.value}`).join(' ');
        return `${name} ${stream}${ends} ${said}`;
      }
      case frameTypes.settings:
        return hasFirstFlag ? `${name} ack` : name;
      case frameTypes.ping:
        return `${name}${hasFirstFlag ? ' ack' : ''} ${text.toString()}`;
      case frameTypes.goaway:
        return `${name} ${uint32At(text, 0)} ${uint32At(text, 4)}`;
      default:
        return `${name} ${stream} ${uint32At(text, 0)}`;
    }
  }
}
