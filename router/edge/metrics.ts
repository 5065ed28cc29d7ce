import { Counter, Gauge, type Registry } from '../../runtime/index.ts';
import type { RefusalCode } from '../service.ts';
import type { SocketRefusal } from './admission.ts';

export type PublishOutcome = 'accepted' | RefusalCode;

/** Plain numbers, added to where things happen and read when metrics are scraped. */
export class Counts {
  /** Of request and answer messages with their gRPC prefix; headers are not counted. */
  receivedBytes = 0;
  sentBytes = 0;
  /** Connections moved elsewhere while the router stayed. */
  shedConnections = 0;
  readonly publishes = new Map<PublishOutcome, number>();
  readonly refusedSockets = new Map<SocketRefusal, number>();

  published(outcome: PublishOutcome): void {
    this.publishes.set(outcome, (this.publishes.get(outcome) ?? 0) + 1);
  }

  refusedSocket(why: SocketRefusal): void {
    this.refusedSockets.set(why, (this.refusedSockets.get(why) ?? 0) + 1);
  }
}

export interface Gauges {
  readonly connections: () => number;
  readonly exchanges: () => number;
  readonly subscriptions: () => number;
}

export function exportMetrics(registry: Registry, counts: Counts, gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const labelled = (
    name: string,
    help: string,
    label: string,
    read: ReadonlyMap<string, number>,
  ): void => {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of read) this.inc({ [label]: value }, count);
      },
    });
  };
  gauge('topicplane_edge_connections', 'Client sockets that are open.', gauges.connections);
  gauge('topicplane_edge_exchanges', 'Calls that are open.', gauges.exchanges);
  gauge('topicplane_edge_subscriptions', 'Subscriptions that are open.', gauges.subscriptions);
  counter(
    'topicplane_edge_received_bytes_total',
    'Request messages, with their gRPC prefix.',
    () => counts.receivedBytes,
  );
  counter(
    'topicplane_edge_sent_bytes_total',
    'Answer messages, with their gRPC prefix.',
    () => counts.sentBytes,
  );
  counter(
    'topicplane_edge_shed_connections_total',
    'Connections that were asked to go elsewhere while this router stayed in the rotation.',
    () => counts.shedConnections,
  );
  labelled(
    'topicplane_edge_publishes_total',
    'Publishes answered, by outcome.',
    'outcome',
    counts.publishes,
  );
  labelled(
    'topicplane_edge_refused_sockets_total',
    'Sockets closed before they became a connection, by reason.',
    'reason',
    counts.refusedSockets,
  );
}
