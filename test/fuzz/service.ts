import { pubsub } from '../../proto/index.ts';
import type {
  CacheInfo,
  Frame,
  PublishAnswered,
  PublishRequest,
  Refusal,
  Sink,
  StartAt,
  Subscription,
  TopicName,
  TopicService,
} from '../../router/service.ts';

const noCache: Refusal = { refused: 'cache-not-found', message: 'there is no such cache' };
const item = { $case: 'text', value: 'an item' } as const;
const frames: readonly Frame[] = [
  frameOf({ kind: { $case: 'heartbeat', value: {} } }),
  frameOf({
    kind: {
      $case: 'item',
      value: { topicSequenceNumber: 1, value: { kind: item }, publisherId: '', sequencePage: 1 },
    },
  }),
];

/** Takes every item and forgets it; a subscription hears a heartbeat and an item. */
export class ForgetfulService implements TopicService {
  published = 0;
  /** Subscriptions that are open. */
  open = 0;

  publish({ cache }: PublishRequest, answered: PublishAnswered): void {
    this.published += 1;
    answered(cache === 'cache' ? { page: 1, sequence: this.published } : noCache);
  }

  subscribe({ cache }: TopicName, _: StartAt, sink: Sink): Subscription | Refusal {
    if (cache !== 'cache') return noCache;
    this.open += 1;
    const left = [...frames];
    const deliver = (): void => {
      for (let frame = left.shift(); frame !== undefined; frame = left.shift()) {
        if (!sink.write(frame)) return;
      }
    };
    deliver();
    return {
      drained: deliver,
      close: () => (this.open -= 1),
      position: () => ({ page: 1, sequence: 1 }),
    };
  }

  caches(): readonly CacheInfo[] {
    const unbounded = { publishesPerSecondMax: 0, subscriptionsMax: 0 };
    return [{ name: 'cache', messageBytesMax: 10_000, ...unbounded }];
  }
}

function frameOf(message: pubsub.SubscriptionItem): Frame {
  const encoded = pubsub.SubscriptionItem.encode(message).finish();
  const bytes = Buffer.alloc(5 + encoded.length);
  bytes.writeUInt32BE(encoded.length, 1);
  bytes.set(encoded, 5);
  return { bytes };
}
