import { FixedLengthCounter } from './fixed-length.ts';
import { open } from './socket.ts';
import { payload, payloadBytes, topicName, type Wire } from './wire.ts';

/** RESP, version 2. A connection hears a channel once, however often it subscribes to it. */
export const redis: Wire = {
  repeats: false,
  acknowledges: true,

  async subscribe({ port, fail }, topics, arrived) {
    let confirmations = 0;
    let confirmed: () => void = () => {};
    // What confirms a subscription and what carries a message begin alike: until all are confirmed lines are counted.
    const counter = new FixedLengthCounter(lengthOf(['message', topicName(0)]), '*', (bytes) => {
      fail(new Error(`redis said ${bytes.toString('latin1', 0, 80)}`));
      return bytes.length;
    });
    const socket = await open(port, fail, (bytes) => {
      if (confirmations === topics.length) {
        const items = counter.push(bytes);
        if (items > 0) arrived(items);
        return;
      }
      for (let at = bytes.indexOf(':'); at >= 0; at = bytes.indexOf(':', at + 1))
        confirmations += 1;
      if (confirmations === topics.length) confirmed();
    });
    socket.write(command('SUBSCRIBE', ...topics.map(topicName)));
    await new Promise<void>((resolve) => {
      confirmed = resolve;
    });
    return { close: () => socket.destroy() };
  },

  async publisher({ port, fail }, acknowledged) {
    const socket = await open(port, fail, (bytes) => {
      if (bytes.includes('-')) fail(new Error(`redis said ${bytes.toString('latin1', 0, 80)}`));
      let answers = 0;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) answers += 1;
      acknowledged?.(answers);
    });
    const publishes = new Map<number, Buffer>();
    const publishOf = (topic: number): Buffer => {
      let bytes = publishes.get(topic);
      if (!bytes) {
        bytes = command('PUBLISH', topicName(topic), payload.toString('latin1'));
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

function command(...words: string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1');
}

function lengthOf(words: readonly string[]): number {
  return command(...words, 'x'.repeat(payloadBytes)).length;
}
