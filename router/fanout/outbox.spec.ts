import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import type { Frame, Position, Sink } from '../service.ts';
import { type Run, runsOf } from './frame.ts';
import { Outbox, OutboxBudget } from './outbox.ts';

/** A client: reads what is written, says when it has had enough. */
class Client implements Sink {
  readonly got: pubsub.SubscriptionItem[] = [];
  ready = true;

  write(frame: Frame): boolean {
    this.got.push(...messagesOf(frame));
    return this.ready;
  }

  end(): void {}

  /** Sequences, and gaps as [last, new]. */
  get story(): (number | [number, number])[] {
    return this.got.map((message) => {
      if (message.kind?.$case === 'item') return message.kind.value.topicSequenceNumber;
      if (message.kind?.$case !== 'discontinuity')
        throw new Error('neither item nor discontinuity');
      return [message.kind.value.lastTopicSequence, message.kind.value.newTopicSequence];
    });
  }
}

function messagesOf(frame: Frame): pubsub.SubscriptionItem[] {
  const bytes = Buffer.from(frame.bytes);
  const messages: pubsub.SubscriptionItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 1);
    messages.push(pubsub.SubscriptionItem.decode(bytes.subarray(at + 5, at + 5 + size)));
    at += 5 + size;
  }
  return messages;
}

function item(sequence: number, payloadBytes = 10, page = 1): Run {
  const value = { $case: 'binary' as const, value: new Uint8Array(payloadBytes) };
  const message = pubsub.SubscriptionItem.encode({
    kind: {
      $case: 'item',
      value: {
        topicSequenceNumber: sequence,
        sequencePage: page,
        publisherId: '',
        value: { kind: value },
      },
    },
  }).finish();
  return runsOf(page, sequence, [message], 1)[0] as Run;
}

const start: Position = { page: 1, sequence: 0 };
const size = item(1).frame.bytes.length;

function outboxFor(client: Client, bytesMax: number, budget = new OutboxBudget(1e9)): Outbox {
  return new Outbox(client, start, bytesMax, budget);
}

describe('an outbox', () => {
  it('writes through while the client reads', () => {
    const client = new Client();
    const outbox = outboxFor(client, 100);
    for (let n = 1; n <= 5; n++) expect(outbox.offer(item(n))).toBe('delivered');
    expect(client.story).toEqual([1, 2, 3, 4, 5]);
    expect(outbox.written).toEqual({ page: 1, sequence: 5 });
  });

  it('keeps what a slow client does not read yet, in order', () => {
    const client = new Client();
    const outbox = outboxFor(client, 10 * size);
    client.ready = false;
    for (let n = 1; n <= 5; n++) outbox.offer(item(n));
    expect(client.story).toEqual([1]);
    expect(outbox.written.sequence).toBe(1);
    client.ready = true;
    outbox.drained();
    expect(client.story).toEqual([1, 2, 3, 4, 5]);
  });

  it('skips at its bound and announces exactly the missing numbers', () => {
    const client = new Client();
    const outbox = outboxFor(client, 2 * size);
    client.ready = false;
    const deliveries = [1, 2, 3, 4, 5, 6].map((n) => outbox.offer(item(n)));
    expect(deliveries.filter((d) => d === 'outbox')).toHaveLength(3);
    client.ready = true;
    outbox.drained();
    outbox.offer(item(7));
    expect(client.story).toEqual([1, 2, 3, [3, 6], 7]);
  });

  it('announces one gap for everything missed, however often the bound was hit', () => {
    const client = new Client();
    const outbox = outboxFor(client, size);
    client.ready = false;
    for (let n = 1; n <= 100; n++) outbox.offer(item(n));
    client.ready = true;
    outbox.drained();
    expect(client.story).toEqual([1, 2, [2, 100]]);
  });

  it('joins a loss at the owner to what it skipped itself', () => {
    const client = new Client();
    const outbox = outboxFor(client, 10 * size);
    client.ready = false;
    outbox.offer(item(1));
    outbox.offer(item(2));
    outbox.gap({ page: 9, sequence: 4 });
    outbox.offer(item(5, 10, 9));
    client.ready = true;
    outbox.drained();
    outbox.offer(item(6, 10, 9));
    expect(client.story).toEqual([1, 2, [2, 5], 6]);
    expect(client.got[2]?.kind).toMatchObject({ value: { newSequencePage: 9 } });
  });

  it('takes a replay whole, then applies its bound to what is live', () => {
    const client = new Client();
    const outbox = outboxFor(client, 2 * size);
    client.ready = false;
    for (let n = 1; n <= 10; n++) outbox.offerReplay(item(n));
    for (let n = 11; n <= 14; n++) outbox.offer(item(n));
    client.ready = true;
    outbox.drained();
    expect(client.story).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, [12, 14]]);
  });

  it('shares a budget: what one client holds, another cannot', () => {
    const budget = new OutboxBudget(3 * size);
    const [greedy, modest] = [new Client(), new Client()];
    const first = outboxFor(greedy, 1e9, budget);
    const second = outboxFor(modest, 1e9, budget);
    greedy.ready = modest.ready = false;
    for (let n = 1; n <= 4; n++) first.offer(item(n));
    second.offer(item(1));
    expect(second.offer(item(2))).toBe('outboxes');
    expect(budget.usedBytes).toBe(3 * size);
    first.close();
    second.close();
    expect(budget.usedBytes).toBe(0);
  });

  it('leaves half of the budget to live items, however many replays wait', () => {
    const budget = new OutboxBudget(10 * size);
    const outboxes = Array.from({ length: 10 }, () => {
      const client = new Client();
      client.ready = false;
      const outbox = outboxFor(client, 1e9, budget);
      for (let n = 1; n <= 5; n++) outbox.offerReplay(item(n));
      return { client, outbox };
    });
    expect(budget.usedBytes).toBe(5 * size);
    const { client, outbox } = outboxes.at(-1) as (typeof outboxes)[number];
    client.ready = true;
    outbox.drained();
    expect(client.story).toEqual([1, [1, 5]]);
  });

  it('holds on to nothing that was written', () => {
    const client = new Client();
    const outbox = outboxFor(client, 1e9);
    client.ready = false;
    let sequence = 1;
    for (; sequence <= 10; sequence++) outbox.offer(item(sequence));
    // A client that reads one run at a time, and never catches up.
    for (let round = 0; round < 500; round++) {
      const run = item(sequence++, 1_000);
      outbox.offer(run);
      outbox.drained();
    }
    expect(outbox.heldRuns).toBeLessThanOrEqual(20);
  });

  it('tells a story without holes under any order of items, losses and pauses', () => {
    const steps = fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            do: fc.constant('items' as const),
            count: fc.integer({ min: 1, max: 5 }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            do: fc.constant('lose' as const),
            count: fc.integer({ min: 1, max: 5 }),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ do: fc.constant('stop' as const), count: fc.constant(0) }),
        },
        {
          weight: 2,
          arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.constant(0) }),
        },
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (script, room) => {
        const client = new Client();
        const budget = new OutboxBudget(1e9);
        const outbox = outboxFor(client, room * size, budget);
        let next = 1;
        for (const step of script) {
          if (step.do === 'stop') client.ready = false;
          if (step.do === 'read') {
            client.ready = true;
            outbox.drained();
          }
          if (step.do === 'lose') {
            next += step.count;
            outbox.gap({ page: 1, sequence: next - 1 });
          }
          if (step.do === 'items') for (let i = 0; i < step.count; i++) outbox.offer(item(next++));
          expect(budget.usedBytes).toBeLessThanOrEqual((room + 1) * size);
        }
        client.ready = true;
        outbox.drained();
        let at = 0;
        for (const part of client.story) {
          if (typeof part === 'number') {
            expect(part).toBe(at + 1);
            at = part;
          } else {
            expect(part[0]).toBe(at);
            expect(part[1]).toBeGreaterThan(at);
            at = part[1];
          }
        }
        expect(at).toBe(next - 1);
        expect(budget.usedBytes).toBe(0);
      }),
    );
  });
});
