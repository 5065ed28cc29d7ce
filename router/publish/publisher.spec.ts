import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { routerBounds } from '../config.ts';
import type { LinkPort } from '../link/index.ts';
import type { Position, PublishRequest, Refusal } from '../service.ts';
import { Publisher } from './publisher.ts';
import { Rate } from './rate.ts';

class Wire implements LinkPort {
  readonly member: string;
  state: LinkPort['state'] = 'open';
  full = false;
  readonly sent: link.Publish[] = [];
  constructor(member: string) {
    this.member = member;
  }
  publish(publish: link.Publish): void {
    this.sent.push(publish);
  }
  interest(): void {}
  withdraw(): void {}
  replay(): void {}
}

const item = (text: string): PublishRequest => ({
  cache: 'c',
  topic: 't',
  payload: Buffer.from(text),
  text: true,
  publisherId: '',
});

function setUp(bounds = routerBounds) {
  const [a, b] = [new Wire('a'), new Wire('b')];
  const world = {
    owner: 'a' as string | undefined,
    up: new Map([a, b].map((w) => [w.member, w])),
    refusal: undefined as Refusal | undefined,
    /** The source that has passed the topic on. */
    passedOnBy: undefined as string | undefined,
  };
  const publisher = new Publisher(
    {
      ownerOf: () => world.owner,
      passedOn: (member) => member === world.passedOnBy,
      open: (member) => world.up.get(member),
      refusalOf: () => world.refusal,
    },
    bounds,
  );
  const answer = (publish: link.Publish | undefined, outcome: link.Outcome, sequence = 0): void =>
    publisher.answered([{ request: publish?.request ?? 0, outcome, page: 1, sequence }]);
  return { world, publisher, a, b, answer };
}

function publish(publisher: Publisher, request: PublishRequest): Promise<Position | Refusal> {
  return new Promise((resolve) => publisher.publish(request, 0, resolve));
}

describe('a publish', () => {
  it('is answered with the position that the owner gave', async () => {
    const { publisher, a, answer } = setUp();
    const result = publish(publisher, item('x'));
    answer(a.sent[0], link.Outcome.ACCEPTED, 5);
    expect(await result).toMatchObject({ page: 1, sequence: 5 });
    expect(publisher.waiting).toBe(0);
  });

  it('waits for an owner, then goes out in order', async () => {
    const { world, publisher, a } = setUp();
    world.owner = undefined;
    for (const text of ['1', '2', '3']) void publish(publisher, item(text));
    expect(a.sent).toHaveLength(0);
    world.owner = 'a';
    publisher.redispatch();
    expect(a.sent.map((p) => Buffer.from(p.payload).toString())).toEqual(['1', '2', '3']);
  });

  it('that waits for an owner keeps nothing alive that was read with it', () => {
    const { world, publisher, a } = setUp();
    world.owner = undefined;
    const read = Buffer.alloc(64 * 1024, 'x');
    void publish(publisher, { ...item(''), payload: read.subarray(10, 15) });
    read.fill('y');
    world.owner = 'a';
    publisher.redispatch();
    const [sent] = a.sent;
    expect(Buffer.from(sent?.payload ?? []).toString()).toBe('xxxxx');
    expect(sent?.payload.buffer.byteLength).toBe(5);
  });

  it('that the owner answers MOVED goes to the new owner, and the client never sees it', async () => {
    const { world, publisher, a, b, answer } = setUp();
    const result = publish(publisher, item('x'));
    answer(a.sent[0], link.Outcome.MOVED);
    world.owner = 'b';
    publisher.redispatch();
    answer(b.sent[0], link.Outcome.ACCEPTED, 9);
    expect(await result).toMatchObject({ page: 1, sequence: 9 });
  });

  it('answered MOVED after the owner changed goes out at once: nothing else would send it', async () => {
    const { world, publisher, a, b, answer } = setUp();
    const result = publish(publisher, item('x'));
    world.owner = 'b';
    publisher.redispatch();
    answer(a.sent[0], link.Outcome.MOVED);
    answer(b.sent[0], link.Outcome.ACCEPTED, 9);
    expect(await result).toMatchObject({ page: 1, sequence: 9 });
  });

  it('that waits for an owner while its cache is deleted is refused for that', async () => {
    const { world, publisher } = setUp();
    world.owner = undefined;
    const result = publish(publisher, item('x'));
    world.refusal = { refused: 'cache-not-found', message: 'gone' };
    publisher.redispatch();
    expect(await result).toEqual(world.refusal);
  });

  it('answered MOVED by its source in a move goes to the heir at once', async () => {
    const { world, publisher, a, b, answer } = setUp();
    const result = publish(publisher, item('x'));
    world.passedOnBy = 'a';
    world.owner = 'b';
    answer(a.sent[0], link.Outcome.MOVED);
    answer(b.sent[0], link.Outcome.ACCEPTED, 9);
    expect(await result).toMatchObject({ page: 1, sequence: 9 });
    expect(publisher.moved).toBe(1);
  });

  it('answered MOVED by its heir waits: the heir has to hear of the move first', async () => {
    const { world, publisher, a, b, answer } = setUp();
    const result = publish(publisher, item('x'));
    world.passedOnBy = 'a';
    world.owner = 'b';
    answer(a.sent[0], link.Outcome.MOVED);
    answer(b.sent[0], link.Outcome.MOVED);
    expect(b.sent).toHaveLength(1);
    publisher.redispatch();
    answer(b.sent[1], link.Outcome.ACCEPTED, 9);
    expect(await result).toMatchObject({ page: 1, sequence: 9 });
  });

  it('is awaited from the link it was sent on until it is answered', () => {
    const { publisher, a, b, answer } = setUp();
    void publish(publisher, item('x'));
    expect([publisher.awaits(a), publisher.awaits(b)]).toEqual([true, false]);
    answer(a.sent[0], link.Outcome.ACCEPTED, 1);
    expect(publisher.awaits(a)).toBe(false);
  });

  it('answered MOVED is not sent anywhere before something has changed', () => {
    const { publisher, a, answer } = setUp();
    void publish(publisher, item('x'));
    answer(a.sent[0], link.Outcome.MOVED);
    expect(a.sent).toHaveLength(1);
  });

  it('whose link broke before the answer fails and is never sent again', async () => {
    const { publisher, a, b } = setUp();
    const result = publish(publisher, item('x'));
    publisher.broke(a, 'gone');
    publisher.redispatch();
    expect(await result).toMatchObject({ refused: 'unavailable' });
    expect([...a.sent, ...b.sent]).toHaveLength(1);
  });

  it('fails when no owner came in time, and says that it was not published', async () => {
    const { world, publisher } = setUp();
    world.owner = undefined;
    const result = publish(publisher, item('x'));
    publisher.tick(routerBounds.publishWaitMsMax - 1);
    expect(publisher.waiting).toBe(1);
    publisher.tick(routerBounds.publishWaitMsMax);
    expect(await result).toMatchObject({
      refused: 'unavailable',
      message: expect.stringContaining('it was not published'),
    });
  });

  it('fails when the owner does not answer in time; a late answer changes nothing', async () => {
    const { publisher, a, answer } = setUp();
    const result = publish(publisher, item('x'));
    publisher.tick(routerBounds.publishWaitMsMax);
    expect(await result).toMatchObject({ refused: 'unavailable' });
    answer(a.sent[0], link.Outcome.ACCEPTED, 1);
    expect(publisher.waiting).toBe(0);
  });

  it('is refused at once when unanswered publishes use up their bytes, until some are answered', async () => {
    const { publisher, a, answer } = setUp({ ...routerBounds, publishesBytesMax: 2 * 262 - 1 });
    const first = publish(publisher, item('123456'));
    expect(await publish(publisher, item('123456'))).toMatchObject({ refused: 'exhausted' });
    answer(a.sent[0], link.Outcome.ACCEPTED, 1);
    await first;
    void publish(publisher, item('123456'));
    expect(a.sent).toHaveLength(2);
  });

  it('without a payload costs something, too', async () => {
    const { publisher } = setUp({ ...routerBounds, publishesBytesMax: 511 });
    void publish(publisher, item(''));
    expect(await publish(publisher, item(''))).toMatchObject({ refused: 'exhausted' });
  });

  it('is refused when the owner does not keep up', async () => {
    const { publisher, a } = setUp();
    a.full = true;
    expect(await publish(publisher, item('x'))).toMatchObject({ refused: 'exhausted' });
    expect(publisher.waiting).toBe(0);
  });
});

describe('a rate', () => {
  it('lets one second’s worth through at once and then so many a second', () => {
    const rate = new Rate(10, 0);
    const taken = (nowMs: number): number => {
      let count = 0;
      while (rate.take(nowMs)) count++;
      return count;
    };
    expect(taken(0)).toBe(10);
    expect(taken(0)).toBe(0);
    expect(taken(500)).toBe(5);
    expect(taken(60_000)).toBe(10);
  });
});
