import type { Connection } from '../../h2/index.ts';
import type { Streams } from './streams.ts';

/**
 * Moves a client elsewhere: GOAWAY on its connection and every stream there ended with OK, in one turn; calls in progress
 * finish. Not one after the other: clients of grpc-js drop a connection on which GOAWAY was said, with all its streams, when
 * their next keepalive ping is due, which may be at once.
 * @returns streams ended
 */
export function moveAway(connection: Connection, streams: Streams): number {
  connection.goaway();
  return streams.leave(connection);
}

/**
 * So many of those with streams and those without, in proportion: of each the ones that are open for longest, and these
 * first. All count alike for whoever compares routers by connections.
 */
export function inProportion(
  connections: Iterable<Connection>,
  streams: Streams,
  count: number,
): readonly Connection[] {
  const holding: Connection[] = [];
  const idle: Connection[] = [];
  for (const connection of connections) {
    (streams.holds(connection) ? holding : idle).push(connection);
  }
  const total = holding.length + idle.length;
  const chosen = Math.min(count, total);
  const ofHolding = total === 0 ? 0 : Math.round((chosen * holding.length) / total);
  return oldest([...oldest(holding, ofHolding), ...oldest(idle, chosen - ofHolding)], chosen);
}

/** The connections that are open for longest. */
export function oldest(connections: Iterable<Connection>, count: number): readonly Connection[] {
  return [...connections].sort((one, other) => one.id - other.id).slice(0, count);
}
