import { describe, expect, it } from 'vitest';
import { canaryCache } from '../../topology/index.ts';
import { Client, message, setUp, turn, Wire } from './testing/index.ts';

describe('what a hub counts', () => {
  it('is items and bytes by cache, once for each subscription', async () => {
    const { subscribe, startAt, items, counted, registry } = setUp();
    for (const client of [new Client(), new Client(), new Client()]) subscribe(client);
    await turn();
    startAt(1, 1);
    items(1, 2);
    const bytes = 3 * 2 * (5 + message(1).length);
    expect(await counted()).toEqual([
      'delivered_items_total{cache="c"} 6',
      `delivered_bytes_total{cache="c"} ${bytes}`,
      'subscriptions{cache="c"} 3',
      'topics{} 1',
    ]);
    // Not of the batch that only said where the feed starts.
    expect(await registry.metrics()).toMatch(/router_fan_out_seconds_count\{[^}]*\} 1\n/);
  });

  it('is what a slow client skipped, and that it was told so', async () => {
    const { subscribe, startAt, items, counted } = setUp();
    const client = new Client();
    const subscription = subscribe(client);
    await turn();
    client.ready = false;
    startAt(1, 1);
    const many = 100_000;
    items(1, many);
    const skipped =
      many - Number(/items_total\{cache="c"\} (\d+)/.exec((await counted()).join())?.[1]);
    expect(skipped).toBeGreaterThan(0);
    expect(await counted()).toContain(`skipped_items_total{cause="outbox"} ${skipped}`);
    expect((await counted()).join()).not.toContain('announced_gaps');
    client.ready = true;
    subscription.drained();
    expect(await counted()).toContain('announced_gaps_total{cause="skip"} 1');
  });

  it('is gaps by cause, and items of the past', async () => {
    const { world, hub, wire, subscribe, startAt, items, answerReplay, counted } = setUp();
    const [early, late] = [new Client(), new Client()];
    subscribe(early);
    await turn();
    startAt(1, 50);
    items(50, 2);
    subscribe(late, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    answerReplay(50, 2);
    hub.feeds.broke(wire());
    world.wire = new Wire();
    hub.feeds.reattach();
    startAt(9, 1);
    expect(await counted()).toEqual(
      expect.arrayContaining([
        'replayed_items_total{} 2',
        'announced_gaps_total{cause="feed"} 2',
        'announced_gaps_total{cause="resume"} 1',
      ]),
    );
  });

  it('leaves canaries out', async () => {
    const { hub, startAt, items, counted } = setUp();
    hub.subscribe({ cache: canaryCache, topic: 't' }, { from: 'now' }, new Client());
    await turn();
    startAt(1, 1);
    items(1, 2);
    expect(await counted()).toEqual([]);
  });
});
