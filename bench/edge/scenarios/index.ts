import { deliveries } from './deliveries.ts';
import { latency } from './latency.ts';
import { publishes } from './publishes.ts';
import type { Scenario } from './scenario.ts';
import { idling, subscriptions } from './subscriptions.ts';

const acknowledging = ['topicplane', 'nats', 'redis', 'grpc-js', 'http2'];
/** Those where one connection may hear a topic more than once. */
const repeating = ['topicplane', 'nats', 'grpc-js', 'http2'];

export const scenarios: readonly Scenario[] = [
  ...[1, 10, 100, 1000].map((connections) =>
    deliveries(
      `fanout-${connections}`,
      connections === 1
        ? '1 connection, one at a time'
        : `${connections} connections, one at a time`,
      { connections, streams: 1, topics: 1, burst: 1 },
    ),
  ),
  ...[100, 1000].map((connections) =>
    deliveries(`bursts-${connections}`, `${connections} connections, bursts`, {
      ...{ connections, streams: 1, topics: 1, burst: 32 },
    }),
  ),
  deliveries(
    'streams-1000',
    '1,000 streams on 10 connections, bursts',
    { connections: 10, streams: 100, topics: 1, burst: 32 },
    repeating,
  ),
  deliveries('topics-1000', '1,000 topics with 1 subscription each', {
    ...{ connections: 1000, streams: 1, topics: 1000, burst: 32 },
  }),
  deliveries('topics-1000-on-10', 'the same on 10 connections', {
    ...{ connections: 10, streams: 100, topics: 1000, burst: 32 },
  }),
  publishes(
    'publish-64x1',
    'publish, 64 connections, 1 in flight each',
    { connections: 64, inFlight: 1 },
    acknowledging,
  ),
  publishes(
    'publish-4x16',
    'publish, 4 connections, 16 in flight each',
    { connections: 4, inFlight: 16 },
    acknowledging,
  ),
  publishes(
    'publish-stream',
    'publish, 4 streams, 256 in flight each',
    { connections: 4, inFlight: 256, isStreamed: true },
    ['topicplane', 'nats', 'redis'],
  ),
  latency(
    'latency-5000',
    '5,000 deliveries a second: 500 publishes to 10 topics with 10 subscribers',
    { topics: 10, subscribers: 10, publishesPerSecond: 500 },
    ['topicplane', 'nats', 'redis'],
  ),
  latency(
    'latency-10',
    '10 publishes a second, 1 subscriber',
    { topics: 1, subscribers: 1, publishesPerSecond: 10 },
    ['topicplane', 'nats', 'redis'],
  ),
  subscriptions('idle-own', 'a subscription with a connection of its own', {
    ...{ connections: 5_000, streams: 1 },
  }),
  subscriptions('idle-shared', 'a subscription, 100 to a connection', {
    ...{ connections: 100, streams: 100 },
  }),
  idling('heartbeats', '10,000 idle subscriptions, 100 to a connection', {
    ...{ connections: 100, streams: 100 },
  }),
];
export type { ByPart } from './load.ts';
export type { Running, Sample, Scenario } from './scenario.ts';
