import type { pubsub } from '../../proto/index.ts';
import { count, paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { TopicClient } from './client.ts';
import { payloads, sizeOf } from './payloads.ts';

export interface PublishFlags {
  readonly endpoint: string;
  readonly cache: string;
  readonly file?: string;
  readonly binary?: boolean;
  readonly parallel: number;
  readonly json?: boolean;
}

export interface Published {
  readonly items: number;
  readonly bytes: number;
}

/** `topicplane publish` */
export async function publish(
  topic: string,
  text: string | undefined,
  flags: PublishFlags,
): Promise<void> {
  quitOnBrokenPipe();
  const { endpoint, cache, file, binary = false, parallel } = flags;
  const fromTerminal = text === undefined && file === undefined && process.stdin.isTTY;
  if (fromTerminal) process.stderr.write('Each line is an item; Ctrl-D ends.\n');
  const client = new TopicClient(endpoint, cache);
  const values = payloads({ text, file, binary, input: process.stdin });
  let published: Published = { items: 0, bytes: 0 };
  try {
    for await (const value of accepted(values, parallel, (item) => client.publish(topic, item))) {
      published = { items: published.items + 1, bytes: published.bytes + sizeOf(value) };
    }
  } catch (error) {
    if (published.items > 0) {
      process.stderr.write(`${count(published.items, 'item')} accepted before the failure\n`);
    }
    throw error;
  } finally {
    client.close();
    process.stdin.destroy();
  }
  report(published, topic, flags);
}

function report({ items, bytes }: Published, topic: string, { cache, json }: PublishFlags): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ published: items, bytes, cache, topic })}\n`);
    return;
  }
  const paint = paintFor(process.stdout, process.env);
  if (items === 0) {
    process.stdout.write('nothing published: the input is empty\n');
    return;
  }
  const what = `${count(items, 'item')} (${count(bytes, 'byte')})`;
  process.stdout.write(`${paint('green', 'published')} ${what} to ${topic} in cache ${cache}\n`);
}

/**
 * Sends each value, at most `parallel` at a time, and yields it once it was accepted, in order. With 1, each waits
 * for the one before, and subscribers see them in this order. After the first failure nothing more is sent; what is
 * on its way is waited for.
 */
export async function* accepted(
  values: AsyncIterable<pubsub.TopicValue>,
  parallel: number,
  send: (value: pubsub.TopicValue) => Promise<void>,
): AsyncGenerator<pubsub.TopicValue> {
  const sent: { readonly value: pubsub.TopicValue; readonly done: Promise<void> }[] = [];
  try {
    for await (const value of values) {
      const done = send(value);
      done.catch(() => {});
      sent.push({ value, done });
      if (sent.length >= parallel) {
        const first = sent.shift();
        await first?.done;
        if (first) yield first.value;
      }
    }
    for (let first = sent.shift(); first; first = sent.shift()) {
      await first.done;
      yield first.value;
    }
  } finally {
    await Promise.allSettled(sent.map(({ done }) => done));
  }
}
