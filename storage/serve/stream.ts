import type { link } from '../../proto/index.ts';

/** How a stream ends when this side ends it with an error: a gRPC status. */
export interface StreamStatus {
  readonly code: number;
  readonly details: string;
}

/** One stream of a router, as a link needs it. `onBatch` and `onEnd` are set once, before anything can come. */
export interface RouterStream {
  /** For logs: where it comes from. */
  readonly peer: string;
  /** @param written called when the batch has left this process, in order; not if the stream ends before. */
  write(batch: link.StorageBatch, written: () => void): void;
  onBatch(take: (batch: link.RouterBatch) => void): void;
  /** The other side ended it, or the connection broke; the reason is for people. */
  onEnd(end: (reason: string) => void): void;
  /** @param status undefined: without an error */
  end(status: StreamStatus | undefined): void;
}
