import { status } from '@grpc/grpc-js';

/**
 * Why a link ended.
 * refused: the router belongs elsewhere. full: too many links. violation: it broke the protocol. silent: it was not heard for
 * too long. slow: it doesn't read what it asked for. stopping: this process ends. gone: the router, or its
 * connection, ended it.
 */
export type EndReason = 'refused' | 'full' | 'violation' | 'silent' | 'slow' | 'stopping' | 'gone';

export interface Ending {
  readonly reason: EndReason;
  /** For people; sent to the router. */
  readonly message: string;
}

const statuses: Readonly<Record<EndReason, status>> = {
  refused: status.FAILED_PRECONDITION,
  full: status.RESOURCE_EXHAUSTED,
  violation: status.INVALID_ARGUMENT,
  silent: status.UNAVAILABLE,
  slow: status.RESOURCE_EXHAUSTED,
  stopping: status.UNAVAILABLE,
  gone: status.OK,
};

/** What the router's end of the stream is told. */
export function statusOf({ reason, message }: Ending): { code: status; details: string } {
  return { code: statuses[reason], details: message };
}
