import { describe, expect, it } from 'vitest';
import type { link } from '../../proto/index.ts';
import { silentLogger } from '../../runtime/index.ts';
import type { LinkPort } from '../link/index.ts';
import type { Feed } from './feed.ts';
import { Feeds } from './feeds.ts';

class Wire implements LinkPort {
  readonly member: string;
  state: LinkPort['state'] = 'open';
  full = false;
  readonly interests: link.Interest[] = [];
  readonly withdrawals: number[] = [];
  constructor(member: string) {
    this.member = member;
  }
  publish(): void {}
  interest(interest: link.Interest): void {
    this.interests.push(interest);
  }
  withdraw(feed: number): void {
    this.withdrawals.push(feed);
  }
  replay(): void {}
}

function setUp() {
  const [a, b] = [new Wire('a'), new Wire('b')];
  const world = { owner: 'a', passedOn: false, up: new Map([a, b].map((w) => [w.member, w])) };
  const turns: (() => void)[] = [];
  const started: Feed[] = [];
  const feeds = new Feeds(
    {
      ownerOf: () => world.owner,
      mayServe: (member) => member === world.owner,
      passedOn: () => world.passedOn,
      open: (member) => world.up.get(member),
    },
    { started: (feed) => started.push(feed), items: () => {} },
    silentLogger,
    { nowMs: () => 0, turn: (action) => turns.push(action), orphansMs: 5_000 },
  );
  const want = (count: number): Feed[] =>
    Array.from({ length: count }, (_, n) => feeds.want({ cache: 'c', topic: `t${n}` }));
  const tell = (from: Wire, part: Partial<link.FeedUpdate>): void =>
    feeds.received(from, {
      feeds: [
        {
          feed: from.interests.at(-1)?.feed ?? 0,
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
  return { a, b, world, turns, started, feeds, want, tell };
}

describe('feeds after a change of the topology', () => {
  it('follow their owners a part at a time, so that nobody waits for all of them', () => {
    const { a, b, world, turns, feeds, want } = setUp();
    want(1_200);
    world.owner = 'b';
    feeds.followOwners();
    const left: number[] = [b.interests.length];
    while (turns.length > 0) {
      turns.shift()?.();
      left.push(b.interests.length);
    }
    expect(left).toEqual([500, 1_000, 1_200]);
    expect(a.withdrawals).toHaveLength(1_200);
  });

  it('are all looked at again when the next one comes before all were', () => {
    const { a, b, world, turns, feeds, want } = setUp();
    want(1_200);
    world.owner = 'b';
    feeds.followOwners();
    world.owner = 'a';
    feeds.followOwners();
    while (turns.length > 0) turns.shift()?.();
    expect(b.withdrawals).toHaveLength(500);
    expect(a.interests).toHaveLength(1_700);
  });

  it('that were given up meanwhile are passed over, new ones are where they belong', () => {
    const { a, b, world, turns, feeds, want } = setUp();
    const all = want(600);
    world.owner = 'b';
    feeds.followOwners();
    for (const feed of all) feeds.unwant(feed);
    want(1);
    while (turns.length > 0) turns.shift()?.();
    expect([a.interests.length, b.interests.length, feeds.count]).toEqual([600, 501, 1]);
  });

  it('leave a link that lingers at once, also when its member has another one', () => {
    const { a, world, feeds, want } = setUp();
    want(1_200);
    a.state = 'lingering';
    const again = new Wire('a');
    world.up.set('a', again);
    feeds.followOwners();
    expect([a.withdrawals.length, again.interests.length]).toEqual([1_200, 1_200]);
  });
});

describe('a feed that its storage node says it does not serve', () => {
  it('goes where the topic was passed on to, and asks for what comes next', () => {
    const { a, b, world, feeds, want, tell } = setUp();
    want(1);
    tell(a, { start: { page: 7, sequence: 41 }, firstSequence: 41, items: [new Uint8Array(1)] });
    world.passedOn = true;
    world.owner = 'b';
    tell(a, { moved: true });
    expect(b.interests[0]).toMatchObject({ page: 7, nextSequence: 42 });
    expect([a.withdrawals, feeds.moved]).toEqual([[], 1]);
  });

  it('waits for a newer topology when it was not passed on', () => {
    const { a, b, world, feeds, want, tell } = setUp();
    want(1);
    world.owner = 'b';
    tell(a, { moved: true });
    expect([b.interests.length, feeds.moved]).toEqual([0, 0]);
    feeds.followOwners();
    expect(b.interests).toHaveLength(1);
  });

  it('keeps what it knows of clients of a router that went', () => {
    const { a, world, want, tell } = setUp();
    const [feed] = want(1);
    tell(a, { start: { page: 7, sequence: 41 }, orphanedAfter: { page: 7, sequence: 30 } });
    world.passedOn = true;
    world.owner = 'b';
    tell(a, { moved: true });
    expect(feed?.orphans?.after).toEqual({ page: 7, sequence: 30 });
  });

  it('hears nothing more from there', () => {
    const { a, b, world, want, tell } = setUp();
    const [feed] = want(1);
    tell(a, { start: { page: 7, sequence: 41 } });
    world.passedOn = true;
    world.owner = 'b';
    tell(a, { moved: true });
    tell(a, { firstSequence: 41, items: [new Uint8Array(1)] });
    expect([feed?.position?.sequence, b.interests.length]).toEqual([40, 1]);
  });
});
