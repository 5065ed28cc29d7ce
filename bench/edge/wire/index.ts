export { grpc } from './grpc.ts';
export { mqtt } from './mqtt.ts';
export { nats } from './nats.ts';
export { redis } from './redis.ts';
export type { Connection, Fail, Publisher, Target, Wire } from './wire.ts';
export { cache } from './wire.ts';
