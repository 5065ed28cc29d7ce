/**
 * HTTP/2 for streams that live for hours (RFC 9113, RFC 7541): what a server of it is asked and tells. Imports nothing of
 * ours; routers serve clients with it, and the links between routers and storage nodes run on it.
 */
export { nextConnectionId } from './connection-id.ts';
export type {
  Connection,
  Engine,
  EngineOwner,
  Exchange,
  ExchangeHandler,
  Headers,
  ResetCause,
} from './engine.ts';
export { defaultLimits, type LimitHit, type Limits } from './limits.ts';
export { type EngineClock, H2Engine } from './server/index.ts';
