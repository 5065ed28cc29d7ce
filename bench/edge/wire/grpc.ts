import { pubsub } from '../../../proto/index.ts';
import { flags, frame, frameTypes } from './frame.ts';
import { Http2Client } from './http2.ts';
import { ItemCounter } from './items.ts';
import { prefixed } from './prefix.ts';
import { publishStream } from './publish-stream.ts';
import { RequestHeaders } from './request-headers.ts';
import { cache, payload, topicName, type Wire } from './wire.ts';

/** gRPC as the SDKs speak it, over HTTP/2 with prior knowledge: one call a publish, one stream a subscription. */
export const grpc: Wire = {
  repeats: true,
  acknowledges: true,

  async subscribe({ port, fail }, topics, arrived) {
    const counters = topics.map(() => new ItemCounter());
    const headers = new RequestHeaders(pubsub.PubsubService.subscribe.path);
    let [items, unconfirmed] = [0, topics.length];
    let confirmed: () => void = () => {};
    const client = await Http2Client.open(port, fail, {
      data: (stream, bytes, start, end) => {
        const counter = counters[(stream - 1) >> 1];
        if (!counter) return;
        const isFirst = counter.messages === 0;
        const before = counter.items;
        counter.push(bytes, start, end);
        items += counter.items - before;
        if (counter.isTornBy !== undefined) fail(new Error('a subscription was told of a gap'));
        if (isFirst && counter.messages > 0 && --unconfirmed === 0) confirmed();
      },
      headers: (stream, isLast) => {
        if (isLast) fail(new Error(`the server ended the subscription on stream ${stream}`));
      },
      batch: () => {
        if (items > 0) arrived(items);
        items = 0;
      },
    });
    const all = new Promise<void>((resolve) => {
      confirmed = resolve;
    });
    const calls = topics.map((topic, n) => call(2 * n + 1, headers.next(), subscription(topic)));
    client.write(Buffer.concat(calls));
    await all;
    return client;
  },

  async publisher({ port, fail }, acknowledged) {
    const headers = new RequestHeaders(pubsub.PubsubService.publish.path);
    const messages = new Map<number, Buffer>();
    // A call that is refused has headers only: each end needs its message.
    let [answers, ends, stream] = [0, 0, 1];
    const client = await Http2Client.open(port, fail, {
      data: (_, _bytes, start, end) => {
        if (end > start) answers += 1;
      },
      headers: (_, isLast) => {
        if (isLast) ends += 1;
      },
      batch: () => {
        if (ends > answers) fail(new Error(`${ends - answers} publishes were refused`));
        const accepted = ends;
        answers -= ends;
        ends = 0;
        if (accepted > 0) acknowledged?.(accepted);
      },
    });
    const messageOf = (topic: number): Buffer => {
      let message = messages.get(topic);
      if (!message) {
        message = publish(topic);
        messages.set(topic, message);
      }
      return message;
    };
    return {
      publish: (topics) => {
        const calls = topics.map((topic) => {
          const bytes = call(stream, headers.next(), messageOf(topic));
          stream += 2;
          return bytes;
        });
        client.write(Buffer.concat(calls));
      },
      close: () => client.close(),
    };
  },

  publishStream,
};

function call(stream: number, headers: Uint8Array, message: Buffer): Buffer {
  return Buffer.concat([
    frame(frameTypes.headers, flags.endHeaders, stream, headers),
    frame(frameTypes.data, flags.endStream, stream, message),
  ]);
}

function subscription(topic: number): Buffer {
  const request = {
    cacheName: cache,
    topic: topicName(topic),
    resumeAtTopicSequenceNumber: 0,
    sequencePage: 0,
  };
  return prefixed(pubsub.SubscriptionRequest.encode(request).finish());
}

function publish(topic: number): Buffer {
  const value = { kind: { $case: 'binary' as const, value: payload } };
  const request = { cacheName: cache, topic: topicName(topic), value };
  return prefixed(pubsub.PublishRequest.encode(request).finish());
}
