import { FixedLengthCounter, lineLength } from './fixed-length.ts';
import { open } from './socket.ts';
import { payload, payloadBytes, type Target, topicName, type Wire } from './wire.ts';

/** Numbers of subscriptions begin here, so that all have four digits and all messages the same length. */
const firstSid = 1000;

/** The text protocol of NATS. Publishes are acknowledged where somebody wants to know (`verbose`). */
export const nats: Wire = {
  repeats: true,
  acknowledges: false,

  async subscribe(target, topics, arrived) {
    const message = `MSG ${topicName(0)} ${firstSid} ${payloadBytes}\r\n`.length + payloadBytes + 2;
    const { socket, confirmed } = await greet(target, false, message, 'M', arrived);
    const lines = topics.map((topic, n) => `SUB ${topicName(topic)} ${firstSid + n}\r\n`);
    socket.write(`${lines.join('')}PING\r\n`);
    await confirmed();
    return { close: () => socket.destroy() };
  },

  async publisher(target, acknowledged) {
    const counted = acknowledged ?? (() => {});
    const { socket } = await greet(
      target,
      acknowledged !== undefined,
      '+OK\r\n'.length,
      '+',
      counted,
    );
    const publishes = new Map<number, Buffer>();
    const publishOf = (topic: number): Buffer => {
      let bytes = publishes.get(topic);
      if (!bytes) {
        const head = Buffer.from(`PUB ${topicName(topic)} ${payloadBytes}\r\n`);
        bytes = Buffer.concat([head, payload, Buffer.from('\r\n')]);
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

/** Says hello, and counts what begins with `first` from then on. */
async function greet(
  { port, fail }: Target,
  verbose: boolean,
  length: number,
  first: string,
  counted: (count: number) => void,
) {
  let pong: () => void = () => {};
  let ignored = verbose ? 1 : 0;
  const socket = await open(port, fail, (bytes) => {
    const count = counter.push(bytes);
    // The answer to CONNECT itself.
    const skipped = Math.min(ignored, count);
    ignored -= skipped;
    if (count > skipped) counted(count - skipped);
  });
  const counter = new FixedLengthCounter(length, first, (bytes) => {
    const line = lineLength(bytes);
    if (line === 0) return 0;
    const text = bytes.toString('latin1', 0, line);
    if (text.startsWith('PING')) socket.write('PONG\r\n');
    else if (text.startsWith('PONG')) pong();
    else if (!text.startsWith('INFO')) fail(new Error(`nats-server said ${text.trim()}`));
    return line;
  });
  const confirmed = () => new Promise<void>((resolve) => (pong = resolve));
  socket.write(`CONNECT {"verbose":${verbose},"pedantic":false,"protocol":1}\r\nPING\r\n`);
  await confirmed();
  return { socket, confirmed };
}
