import { FixedLengthCounter } from './fixed-length.ts';
import { open } from './socket.ts';
import { payload, type Target, topicName, type Wire } from './wire.ts';

const connectAcknowledged = 0x20;
const subscribeAcknowledged = 0x90;
/** What acknowledges them is then of a length that one byte tells. */
const topicsPerPacket = 100;

/** MQTT 3.1.1 with QoS 0. A connection hears a topic once, however often it subscribes to it. */
export const mqtt: Wire = {
  repeats: false,
  acknowledges: false,

  async subscribe(target, topics, arrived) {
    const { socket, answered } = await greet(target, arrived);
    for (let from = 0; from < topics.length; from += topicsPerPacket) {
      const some = topics.slice(from, from + topicsPerPacket);
      const body = some.map((topic) => Buffer.concat([text(topicName(topic)), Buffer.of(0)]));
      const answer = answered();
      socket.write(packet(0x82, Buffer.of(0, 1), ...body));
      await answer;
    }
    return { close: () => socket.destroy() };
  },

  async publisher(target) {
    const { socket } = await greet(target, () => {});
    const publishes = new Map<number, Buffer>();
    const publishOf = (topic: number): Buffer => {
      let bytes = publishes.get(topic);
      if (!bytes) {
        bytes = published(topic);
        publishes.set(topic, bytes);
      }
      return bytes;
    };
    return {
      publish: (topics) => void socket.write(Buffer.concat(topics.map(publishOf))),
      close: () => socket.destroy(),
    };
  },
};

async function greet({ port, fail }: Target, arrived: (items: number) => void) {
  let answer: () => void = () => {};
  const counter = new FixedLengthCounter(published(0).length, '0', (bytes) => {
    const length = 2 + (bytes[1] ?? 0);
    if (bytes.length < length || bytes.length < 2) return 0;
    const kind = bytes[0];
    const isRefused = kind === connectAcknowledged ? bytes[3] !== 0 : (bytes[4] ?? 0) > 2;
    if ((kind !== connectAcknowledged && kind !== subscribeAcknowledged) || isRefused) {
      fail(new Error(`mosquitto said ${bytes.subarray(0, length).toString('hex')}`));
    }
    answer();
    return length;
  });
  const socket = await open(port, fail, (bytes) => {
    const items = counter.push(bytes);
    if (items > 0) arrived(items);
  });
  const answered = () => new Promise<void>((resolve) => (answer = resolve));
  // Version 4 of MQTT is 3.1.1; a clean session, no keep-alive, and a name that the server chooses.
  const greeting = answered();
  socket.write(packet(0x10, text('MQTT'), Buffer.of(4, 2, 0, 0), text('')));
  await greeting;
  return { socket, answered };
}

function published(topic: number): Buffer {
  return packet(0x30, text(topicName(topic)), payload);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length >> 8, value.length & 0xff), Buffer.from(value)]);
}

/** Lengths are in groups of seven bits, the lowest first. */
function packet(kind: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; rest > 0 || length.length === 0; rest >>= 7) {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.of(kind, ...length), body]);
}
