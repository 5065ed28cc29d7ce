import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { publishOf, self, startSessions } from '../testing/index.ts';

describe('a link of an heir', () => {
  const version = { term: 1, epoch: 1 };
  const nothing = { from: 's-1', to: self.name, version, number: 1, topics: [] };

  /** `s-1` hands over all it has; `last` says that it has nothing more. */
  function heir() {
    const storage = { [self.name]: self.incarnation, 's-1': 'x' };
    const move = { ring: [self.name], sources: ['s-1'] };
    const world = startSessions({ waitingMax: 3 }, { storage, ring: ['s-1'], move });
    const { placement } = world.ownership;
    if (placement) world.moves.follow(placement, false);
    const last = () => world.moves.receive({ ...nothing, last: true });
    return { ...world, last };
  }

  it('lets publishes and interest wait, and goes on with them in order', () => {
    const { greeted, last } = heir();
    const { send, interest, take, session } = greeted();
    send({ publishes: [publishOf(1)] });
    interest(7);
    send({ publishes: [publishOf(2)] });
    expect(session.pending).toBe(false);
    last();
    const { results, feeds } = take();
    expect(results).toMatchObject([
      { request: 1, sequence: 1 },
      { request: 2, sequence: 2 },
    ]);
    expect(feeds).toMatchObject([{ feed: 7, start: { sequence: 2 }, firstSequence: 2 }]);
  });

  it('refuses what finds no room to wait', () => {
    const { greeted } = heir();
    const { send, interest, take } = greeted();
    send({ publishes: [publishOf(1), publishOf(2), publishOf(3), publishOf(4)] });
    interest(7);
    const { results, feeds } = take();
    expect(results).toMatchObject([{ request: 4, outcome: link.Outcome.EXHAUSTED }]);
    expect(feeds).toMatchObject([{ feed: 7, moved: true }]);
  });

  it('forgets interest that is withdrawn while it waits: the number is free', () => {
    const { greeted, last, moves } = heir();
    const { send, interest, take, session } = greeted();
    interest(7, 'a');
    send({ withdrawals: [7] });
    expect(moves.waiting).toBe(0);
    expect(interest(7, 'b')).toBeUndefined();
    last();
    expect(take().feeds).toHaveLength(1);
    expect(session.feeds).toBe(1);
  });

  it('ends on the number of a feed that waits, and on a second one of its topic', () => {
    const { greeted } = heir();
    const [first, second] = [greeted(), greeted()];
    first.interest(7, 'a');
    expect(first.interest(7, 'b')?.reason).toBe('violation');
    second.interest(7, 'a');
    expect(second.interest(8, 'a')?.reason).toBe('violation');
  });

  it('gives up what waits when it is closed', () => {
    const { greeted, moves } = heir();
    const { send, interest, session } = greeted();
    send({ publishes: [publishOf(1)] });
    interest(7);
    session.close(0);
    expect(moves.waiting).toBe(0);
  });

  it('notes a router that leaves while its interest waits: its clients come back elsewhere', () => {
    const { greeted, last } = heir();
    const [leaving, staying] = [greeted(), greeted()];
    leaving.interest(7);
    leaving.send({ leaving: true });
    staying.send({ publishes: [publishOf(1)] });
    last();
    expect(leaving.take().feeds).toMatchObject([{ feed: 7, start: { sequence: 1 } }]);
    staying.interest(8);
    expect(staying.take().feeds).toMatchObject([
      { feed: 8, start: { sequence: 2 }, orphanedAfter: { sequence: 0 } },
    ]);
  });

  it('notes nothing of a router that said before its interest that it is leaving', () => {
    const { greeted, last } = heir();
    const [leaving, staying] = [greeted(), greeted()];
    leaving.send({ leaving: true });
    leaving.interest(7);
    last();
    staying.interest(8);
    expect(staying.take().feeds[0]?.orphanedAfter).toBeUndefined();
  });

  it('answers every handoff that it brought', () => {
    const { greeted } = heir();
    const { send, take } = greeted();
    const other = { ...nothing, number: 2, version: { term: 1, epoch: 2 }, last: true };
    send({ handoffs: [{ ...nothing, last: false }, other] });
    const { NOT_YET, TAKEN } = link.HandoffOutcome;
    expect(take().handoffResults).toEqual([
      { from: 's-1', to: self.name, version, number: 1, outcome: TAKEN },
      { from: 's-1', to: self.name, version: other.version, number: 2, outcome: NOT_YET },
    ]);
  });
});
