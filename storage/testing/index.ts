/** Topologies, clocks and routers for the specs of `storage/`; no part of the process. */

export { SocketClock } from './clock.ts';
export { quietFeed } from './feed.ts';
export { type MovePlan, startMove, topicBetween } from './move.ts';
export { decodeItem, type SeenItem, TestRouter } from './router.ts';
export { hello, publishOf, startSessions } from './session.ts';
export { bounds, self, type TopologyChange, topology } from './topology.ts';
export { type Fate, RelayRouter, World } from './world.ts';
