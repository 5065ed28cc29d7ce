import type { LimitHit } from '../../h2/index.ts';
import {
  Buckets,
  type Registry,
  readCounter,
  readCounters,
  readGauge,
  registerBuckets,
} from '../../runtime/index.ts';
import type { RefusalCode } from '../service.ts';
import type { Traffic } from '../traffic/index.ts';
import type { SocketRefusal } from './admission.ts';

export type SubscribeOutcome = 'opened' | RefusalCode;

/** From well below what a publish takes on a quiet machine to what it waits for an owner at most. */
const acceptSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4];

/** Plain numbers, added to where things happen and read when metrics are scraped. */
export class Counts {
  /** Of request and answer messages with their gRPC prefix; headers are not counted. */
  receivedBytes = 0;
  sentBytes = 0;
  /** Connections moved elsewhere while the router stayed. */
  shedConnections = 0;
  /** Calls refused before they were looked at: there were too many. */
  refusedCalls = 0;
  /** Of publishes that were accepted or given up. */
  readonly acceptSeconds = new Buckets(acceptSeconds);
  readonly subscribes = new Map<SubscribeOutcome, number>([['opened', 0]]);
  readonly refusedSockets = new Map<SocketRefusal, number>();
  readonly limitHits = new Map<LimitHit, number>();

  subscribed(outcome: SubscribeOutcome): void {
    this.subscribes.set(outcome, (this.subscribes.get(outcome) ?? 0) + 1);
  }

  limitHit(limit: LimitHit): void {
    this.limitHits.set(limit, (this.limitHits.get(limit) ?? 0) + 1);
  }

  refusedSocket(why: SocketRefusal): void {
    this.refusedSockets.set(why, (this.refusedSockets.get(why) ?? 0) + 1);
  }
}

export interface Gauges {
  readonly connections: () => number;
  readonly exchanges: () => number;
  readonly subscriptions: () => number;
  /** 0: there is none. */
  readonly certificateExpirySeconds: () => number;
}

export function exportMetrics(
  registry: Registry,
  counts: Counts,
  traffic: Traffic,
  gauges: Gauges,
): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    readGauge(registry, `topicplane_edge_${name}`, help, read);
  const counter = (name: string, help: string, read: () => number): void =>
    readCounter(registry, `topicplane_edge_${name}`, help, read);
  const labelled = <L extends string>(
    name: string,
    help: string,
    label: L,
    read: ReadonlyMap<string, number>,
  ): void =>
    readCounters<string>(registry, `topicplane_edge_${name}`, help, [label], () =>
      [...read].map(([value, count]) => [{ [label]: value }, count] as const),
    );
  gauge('connections', 'Client sockets that are open.', gauges.connections);
  gauge('exchanges', 'Calls that are open, of clients.', gauges.exchanges);
  gauge('subscriptions', 'Subscriptions that are open.', gauges.subscriptions);
  gauge(
    'certificate_expiry_timestamp_seconds',
    'Unix time at which the TLS certificate in use is no longer valid; 0: clients speak plain text.',
    gauges.certificateExpirySeconds,
  );
  counter(
    'received_bytes_total',
    'Request messages: bodies, those of gRPC with their prefix.',
    () => {
      return counts.receivedBytes;
    },
  );
  counter(
    'sent_bytes_total',
    'Answer messages: bodies, those of gRPC with their prefix.',
    () => counts.sentBytes,
  );
  counter(
    'shed_connections_total',
    'Connections that were asked to go elsewhere while this router stayed in the rotation.',
    () => counts.shedConnections,
  );
  counter(
    'refused_calls_total',
    'Calls answered UNAVAILABLE because this router already served as many as it may.',
    () => counts.refusedCalls,
  );
  publishes(registry, counts, traffic);
  labelled(
    'subscribes_total',
    'Subscriptions asked for, by outcome: opened, or why not.',
    'outcome',
    counts.subscribes,
  );
  labelled(
    'refused_sockets_total',
    'Sockets closed before they became a connection, by reason.',
    'reason',
    counts.refusedSockets,
  );
  labelled(
    'limit_hits_total',
    'Clients that reached a limit of HTTP, by limit: their connection was ended, or only a stream.',
    'limit',
    counts.limitHits,
  );
}

function publishes(registry: Registry, { acceptSeconds }: Counts, traffic: Traffic): void {
  readCounters(
    registry,
    'topicplane_edge_publishes_total',
    'Publishes answered, by cache and outcome: accepted, or why not.',
    ['cache', 'outcome'],
    () => byOutcome(traffic, 'count'),
  );
  readCounters(
    registry,
    'topicplane_edge_publish_bytes_total',
    'Payloads of the publishes answered, by cache and outcome. One that was refused unread has 0.',
    ['cache', 'outcome'],
    () => byOutcome(traffic, 'bytes'),
  );
  registerBuckets(
    registry,
    'topicplane_edge_accept_seconds',
    'From a publish received to its answer, of those that were accepted or waited in vain.',
    acceptSeconds,
  );
}

function* byOutcome(traffic: Traffic, what: 'count' | 'bytes') {
  for (const [cache, { publishes }] of traffic.entries()) {
    for (const [outcome, published] of publishes) {
      yield [{ cache, outcome }, published[what]] as const;
    }
  }
}
