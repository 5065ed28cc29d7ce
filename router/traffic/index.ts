/** What clients send and get, counted by cache. */
export {
  type CacheTraffic,
  labelledCachesMax,
  otherCaches,
  type PublishOutcome,
  Traffic,
} from './traffic.ts';
