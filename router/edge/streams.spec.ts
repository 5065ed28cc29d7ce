import { expect, it } from 'vitest';
import type { Connection } from '../../h2/index.ts';
import { type Stream, Streams } from './streams.ts';

const connection = (id: number): Connection => ({
  id,
  remote: '',
  exchanges: 0,
  goaway() {},
  close() {},
});
const streamOn = (on: Connection, isSubscription = true): Stream => ({
  connection: on,
  isSubscription,
  informed: false,
  finish() {},
});

it('the streams of an edge are known by their connections, for as long as they are open', () => {
  const streams = new Streams();
  const [one, other] = [connection(1), connection(2)];
  const [a, b, c] = [streamOn(one), streamOn(one), streamOn(other)];
  for (const stream of [a, b, c]) streams.add(stream);
  expect(streams.subscriptions).toBe(3);
  streams.add(streamOn(connection(3), false));
  expect(streams.subscriptions).toBe(3);
  expect([...streams.of(one)]).toEqual([a, b]);
  streams.delete(c);
  streams.delete(c);
  expect(streams.subscriptions).toBe(2);
  expect(streams.holds(other)).toBe(false);
  expect(streams.holds(one)).toBe(true);
  expect([...streams.of(other)]).toEqual([]);
});

it('what is opened on a connection that was left is ended, too', () => {
  const streams = new Streams();
  const [left, other] = [connection(1), connection(2)];
  const ended: string[] = [];
  const named = (name: string, on: Connection): Stream => ({
    ...streamOn(on),
    finish: () => void ended.push(name),
  });
  streams.add(named('before', left));
  expect(streams.leave(left)).toBe(1);
  streams.add(named('after', left));
  streams.add(named('elsewhere', other));
  expect(ended).toEqual(['before', 'after']);
});
