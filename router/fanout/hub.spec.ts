import { describe, expect, it } from 'vitest';
import { Client, message, setUp, turn, Wire } from './testing/index.ts';

describe('a topic on this router', () => {
  it('shares one feed between all its subscriptions', async () => {
    const { subscribe, wire, startAt, items } = setUp();
    const clients = [new Client(), new Client(), new Client()];
    for (const client of clients) subscribe(client);
    await turn();
    startAt(1, 1);
    items(1, 3);
    expect(wire().interests).toHaveLength(1);
    for (const client of clients) expect(client.told).toEqual(['heartbeat', 1, 2, 3]);
  });

  it('says nothing to a subscription before its position is settled', async () => {
    const { subscribe, startAt } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    expect(client.told).toEqual([]);
    startAt(1, 8);
    expect(client.told).toEqual(['heartbeat']);
  });

  it('gives each subscription the items since its own start, no matter who came first', async () => {
    const { subscribe, startAt, items, answerReplay } = setUp();
    const [early, late] = [new Client(), new Client()];
    subscribe(early);
    await turn();
    startAt(1, 1);
    items(1, 5);
    subscribe(late, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    items(6, 1);
    answerReplay(3, 4);
    items(7, 1);
    expect(early.told).toEqual(['heartbeat', 1, 2, 3, 4, 5, 6, 7]);
    expect(late.told).toEqual(['heartbeat', 3, 4, 5, 6, 7]);
  });

  it('announces what history no longer holds before the replay', async () => {
    const { subscribe, startAt, items, answerReplay } = setUp();
    const [early, late] = [new Client(), new Client()];
    subscribe(early);
    await turn();
    startAt(1, 50);
    items(50, 2);
    subscribe(late, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    answerReplay(50, 2);
    expect(late.told).toEqual(['heartbeat', '2 to 49 page 1', 50, 51]);
  });

  it('asks once for all who need the same replay, and shares its frames', async () => {
    const { subscribe, wire, startAt, items, answerReplay } = setUp();
    subscribe(new Client());
    await turn();
    startAt(1, 1);
    items(1, 5);
    const late = Array.from({ length: 50 }, () => new Client());
    for (const client of late) subscribe(client, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    expect(wire().replays).toHaveLength(1);
    answerReplay(3, 3);
    for (const client of late) expect(client.told).toEqual(['heartbeat', 3, 4, 5]);
  });

  it('asks again when a replay was answered for a feed that began anew', async () => {
    const { subscribe, startAt, items, answerReplay } = setUp();
    const client = new Client();
    subscribe(client, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    startAt(1, 6);
    startAt(1, 9);
    answerReplay(3, 3, 1, 0);
    expect(client.told).toEqual([]);
    answerReplay(3, 6, 1, 1);
    items(9, 1);
    expect(client.told).toEqual(['heartbeat', 3, 4, 5, 6, 7, 8, 9]);
  });

  it('does not take a replay that ends elsewhere than the feed stands, but asks again', async () => {
    const { subscribe, wire, startAt, answerReplay } = setUp();
    const client = new Client();
    subscribe(client, { from: 'sequence', sequence: 3, page: 1 });
    await turn();
    startAt(1, 6);
    answerReplay(3, 1);
    expect(client.told).toEqual([]);
    expect(wire().replays).toHaveLength(2);
    answerReplay(3, 3);
    expect(client.told).toEqual(['heartbeat', 3, 4, 5]);
  });

  it('goes on where it was after a broken link, and nobody notices', async () => {
    const { subscribe, world, hub, wire, startAt, items } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    startAt(1, 1);
    items(1, 2);
    const broken = wire();
    world.wire = undefined;
    hub.feeds.broke(broken);
    world.wire = new Wire();
    hub.feeds.reattach();
    expect(wire().interests[0]).toMatchObject({ page: 1, nextSequence: 3 });
    startAt(1, 3);
    items(3, 2);
    expect(client.told).toEqual(['heartbeat', 1, 2, 3, 4]);
  });

  it('tells every live subscription once when the owner lost its numbers', async () => {
    const { subscribe, startAt, items } = setUp();
    const clients = [new Client(), new Client()];
    for (const client of clients) subscribe(client);
    await turn();
    startAt(1, 1);
    items(1, 2);
    startAt(9, 1);
    items(1, 1, 9);
    for (const client of clients) {
      expect(client.told).toEqual(['heartbeat', 1, 2, '2 to 0 page 9', 1]);
    }
  });

  it('does not deliver a jump in silence: it asks for the feed anew', async () => {
    const { subscribe, wire, startAt, items } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    startAt(1, 1);
    items(1, 1);
    items(3, 1);
    expect(client.told).toEqual(['heartbeat', 1]);
    expect(wire().interests.at(-1)).toMatchObject({ page: 1, nextSequence: 2 });
  });

  it('waits for another owner when the one it asked says the topic moved', async () => {
    const { subscribe, hub, wire, update, startAt, items } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    update({ moved: true });
    expect(wire().interests).toHaveLength(1);
    hub.feeds.reattach();
    expect(wire().interests).toHaveLength(2);
    startAt(1, 1);
    items(1, 1);
    expect(client.told).toEqual(['heartbeat', 1]);
  });

  it('keeps interest for a moment after the last subscription, then withdraws it', async () => {
    const { subscribe, world, hub, wire, startAt } = setUp();
    const subscription = subscribe(new Client());
    await turn();
    startAt(1, 1);
    subscription.close();
    hub.tick((world.nowMs = 1_000));
    expect(wire().withdrawals).toEqual([]);
    const client = new Client();
    const second = subscribe(client);
    await turn();
    expect(client.told).toEqual(['heartbeat']);
    hub.tick((world.nowMs = 10_000));
    expect(wire().withdrawals).toEqual([]);
    second.close();
    hub.tick((world.nowMs = 20_000));
    expect(wire().withdrawals).toHaveLength(1);
    expect([hub.topics, hub.subscriptions, hub.feeds.count]).toEqual([0, 0, 0]);
  });
});

describe('a feed that moves', () => {
  it('is asked for again at once when owners changed while the news was on its way', async () => {
    const { subscribe, hub, wire, update, startAt, items } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    hub.feeds.reattach();
    update({ moved: true });
    expect(wire().interests).toHaveLength(2);
    startAt(1, 1);
    items(1, 1);
    expect(client.told).toEqual(['heartbeat', 1]);
  });

  it('still delivers the items that came with the news', async () => {
    const { subscribe, update, startAt } = setUp();
    const client = new Client();
    subscribe(client);
    await turn();
    startAt(1, 1);
    update({ firstSequence: 1, items: [message(1), message(2)], moved: true });
    expect(client.told).toEqual(['heartbeat', 1, 2]);
  });
});

describe('a subscription that no owner answers', () => {
  it('hears a heartbeat within a second, and later that it may have missed items', async () => {
    const { subscribe, world, hub, startAt } = setUp();
    world.wire = undefined;
    const client = new Client();
    subscribe(client);
    await turn();
    hub.tick((world.nowMs = 1_100));
    expect(client.told).toEqual(['heartbeat']);
    world.wire = new Wire();
    hub.feeds.reattach();
    startAt(4, 8);
    expect(client.told).toEqual(['heartbeat', '0 to 7 page 4']);
  });

  it('is not told of a loss when the topic has had no item', async () => {
    const { subscribe, world, hub, startAt } = setUp();
    world.wire = undefined;
    const client = new Client();
    subscribe(client);
    await turn();
    hub.tick((world.nowMs = 1_100));
    world.wire = new Wire();
    hub.feeds.reattach();
    startAt(4, 1);
    expect(client.told).toEqual(['heartbeat']);
  });
});

describe('a subscription that comes while its topic has no owner', () => {
  it('stands where the feed last was, and hears so at once', async () => {
    const { subscribe, world, hub, wire, startAt, items } = setUp();
    subscribe(new Client());
    await turn();
    startAt(1, 1);
    items(1, 3);
    const broken = wire();
    world.wire = undefined;
    hub.feeds.broke(broken);
    const client = new Client();
    subscribe(client);
    await turn();
    expect(client.told).toEqual(['heartbeat']);
    world.wire = new Wire();
    hub.feeds.reattach();
    startAt(1, 4);
    items(4, 1);
    expect(client.told).toEqual(['heartbeat', 4]);
  });

  it('is told what it missed when it was subscribed before, at a position nobody knew', async () => {
    const { subscribe, startAt } = setUp();
    const client = new Client();
    subscribe(client, { from: 'unknown' });
    await turn();
    startAt(4, 8);
    expect(client.told).toEqual(['heartbeat', '0 to 7 page 4']);
  });
});

describe('a subscription without a position after another router went', () => {
  it('goes on after what the clients of that router had, as it may be one of them', async () => {
    const { subscribe, wire, startAt, items, update, answerReplay } = setUp();
    subscribe(new Client());
    await turn();
    startAt(1, 1);
    items(1, 9);
    update({ orphanedAfter: { page: 1, sequence: 6 } });
    const client = new Client();
    subscribe(client);
    await turn();
    expect(wire().replays[0]).toMatchObject({ fromSequence: 7, page: 1 });
    answerReplay(7, 3);
    items(10, 1);
    expect(client.told).toEqual(['heartbeat', 7, 8, 9, 10]);
  });

  it('starts now again when those clients had their time', async () => {
    const { subscribe, world, startAt, items, update } = setUp();
    subscribe(new Client());
    await turn();
    startAt(1, 1);
    items(1, 9);
    update({ orphanedAfter: { page: 1, sequence: 6 } });
    world.nowMs = 11_000;
    const client = new Client();
    subscribe(client);
    await turn();
    items(10, 1);
    expect(client.told).toEqual(['heartbeat', 10]);
  });
});

describe('a cache that is deleted', () => {
  it('ends its subscriptions with the reason and leaves the others', async () => {
    const { subscribe, hub, wire, startAt } = setUp();
    const [doomed, kept] = [new Client(), new Client()];
    subscribe(doomed);
    await turn();
    startAt(1, 1);
    hub.subscribe({ cache: 'other', topic: 't' }, { from: 'now' }, kept);
    await turn();
    startAt(1, 1);
    hub.keepCaches(
      (cache) => cache === 'other',
      (cache) => ({ refused: 'cache-not-found', message: cache }),
    );
    expect(doomed.told).toEqual(['heartbeat', 'cache-not-found']);
    expect(kept.told).toEqual(['heartbeat']);
    expect(wire().withdrawals).toHaveLength(1);
    expect(hub.subscriptions).toBe(1);
  });
});

describe('a subscription with the newest item wanted', () => {
  it('gets it first and goes on live', async () => {
    const { subscribe, hub, startAt, items, answerReplay, wire } = setUp();
    hub.resumeNewest = true;
    const client = new Client();
    subscribe(client);
    await turn();
    startAt(1, 9);
    expect(wire().replays[0]).toMatchObject({ fromSequence: 0, page: 0 });
    answerReplay(8, 1);
    items(9, 1);
    expect(client.told).toEqual(['heartbeat', 8, 9]);
  });
});
