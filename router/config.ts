import type { LogLevel } from '../runtime/index.ts';
import type { CertificateFiles, EdgeConfig } from './edge/index.ts';

/** Bounds and times of a router. Bytes and milliseconds. */
export interface RouterBounds {
  /** What waits for one slow client before it skips. 64 KiB to 64 MiB. */
  readonly outboxBytesMax: number;
  /** What waits for all slow clients together. Below the memory limit by the size of everything else. */
  readonly outboxesBytesMax: number;
  /** Consecutive items are handed to clients in runs up to this size. 4 KiB to 1 MiB. */
  readonly runBytesMax: number;
  /** Publishes that wait for an answer or an owner: payloads, and 256 bytes for each. */
  readonly publishesBytesMax: number;
  /** How long a publish waits for an owner that can take it, and for its answer. Below the clients' 5 s. */
  readonly publishWaitMsMax: number;
  /** A subscription hears its first heartbeat after this long even when no owner has answered yet. */
  readonly settleMsMax: number;
  /** Interest in a topic outlives its last subscription by this much, so a client that comes back finds it. */
  readonly lingerMs: number;
  /**
   * Clients of another router that went are expected back for this long, and get what came since even when they can't
   * say where they were. More than the SDKs' retry of 0.5 s.
   */
  readonly orphansMs: number;
  /** Unsent bytes on a link above which publishes are refused, and above half of which handoffs are. */
  readonly linkBytesMax: number;
  /** Handoffs to one storage node that may wait for its answer; more are answered NOT_YET. */
  readonly handoffsMax: number;
  /**
   * Topics of a move of which this router remembers that their heirs have them, some 100 bytes each. The source of a
   * forgotten one is asked again: one more hop.
   */
  readonly passedOnMax: number;
  /** A link that is silent this long is dead. Above 4 heartbeats. */
  readonly linkSilenceMsMax: number;
  readonly linkHeartbeatMs: number;
  /** A timer this late says that this process stood still; storage nodes get one more period. */
  readonly linkLateMsMax: number;
  /** Longest pause between two tries to open a link. */
  readonly linkRetryMsMax: number;
  /**
   * A link's ends that hold different topologies for so long bring each other the later one. An operator that is there is
   * quicker; far below `publishWaitMsMax`, as publishes wait for it when there is none.
   */
  readonly spreadAfterMs: number;
  /** Between leaving the rotation and moving the first client: time for load balancers to take note. */
  readonly leaveRotationMs: number;
  /** On SIGTERM: time over which clients are moved. */
  readonly drainMs: number;
  /** Canary items that a warm-up passes through every storage node. */
  readonly warmUpItems: number;
  /** A warm-up in which nothing arrives from a storage node for this long, while its link is open, has failed. */
  readonly warmUpStallMsMax: number;
  /** Between a fault and the next warm-up. */
  readonly warmUpAgainMs: number;
  /** From one canary to the next of the same storage node. */
  readonly canaryMs: number;
  /** A router to which no canary came for this long, from any storage node, is not ready. Above 4 canaries. */
  readonly canarySilenceMsMax: number;
}

export const routerBounds: RouterBounds = {
  outboxBytesMax: 2 * 1024 * 1024,
  outboxesBytesMax: 256 * 1024 * 1024,
  runBytesMax: 64 * 1024,
  publishesBytesMax: 64 * 1024 * 1024,
  publishWaitMsMax: 4_000,
  settleMsMax: 1_000,
  lingerMs: 2_000,
  orphansMs: 5_000,
  linkBytesMax: 64 * 1024 * 1024,
  handoffsMax: 1_024,
  passedOnMax: 200_000,
  linkSilenceMsMax: 900,
  linkHeartbeatMs: 200,
  linkLateMsMax: 250,
  linkRetryMsMax: 500,
  spreadAfterMs: 250,
  leaveRotationMs: 500,
  drainMs: 2_500,
  warmUpItems: 256,
  warmUpStallMsMax: 10_000,
  warmUpAgainMs: 3_000,
  canaryMs: 250,
  canarySilenceMsMax: 3_000,
};

export interface RouterConfig {
  readonly name: string;
  /** namespace/name/uid */
  readonly cluster: string;
  /** host:port for clients; port 0: any free one. */
  readonly clientAddress: string;
  readonly controlAddress: string;
  readonly adminAddress: string;
  /** The mounted topology, read at start if it exists. */
  readonly topologyFile: string | undefined;
  readonly logLevel: LogLevel;
  readonly bounds: RouterBounds;
  /** With it, clients of other machines speak TLS. */
  readonly clientTls?: CertificateFiles | undefined;
  /** Bounds of the client port that differ from their defaults. */
  readonly edge: Partial<EdgeConfig>;
}
