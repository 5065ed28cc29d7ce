import { link, pubsub } from '../../../proto/index.ts';
import { createRegistry, silentLogger } from '../../../runtime/index.ts';
import { routerBounds } from '../../config.ts';
import type { LinkPort } from '../../link/index.ts';
import type { Frame, Refusal, Sink, StartAt, Subscription } from '../../service.ts';
import { Traffic } from '../../traffic/index.ts';
import { Hub } from '../hub.ts';

/** The router's end of a link whose storage node is played by the test. */
export class Wire implements LinkPort {
  readonly member = 'storage-0';
  state: LinkPort['state'] = 'open';
  full = false;
  readonly interests: link.Interest[] = [];
  readonly withdrawals: number[] = [];
  readonly replays: link.Replay[] = [];
  publish(): void {}
  interest(interest: link.Interest): void {
    this.interests.push(interest);
  }
  withdraw(feed: number): void {
    this.withdrawals.push(feed);
  }
  replay(replay: link.Replay): void {
    this.replays.push(replay);
  }
}

type Told = string | number;

/** Writes down what it is told: items by their number, the rest in words. */
export class Client implements Sink {
  readonly told: Told[] = [];
  ready = true;
  write(frame: Frame): boolean {
    const bytes = Buffer.from(frame.bytes);
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
      const size = bytes.readUInt32BE(at + 1);
      const { kind } = pubsub.SubscriptionItem.decode(bytes.subarray(at + 5, at + 5 + size));
      if (kind?.$case === 'item') this.told.push(kind.value.topicSequenceNumber);
      if (kind?.$case === 'heartbeat') this.told.push('heartbeat');
      if (kind?.$case === 'discontinuity') {
        const { lastTopicSequence, newTopicSequence, newSequencePage } = kind.value;
        this.told.push(`${lastTopicSequence} to ${newTopicSequence} page ${newSequencePage}`);
      }
    }
    return this.ready;
  }
  end(refusal: Refusal | undefined): void {
    this.told.push(refusal?.refused ?? 'end');
  }
}

export function message(sequence: number, page = 1): Uint8Array {
  const value = { kind: { $case: 'text' as const, value: `item ${sequence}` } };
  return pubsub.SubscriptionItem.encode({
    kind: {
      $case: 'item',
      value: { topicSequenceNumber: sequence, sequencePage: page, publisherId: '', value },
    },
  }).finish();
}

/** A hub with one storage node, and a topic of cache `c`. */
export function setUp() {
  const world = { wire: new Wire() as Wire | undefined, nowMs: 0 };
  const registry = createRegistry('router', 'router-0');
  const traffic = new Traffic();
  traffic.follow(['c']);
  const hub = new Hub({
    owners: {
      ownerOf: () => 'storage-0',
      mayServe: () => true,
      passedOn: () => false,
      open: () => world.wire,
    },
    bounds: routerBounds,
    log: silentLogger,
    registry,
    traffic,
    nowMs: () => world.nowMs,
    turn: () => {},
    heartbeatMs: 5_000,
  });
  const subscribe = (client: Client, start: StartAt = { from: 'now' }): Subscription =>
    hub.subscribe({ cache: 'c', topic: 't' }, start, client);
  const wire = (): Wire => world.wire as Wire;
  const feedId = (): number => wire().interests.at(-1)?.feed ?? 0;
  const update = (part: Partial<link.FeedUpdate>): void =>
    hub.received(wire(), {
      feeds: [
        {
          feed: feedId(),
          start: undefined,
          firstSequence: 0,
          items: [],
          moved: false,
          orphanedAfter: undefined,
          ...part,
        },
      ],
      replays: [],
    });
  const startAt = (page: number, sequence: number): void => update({ start: { page, sequence } });
  const items = (first: number, count: number, page = 1): void =>
    update({
      firstSequence: first,
      items: Array.from({ length: count }, (_, i) => message(first + i, page)),
    });
  const answerReplay = (first: number, count: number, page = 1, index = -1): void => {
    const { request } = wire().replays.at(index) as link.Replay;
    hub.feeds.received(wire(), {
      feeds: [],
      replays: [
        {
          request,
          outcome: link.Outcome.ACCEPTED,
          page,
          firstSequence: first,
          items: Array.from({ length: count }, (_, i) => message(first + i, page)),
        },
      ],
    });
  };
  /** The series that have counted something, without the labels that all have. */
  const counted = async (): Promise<string[]> => {
    const lines = (await registry.metrics()).split('\n');
    return lines
      .filter((line) => /^topicplane_router_(?!fan_out).* [1-9]\d*$/.test(line))
      .map((line) =>
        line.replace('topicplane_router_', '').replace(/,?role="router",name="router-0"/, ''),
      );
  };
  return { world, hub, subscribe, wire, update, startAt, items, answerReplay, counted, registry };
}

/** What was deferred to the end of the turn happens. */
export const turn = (): Promise<void> => Promise.resolve();
