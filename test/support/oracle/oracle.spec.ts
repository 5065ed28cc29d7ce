import { describe, expect, it } from 'vitest';
import { History } from './history.ts';
import { complaint } from './verdict.ts';

const history = () => new History();

describe('the oracle on I1, items of a page differ by 1', () => {
  it('accepts items in a row', () => {
    const told = history()
      .open('s')
      .publish('p', 'a', 'b')
      .item('s', 7, 1, 'a')
      .item('s', 7, 2, 'b');
    expect(told.broken()).toEqual([]);
  });

  it('objects to a number left out', () => {
    const told = history().open('s').publish('p', 'a', 'b', 'c');
    expect(told.item('s', 7, 1, 'a').item('s', 7, 3, 'c').broken()).toContain('I1');
  });

  it('accepts a number left out that was announced', () => {
    const told = history().open('s').publish('p', 'a', 'b', 'c');
    told.item('s', 7, 1, 'a').missing('s', 7, 1, 2).item('s', 7, 3, 'c');
    expect(told.broken()).toEqual([]);
  });

  it('objects to a notice that covers fewer numbers than are missing', () => {
    const told = history().open('s').publish('p', 'a', 'b', 'c', 'd');
    told.item('s', 7, 1, 'a').missing('s', 7, 1, 2).item('s', 7, 4, 'd');
    expect(told.broken()).toContain('I1');
  });

  it('objects to a notice that covers more numbers than are missing', () => {
    const told = history().open('s').publish('p', 'a', 'b', 'c');
    told.item('s', 7, 1, 'a').missing('s', 7, 1, 3).item('s', 7, 3, 'c');
    expect(told.broken()).toContain('I2');
  });

  it('objects to a notice that does not begin at what the reader holds', () => {
    const told = history().open('s').publish('p', 'a', 'b', 'c');
    told.item('s', 7, 1, 'a').missing('s', 7, 0, 2).item('s', 7, 3, 'c');
    expect(told.broken()).toContain('I1');
  });

  it('objects to a notice of nothing', () => {
    const told = history().open('s').publish('p', 'a', 'b');
    told.item('s', 7, 1, 'a').missing('s', 7, 1, 1).item('s', 7, 2, 'b');
    expect(told.broken()).toContain('I1');
  });
});

describe('the oracle on I2, numbers only go up and a resumed stream starts where it asked', () => {
  it('objects to an item that comes twice', () => {
    const told = history().open('s').publish('p', 'a');
    expect(told.item('s', 7, 1, 'a').item('s', 7, 1, 'a').broken()).toEqual(['I2']);
  });

  it('objects to a page that changes without a notice', () => {
    const told = history().open('s').publish('p', 'a', 'b');
    expect(told.item('s', 7, 1, 'a').item('s', 8, 1, 'b').broken()).toEqual(['I2']);
  });

  it('accepts a larger page after a notice, and objects to a smaller one', () => {
    const told = () => history().open('s').publish('p', 'a', 'b').item('s', 7, 1, 'a');
    expect(told().missing('s', 8, 1, 0).item('s', 8, 1, 'b').broken()).toEqual([]);
    expect(told().missing('s', 6, 1, 0).item('s', 6, 1, 'b').broken()).toEqual(['I2']);
  });

  it('accepts a stream that resumes where it asked', () => {
    const told = history().open('s/1').publish('p', 'a', 'b').item('s/1', 7, 1, 'a').end('s/1');
    told.open('s/2', { page: 7, sequence: 2 }).item('s/2', 7, 2, 'b');
    expect(told.broken()).toEqual([]);
  });

  it('objects to a stream that resumes later or earlier than it asked', () => {
    const told = () =>
      history().open('s/1').publish('p', 'a', 'b', 'c').item('s/1', 7, 1, 'a').end('s/1');
    const later = told().open('s/2', { page: 7, sequence: 2 }).item('s/2', 7, 3, 'c');
    expect(later.broken()).toContain('I2');
    const earlier = told().open('s/2', { page: 7, sequence: 2 }).item('s/2', 7, 1, 'a');
    expect(earlier.broken()).toContain('I2');
  });

  it('accepts a stream that resumes with a notice of what is gone', () => {
    const told = history()
      .open('s/1')
      .publish('p', 'a', 'b', 'c')
      .item('s/1', 7, 1, 'a')
      .end('s/1');
    told.open('s/2', { page: 7, sequence: 2 }).missing('s/2', 7, 1, 2).item('s/2', 7, 3, 'c');
    expect(told.broken()).toEqual([]);
  });

  it('takes page 0 for whichever page is current', () => {
    const told = () => history().publish('p', 'a', 'b');
    expect(told().open('s', { page: 0, sequence: 2 }).item('s', 7, 2, 'b').broken()).toEqual([]);
    expect(told().open('s', { page: 0, sequence: 2 }).item('s', 7, 1, 'a').broken()).toEqual([
      'I2',
    ]);
  });

  it('objects to an item on a stream that has ended', () => {
    const told = history().open('s').publish('p', 'a').end('s').item('s', 7, 1, 'a');
    expect(told.broken()).toEqual(['I2']);
  });
});

describe('the oracle on I3, one number never carries two items', () => {
  it('objects when two readers see different items under one number', () => {
    const told = history().open('s').open('r').start('p', 'a').start('q', 'b').ack('a').ack('b');
    told.item('s', 7, 1, 'a').item('r', 7, 1, 'b');
    expect(told.broken()).toContain('I3');
  });

  it('accepts the same number on another page or another topic', () => {
    const told = history().open('s').publish('p', 'a', 'b').item('s', 7, 1, 'a');
    told.missing('s', 8, 1, 0).item('s', 8, 1, 'b');
    told.open('r', undefined, 'u').start('p', 'c', 'u').ack('c').item('r', 7, 1, 'c');
    expect(told.broken()).toEqual([]);
  });

  it('objects to an item that was applied twice', () => {
    const told = history().open('s').publish('p', 'a').item('s', 7, 1, 'a').item('s', 7, 2, 'a');
    expect(told.broken()).toEqual(['once']);
  });

  it('objects to an item that nobody published, or that belongs to another topic', () => {
    expect(history().open('s').item('s', 7, 1, 'x').broken()).toEqual(['own']);
    const told = history().open('s').start('p', 'a', 'u').item('s', 7, 1, 'a');
    expect(told.broken()).toEqual(['own']);
  });
});

describe('the oracle on I4, a publisher that awaits is seen in its order', () => {
  it('objects to two items of one publisher in the wrong order', () => {
    const told = history()
      .open('s')
      .publish('p', 'a', 'b')
      .item('s', 7, 1, 'b')
      .item('s', 7, 2, 'a');
    expect(told.broken()).toEqual(['I4']);
  });

  it('accepts any order of items that were under way together', () => {
    const told = history().open('s').start('p', 'a').start('p', 'b').ack('a').ack('b');
    expect(told.item('s', 7, 1, 'b').item('s', 7, 2, 'a').broken()).toEqual([]);
  });

  it('accepts any order of items of two publishers', () => {
    const told = history().open('s').publish('p', 'a').publish('q', 'b');
    expect(told.item('s', 7, 1, 'b').item('s', 7, 2, 'a').broken()).toEqual([]);
  });
});

describe('the oracle on I5, nothing is lost in silence', () => {
  it('objects to an acknowledged item that one of two readers never got', () => {
    const told = history().open('s').open('r').publish('p', 'a').item('s', 7, 1, 'a');
    expect(told.broken()).toEqual(['I5']);
    expect(told.oracle.verdict().counts.silentLosses).toBe(1);
    expect(told.oracle.owed()).toBe(1);
  });

  it('objects to an acknowledged item that nobody got', () => {
    expect(history().open('s').publish('p', 'a').broken()).toEqual(['I5']);
  });

  it('asks nothing for items published before the first heartbeat, or never acknowledged', () => {
    const told = history().publish('p', 'a').open('s').start('p', 'b').fail('b').start('p', 'c');
    expect(told.broken()).toEqual([]);
  });

  it('accepts what was announced, and counts it', () => {
    const told = history().open('s').open('r').publish('p', 'a', 'b');
    told.item('s', 7, 1, 'a').item('s', 7, 2, 'b').missing('r', 7, 0, 1).item('r', 7, 2, 'b');
    expect(told.broken()).toEqual([]);
    expect(told.oracle.verdict().counts.announcedMissing).toBe(1);
  });

  it('accepts one unseen item for one announced number, and not two', () => {
    const told = history().open('s').publish('p', 'a').item('s', 7, 1, 'a').publish('p', 'b');
    told.missing('s', 7, 1, 2);
    expect(told.broken()).toEqual([]);
    expect(told.publish('p', 'c').broken()).toEqual(['I5']);
  });

  it('accepts that a new page swallowed what was published before the notice, not after it', () => {
    const told = history().open('s').publish('p', 'a').missing('s', 8, 0, 0);
    expect(told.broken()).toEqual([]);
    expect(told.publish('p', 'b').broken()).toEqual(['I5']);
  });

  it('holds a subscription to it between its streams', () => {
    const told = history().open('s/1').publish('p', 'a').item('s/1', 7, 1, 'a').end('s/1');
    told.publish('p', 'b');
    expect(told.broken()).toEqual(['I5']);
    told.open('s/2', { page: 7, sequence: 2 }).item('s/2', 7, 2, 'b');
    expect(told.broken()).toEqual([]);
  });

  it('asks nothing of a closed subscription beyond the last item it got', () => {
    const told = history().open('s').open('r').publish('p', 'a', 'b', 'c');
    told.item('r', 7, 1, 'a').item('r', 7, 2, 'b').item('r', 7, 3, 'c');
    const closed = told.item('s', 7, 2, 'b').close('s').oracle.verdict();
    expect(closed.violations.map(({ message }) => message)).toEqual([
      's never got "a", acknowledged to p, and no discontinuity says so',
    ]);
  });
});

describe('the oracle on I8, a probe reaches everybody', () => {
  it('names the open subscriptions that had heard something and lack the item', () => {
    const told = history()
      .open('s')
      .open('r')
      .open('u', undefined, 'other')
      .open('gone')
      .close('gone');
    told.publish('p', 'probe').open('late').item('s', 7, 1, 'probe');
    expect(told.oracle.lacking('probe')).toEqual(['r']);
  });

  it('takes the word of others for what they saw', () => {
    const { oracle } = history();
    oracle.violated({ invariant: 'I8', message: 'r did not get it' });
    expect(complaint(oracle.verdict())).toContain('I8: r did not get it');
  });
});

describe('a verdict', () => {
  it('is put in words only when there is something to complain about', () => {
    expect(complaint(history().oracle.verdict())).toBeUndefined();
    const told = history().open('s').publish('p', 'a', 'b');
    const text = complaint(told.item('s', 7, 1, 'a').item('s', 7, 3, 'b').oracle.verdict());
    expect(text).toContain('I1: s got item 3 of page 7 where 2 of page 7 was due');
  });
});
