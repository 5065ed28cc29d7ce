/**
 * The rules that operator, router and storage share: which storage node owns a topic, in which version of the map,
 * and what a map must look like. Pure: no clock, no sockets, no environment.
 */
export { type Decision, decideOffer, type OfferOutcome } from './accept.ts';
export { isAddress, type ParsedAddress, parseAddress } from './address.ts';
export { type Bounds, cachesMax, settingBounds, storageMax } from './bounds.ts';
export {
  type ClusterIdentity,
  clusterLabel,
  formatClusterId,
  parseClusterId,
} from './cluster-id.ts';
export {
  type CacheChange,
  describeDiff,
  diffTopologies,
  type TopologyDiff,
} from './diff.ts';
export { parseTopology, TopologyError, topologyToJson } from './json.ts';
export {
  cacheNameBytesMax,
  cacheNameProblem,
  canaryCache,
  topicKey,
  topicNameBytesMax,
  topicNameProblem,
} from './names.ts';
export { committedMove, ownersOf, ownersText } from './owners.ts';
export {
  epochMax,
  type PageParts,
  pageOf,
  pageOriginAt,
  pageOriginMax,
  splitPage,
  sweepsMax,
} from './page.ts';
export { Placement } from './placement.ts';
export { Ring } from './ring.ts';
export { validateTopology } from './validate.ts';
export { compareVersions, formatVersion, noVersion, termMax, termStepMax } from './version.ts';
