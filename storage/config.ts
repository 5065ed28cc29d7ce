import type { LogLevel } from '../runtime/index.ts';
import type { EvacuationBounds } from './evacuation/index.ts';
import type { HandoffBounds } from './handoff/index.ts';
import type { LinkBounds } from './serve/index.ts';
import type { StandstillBounds } from './standstill/index.ts';
import type { TopicsBounds } from './topics/index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Every bound and interval of a storage process. What users set (history, message size) comes with the topology. */
export interface StorageBounds
  extends LinkBounds,
    TopicsBounds,
    HandoffBounds,
    EvacuationBounds,
    StandstillBounds {
  /** How often idle topics and items past their age are looked for. */
  readonly sweepMs: number;
}

export const storageBounds: StorageBounds = {
  /** Topics held at once. Another one is refused EXHAUSTED until an idle one can go. About 1.5 KiB each beside their history. */
  topicsMax: 1_000_000,
  /**
   * Of all histories together; sane from 16 MiB to half the memory of the process. Beyond it, the topics that were not
   * published to for longest lose their history.
   */
  historyTotalBytesMax: 1024 * MIB,
  /** A longer publisher id is INVALID. */
  publisherIdLengthMax: 1024,
  /** A full node evicts topics without interest that were idle for this long, before their time. At least `sweepMs`. */
  evictableAfterMs: 5000,
  /** Clients of a router that went are expected back for this long; more than the SDKs' retry of 0.5 s. */
  orphansMs: 5_000,
  sweepMs: 5000,

  /** Links at once; routers have one each, and for a moment two. */
  linksMax: 4096,
  /** Unsent to one router; beyond it the link is closed. A router that is behind costs at most this. */
  linkBytesMax: 64 * MIB,
  /** Handed to a link's stream and not written; what is beyond waits where it can still be merged. */
  linkInFlightBytesMax: 4 * MIB,
  /** The largest batch taken from a router. More than `batchBytesMax` and the largest message together. */
  linkMessageBytesMax: 32 * MIB,
  /** A batch is sent before the end of the event-loop turn when it is larger. */
  batchBytesMax: MIB,
  /** Of one answer to a replay; the newest items that fit are sent. A router must take batches that much larger. */
  replayBytesMax: 16 * MIB,
  /** A batch is sent at least this often, an empty one if need be. */
  linkHeartbeatMs: 200,
  /** A router not heard for so long is dead. Several heartbeats. */
  linkSilenceMsMax: 900,
  /** A timer this late says that this process stood still; routers get one more period. */
  linkLateMsMax: 250,
  /**
   * A process that stood still for this long serves nothing until the operator confirms what it holds. At most half of
   * the time after which the operator gives an owner up (`unreadyMsMax`): by then it is noticed for certain. More than what
   * garbage collection or a busy machine may cost.
   */
  standstillMsMin: 5000,
  /**
   * It serves again without a word of an operator after this time. An operator that is there and reaches this node asks
   * every 2 s: one that doesn't within several times that is away, and then nobody changes owners.
   */
  standstillHoldMsMax: 15_000,
  /**
   * Topics in one handoff. They are sealed together: each is without an owner until the target has them all. More make
   * a move faster and the pauses longer.
   */
  handoffTopicsMax: 50,
  /** Of items and names in one handoff; a topic beyond it goes alone. */
  handoffBytesMax: 256 * KIB,
  /** Of the items of one topic: of a larger history the newest that fit go along. Less than `linkMessageBytesMax`. */
  handoffItemsBytesMax: 16 * MIB,
  /** Handoffs to one target that aren't answered. Two keep it busy while an answer is on its way. */
  handoffsInFlightMax: 2,
  /** A handoff without an answer goes out again, through another link if there is one. */
  handoffTimeoutMs: 500,
  /** It may take longer by its bytes, over two hops beside everything else: a large one isn't sent twice for being large. */
  handoffBytesPerSecondMin: 4 * MIB,
  /**
   * Names of topics that came and found no room, until the move is over. Requests for further ones wait until their source
   * has handed over the rest. Some 100 bytes each.
   */
  refusedTopicsMax: 100_000,
  /** The same for one that a target or a router couldn't take yet. */
  handoffRetryMs: 20,
  /** Publishes and interests that wait at an heir for topics to arrive. Beyond it they are refused. */
  waitingMax: 50_000,
  /** Of their payloads and names. */
  waitingBytesMax: 64 * MIB,

  /** A node that was told to end waits for its topics to be moved away; less than what kills it. */
  evacuateMsMax: 50_000,
  /**
   * It ends sooner when for this long no operator has said a word, which each does every 2 s, and no router has had a link:
   * its cluster is deleted. More than a router or an operator needs to be back.
   */
  unattendedMsMax: 15_000,
  /** A node that has nothing any more answers routers that still ask, at most for this long. */
  partMsMax: 5000,
  /** What stopping may take; links that did not drain by then are cut. */
  stopMsMax: 3000,
};

export interface StorageConfig {
  /** The stable pod name. */
  readonly name: string;
  /** namespace/name/uid */
  readonly cluster: string;
  /** host:port each; port 0: any free one. */
  readonly linkAddress: string;
  readonly controlAddress: string;
  readonly adminAddress: string;
  /** A topology as JSON, read once at the start if it is there. */
  readonly topologyFile?: string;
  /** Default: info. */
  readonly logLevel?: LogLevel;
  /** Defaults: `storageBounds`. */
  readonly bounds?: Partial<StorageBounds>;
}
