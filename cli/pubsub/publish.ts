import type { pubsub } from '../../proto/index.ts';
import { count, LiveLine, paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { TopicClient } from './client.ts';
import { payloads, sizeOf } from './payloads.ts';
import { PublishStream } from './publish-stream.ts';

export interface PublishFlags {
  readonly endpoint: string;
  readonly cache: string;
  readonly file?: string;
  readonly binary?: boolean;
  readonly parallel: number;
  readonly json?: boolean;
}

/**
 * `topicplane publish`: the text in one call; everything else, however much it is, on one stream. A signal in the middle of
 * lines ends them: what was sent is waited for and reported.
 */
export async function publish(
  topic: string,
  text: string | undefined,
  flags: PublishFlags,
): Promise<void> {
  quitOnBrokenPipe();
  const { endpoint, cache, file, binary = false } = flags;
  const fromTerminal = text === undefined && file === undefined && process.stdin.isTTY;
  if (fromTerminal) process.stderr.write('Each line is an item; Ctrl-D ends.\n');
  const client = new TopicClient(endpoint, cache);
  const stop = new AbortController();
  const values = payloads({ text, file, binary, input: process.stdin, signal: stop.signal });
  const tally = new Tally(fromTerminal ? undefined : new LiveLine(process.stderr));
  try {
    if (text === undefined) {
      // Half an item of --binary is none, and a file is read at once: there a signal ends everything, as the second one does.
      if (file === undefined && !binary) endAtSignal(stop);
      await stream(values, topic, client, flags.parallel, tally, stop);
    } else {
      for await (const value of values) {
        await client.publish(topic, value);
        tally.add(value);
      }
    }
  } finally {
    tally.line?.done();
    client.close();
    process.stdin.destroy();
  }
  report(tally, topic, flags);
}

/** @throws CliError with the first failure; what was accepted before, or after it, is told. */
async function stream(
  values: AsyncIterable<pubsub.TopicValue>,
  topic: string,
  client: TopicClient,
  waitingMax: number,
  tally: Tally,
  stop: AbortController,
): Promise<void> {
  const sending = new PublishStream({
    open: () => client.publishStream(),
    cache: client.cache,
    topic,
    waitingMax,
    accepted: (value) => tally.add(value),
    failed: () => stop.abort(),
  });
  for await (const value of values) if (!(await sending.send(value))) break;
  const failure = await sending.finish();
  if (!failure) return;
  tally.line?.done();
  if (tally.items > 0) process.stderr.write(`${count(tally.items, 'item')} accepted\n`);
  throw await client.explain(failure);
}

function endAtSignal(stop: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
}

/** How much was accepted, and a line that says so while it grows. */
class Tally {
  items = 0;
  bytes = 0;
  readonly line: LiveLine | undefined;
  #shownMs = 0;

  constructor(line: LiveLine | undefined) {
    this.line = line;
  }

  add(value: pubsub.TopicValue): void {
    this.items += 1;
    this.bytes += sizeOf(value);
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < showMs) return;
    this.#shownMs = nowMs;
    this.line?.show(`${count(this.items, 'item')} (${count(this.bytes, 'byte')}) accepted`);
  }
}

/** From one change of the line to the next. */
const showMs = 100;

function report({ items, bytes }: Tally, topic: string, { cache, json }: PublishFlags): void {
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
