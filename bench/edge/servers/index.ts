import { grpcJs, nodeHttp2 } from './baselines.ts';
import { mosquitto, natsServer, redisServer } from './peers.ts';
import type { Contender } from './server.ts';
import { topicplane } from './topicplane.ts';

/** In the order in which they are shown. */
export const contenders: readonly Contender[] = [
  topicplane,
  natsServer,
  redisServer,
  mosquitto,
  grpcJs,
  nodeHttp2,
];
export type { Contender, Part, Profile, Server } from './server.ts';
