import { publishing } from '../../../proto/index.ts';
import { flags, frame, frameTypes } from './frame.ts';
import { Http2Client } from './http2.ts';
import { prefixBytes, prefixed } from './prefix.ts';
import { RequestHeaders } from './request-headers.ts';
import { cache, type Publisher, payload, type Target, topicName } from './wire.ts';

/** One call that takes all publishes of a connection and acknowledges them in batches. */
export async function publishStream(
  { port, fail }: Target,
  acknowledged?: (publishes: number) => void,
): Promise<Publisher> {
  const answers = new Answers();
  const client = await Http2Client.open(port, fail, {
    data: (_, bytes, start, end) => {
      const accepted = answers.push(bytes.subarray(start, end));
      if (answers.refusal !== undefined)
        fail(new Error(`a publish was refused: ${answers.refusal}`));
      if (accepted > 0) acknowledged?.(accepted);
    },
    headers: (_, isLast) => {
      if (isLast) fail(new Error('the server ended the stream of publishes'));
    },
    batch: () => {},
  });
  const headers = new RequestHeaders(publishing.PublishServiceService.publish.path).next();
  client.write(frame(frameTypes.headers, flags.endHeaders, Http2Client.bodyStream, headers));
  const messages = new Map<number, Buffer>();
  const messageOf = (topic: number): Buffer => {
    let message = messages.get(topic);
    if (!message) {
      const value = { $case: 'binary' as const, value: payload };
      const item = { cache, topic: topicName(topic), value };
      message = prefixed(publishing.PublishRequest.encode(item).finish());
      messages.set(topic, message);
    }
    return message;
  };
  return {
    publish: (topics) => client.body.send(Buffer.concat(topics.map(messageOf))),
    close: () => client.close(),
  };
}

/** What the server says of the publishes: a few messages for many of them, so they are decoded. */
class Answers {
  refusal: string | undefined;
  #acknowledged = 0;
  #part: Buffer = Buffer.alloc(0);

  /** @returns how many more are acknowledged with these bytes. */
  push(bytes: Buffer): number {
    const before = this.#acknowledged;
    this.#part = Buffer.concat([this.#part, bytes]);
    for (;;) {
      const end = prefixBytes + (this.#part.length < prefixBytes ? 0 : this.#part.readUInt32BE(1));
      if (this.#part.length < end) return this.#acknowledged - before;
      const message = this.#part.subarray(prefixBytes, end);
      const { acknowledged, refused } = publishing.PublishResponse.decode(message);
      this.#acknowledged = Math.max(this.#acknowledged, acknowledged);
      this.refusal ??= refused[0]?.message;
      this.#part = this.#part.subarray(end);
    }
  }
}
