import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frameTypes } from '../frames/index.ts';
import { begin, Talk } from '../testing/index.ts';
import { Runs } from './run.ts';

const request = ':method=POST :scheme=http :path=/a';
const respond = { ':status': 200 };

/** A connection with requests on streams 1, 3, ... that are complete and responded to. */
function answering(count: number, runs = new Runs(), ...settings: string[]): Talk {
  const talk = new Talk({}, runs);
  talk.onRequestEnded = (exchange) => exchange.respond(respond);
  const requests = Array.from({ length: count }, (_, at) => `HEADERS ${2 * at + 1} end ${request}`);
  talk.say(...begin, ...settings, ...requests);
  talk.heard();
  talk.sent.splice(0);
  return talk;
}

/** The client's view: counts both windows itself, and finds nothing but what was written in what it gets. */
class StrictClient {
  readonly windows: number[];
  connectionWindow = 65_535;
  /** What was written and has not come. */
  readonly missing: string[];
  readonly ended: boolean[];
  #read = 0;
  readonly #talk: Talk;
  readonly #reader: FrameReader;

  constructor(talk: Talk, streams: number, window: number) {
    this.#talk = talk;
    this.windows = Array.from({ length: streams }, () => window);
    this.missing = Array.from({ length: streams }, () => '');
    this.ended = Array.from({ length: streams }, () => false);
    this.#reader = new FrameReader({ frame: this.#frame, oversized: () => expect.fail() }, 16_384);
  }

  read(): void {
    for (; this.#read < this.#talk.sent.length; this.#read += 1) {
      this.#reader.push(this.#talk.sent[this.#read] as Uint8Array);
    }
  }

  readonly #frame = (type: number, flags: number, id: number, payload: Uint8Array): void => {
    if (type !== frameTypes.data && type !== frameTypes.headers) return;
    const at = (id - 1) / 2;
    expect(this.ended[at]).toBe(false);
    if (type === frameTypes.data) {
      const text = Buffer.from(payload).toString();
      expect(this.missing[at]?.slice(0, text.length)).toBe(text);
      this.missing[at] = this.missing[at]?.slice(text.length) ?? '';
      this.windows[at] = (this.windows[at] ?? 0) - text.length;
      this.connectionWindow -= text.length;
      expect(this.windows[at]).toBeGreaterThanOrEqual(0);
      expect(this.connectionWindow).toBeGreaterThanOrEqual(0);
    }
    if ((flags & 1) !== 0) this.ended[at] = true;
  };
}

type Step =
  | { readonly do: 'write'; readonly stream: number; readonly bytes: number }
  | { readonly do: 'widen'; readonly stream: number | 'connection'; readonly bytes: number }
  | { readonly do: 'resize'; readonly window: number }
  | { readonly do: 'end'; readonly stream: number }
  | { readonly do: 'block' | 'unblock' | 'turn' };

const streams = 4;
const stream = fc.nat(streams - 1);
const bytes = fc.oneof(fc.nat(40), fc.nat(20_000), fc.constant(40_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('write'), stream, bytes }),
  fc.record({ do: fc.constant('write'), stream, bytes }),
  fc.record({
    do: fc.constant('widen'),
    stream: fc.oneof(stream, fc.constant('connection' as const)),
    bytes: fc.integer({ min: 1, max: 40_000 }),
  }),
  fc.record({ do: fc.constant('resize'), window: fc.nat(50_000) }),
  fc.record({ do: fc.constant('end'), stream }),
  fc.record({ do: fc.constantFrom('block', 'unblock', 'turn') }),
) as fc.Arbitrary<Step>;

describe('the sending half', () => {
  it('keeps to every window, in order, and leaves nothing unsent that could be', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let initial = 1_000;
        const talk = answering(streams, new Runs(), `SETTINGS 4=${initial}`);
        const client = new StrictClient(talk, streams, initial);
        const isEnding = Array.from({ length: streams }, () => false);
        const owed = Array.from({ length: streams }, () => false);
        let letter = 0;
        for (const one of steps) {
          talk.told.splice(0);
          if (one.do === 'write' && !isEnding[one.stream] && !owed[one.stream]) {
            const text = String.fromCharCode(97 + (letter++ % 26)).repeat(one.bytes);
            client.missing[one.stream] += text;
            const more = talk.exchanges[one.stream]?.write(Buffer.from(text));
            owed[one.stream] = more === false;
          } else if (one.do === 'widen' && one.stream === 'connection') {
            client.connectionWindow += one.bytes;
            talk.say(`WINDOW_UPDATE 0 ${one.bytes}`);
          } else if (one.do === 'widen' && one.stream !== 'connection') {
            client.windows[one.stream] = (client.windows[one.stream] ?? 0) + one.bytes;
            talk.say(`WINDOW_UPDATE ${2 * one.stream + 1} ${one.bytes}`);
          } else if (one.do === 'resize') {
            for (let at = 0; at < streams; at += 1) {
              client.windows[at] = (client.windows[at] ?? 0) + one.window - initial;
            }
            initial = one.window;
            talk.say(`SETTINGS 4=${one.window}`);
          } else if (one.do === 'end') {
            isEnding[one.stream] = true;
            talk.exchanges[one.stream]?.end({ 'grpc-status': 0 });
          } else if (one.do === 'block') talk.block();
          else if (one.do === 'unblock') talk.unblock();
          talk.turn();
          client.read();
          for (let at = 0; at < streams; at += 1) {
            const isDrained = talk.told.includes(`${2 * at + 1} drained`);
            if (isDrained) expect(owed[at]).toBe(true);
            if (isDrained) owed[at] = false;
            if (!talk.takes) continue;
            const isSent = client.missing[at] === '';
            const couldSend = (client.windows[at] ?? 0) > 0 && client.connectionWindow > 0;
            expect(isSent || !couldSend).toBe(true);
            if (isSent) expect(owed[at] && !isEnding[at]).toBe(false);
            expect(client.ended[at]).toBe(isEnding[at] === true && isSent);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('writes what was said in a turn at once, but not more than 64 KiB and a frame', () => {
    const talk = answering(1, new Runs(), 'SETTINGS 4=1000000', 'WINDOW_UPDATE 0 1000000');
    for (let count = 0; count < 20; count += 1) talk.exchanges[0]?.write(Buffer.alloc(10_000));
    talk.turn();
    expect(talk.sent.map((run) => run.length)).toEqual([70_063, 70_063, 60_054]);
  });

  it('sends nothing to a socket that has enough, and lets nobody wait for one that is slow', () => {
    const talk = answering(2, new Runs(), 'SETTINGS 4=10');
    expect(talk.exchanges[0]?.write(Buffer.alloc(11))).toBe(false);
    expect(talk.exchanges[1]?.write(Buffer.from('quick'))).toBe(true);
    expect(talk.turn().heard()).toEqual([`DATA 1 ${'\0'.repeat(10)}`, 'DATA 3 quick']);
    talk.block();
    expect(talk.exchanges[1]?.write(Buffer.from('more'))).toBe(false);
    expect(talk.turn().heard()).toEqual([]);
    // It waits with its stream, and takes nothing of the bound for other frames.
    expect(talk.connection.sending.isEmpty).toBe(true);
    talk.unblock();
    expect(talk.heard()).toEqual(['DATA 3 more']);
    expect(talk.told.filter((line) => line.endsWith('drained'))).toEqual(['3 drained']);
  });
});

describe('runs', () => {
  const item = Buffer.from('an item');

  it('of connections that send the same on the same streams are the same bytes', () => {
    const runs = new Runs();
    const talks = [answering(3, runs), answering(3, runs), answering(3, runs)];
    const before = Buffer.from(item);
    for (const at of [0, 1, 2]) for (const talk of talks) talk.exchanges[at]?.write(item);
    for (const talk of talks) talk.turn();
    const [first, second, third] = talks.map((talk) => talk.sent[0]);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(talks[2]?.heard()).toEqual(['DATA 1 an item', 'DATA 3 an item', 'DATA 5 an item']);
    expect(item).toEqual(before);
  });

  it('are the same bytes also when an item is too long for one frame', () => {
    const runs = new Runs();
    const windows = ['SETTINGS 4=100000', 'WINDOW_UPDATE 0 100000'];
    const talks = [answering(1, runs, ...windows), answering(1, runs, ...windows)];
    const narrow = answering(1, runs, 'SETTINGS 4=20000');
    const long = Buffer.from(Array.from({ length: 40_000 }, (_, at) => at % 251));
    for (const talk of [...talks, narrow]) {
      talk.exchanges[0]?.write(long);
      talk.turn();
    }
    const [first, second] = talks.map((talk) => talk.sent[0]);
    expect(second).toBe(first);
    narrow.say('WINDOW_UPDATE 1 20000');
    for (const talk of [talks[0] as Talk, narrow]) {
      const sent: Uint8Array[] = [];
      const frame = (_type: number, _flags: number, _id: number, data: Uint8Array) =>
        sent.push(data);
      const reader = new FrameReader({ frame, oversized: () => expect.fail() }, 16_384);
      for (const bytes of talk.sent) reader.push(bytes);
      expect(Buffer.concat(sent)).toEqual(long);
    }
  });

  it('of connections that don’t are each their own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), fc.nat(2), fc.nat(1)), { maxLength: 40 }),
        (writes) => {
          const runs = new Runs();
          const talks = [answering(3, runs), answering(3, runs), answering(3, runs)];
          const items = [Buffer.from('one'), Buffer.from('one')];
          const expected: string[][] = [[], [], []];
          for (const [talk, at, which] of writes) {
            talks[talk]?.exchanges[at]?.write(items[which] as Buffer);
            expected[talk]?.push(`DATA ${2 * at + 1} one`);
          }
          expect(talks.map((talk) => talk.turn().heard())).toEqual(expected);
        },
      ),
    );
  });

  it('are not held on to when the turn is over', () => {
    const runs = new Runs();
    const talk = answering(1, runs);
    talk.exchanges[0]?.write(item);
    talk.turn();
    const [first] = talk.sent;
    runs.forget();
    talk.exchanges[0]?.write(item);
    talk.turn();
    expect(talk.sent[1]).toEqual(first);
    expect(talk.sent[1]).not.toBe(first);
  });
});

describe('streams that wait for the connection', () => {
  it('wait no more when the client gives them up, and the others keep their turn', () => {
    const talk = answering(4, new Runs(), 'SETTINGS 4=1000000');
    const [first, ...others] = talk.exchanges;
    first?.write(Buffer.alloc(65_535));
    for (const [at, exchange] of others.entries()) exchange.write(Buffer.from(`rest ${at}`));
    talk.turn().heard();
    expect(talk.connection.sending.isHeldUp).toBe(true);
    talk.say('RST_STREAM 5 8', 'WINDOW_UPDATE 0 100');
    expect(talk.heard()).toEqual(['DATA 3 rest 0', 'DATA 7 rest 2']);
    first?.write(Buffer.alloc(100_000));
    talk.say('RST_STREAM 1 8').heard();
    expect(talk.connection.sending.isHeldUp).toBe(false);
    expect(talk.connection.sending.unsentBytes).toBe(0);
  });
});

describe('frames that the socket does not take', () => {
  it('come in their order, however many they are', () => {
    const talk = answering(1);
    talk.block();
    const pings = Array.from({ length: 1000 }, (_, at) => `PING ${10_000_000 + at}`);
    talk.say(...pings);
    expect(talk.heard()).toEqual([]);
    talk.unblock();
    expect(talk.heard()).toEqual(pings.map((ping) => ping.replace('PING', 'PING ack')));
  });
});
