import { pubsub } from '../../proto/index.ts';
import type { Frame, Position } from '../service.ts';

const PREFIX_BYTES = 5;

/** Puts the gRPC prefix (flag 0, big-endian length) before each message; one frame, one buffer, one copy. */
export function frameOf(messages: readonly Uint8Array[]): Frame {
  let size = 0;
  for (const message of messages) size += PREFIX_BYTES + message.length;
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const message of messages) {
    bytes[offset] = 0;
    bytes.writeUInt32BE(message.length, offset + 1);
    bytes.set(message, offset + PREFIX_BYTES);
    offset += PREFIX_BYTES + message.length;
  }
  return { bytes };
}

/** A frame of consecutive items of one page, and where it leaves whoever takes it. */
export interface Run {
  readonly frame: Frame;
  readonly items: number;
  /** Position of the last item. */
  readonly last: Position;
}

/**
 * Cuts consecutive items into runs of at most `runBytesMax` (a larger item is a run of its own), encoded once for
 * all who will take them. `firstSequence` is that of items[0].
 */
export function runsOf(
  page: number,
  firstSequence: number,
  items: readonly Uint8Array[],
  runBytesMax: number,
): Run[] {
  const runs: Run[] = [];
  let start = 0;
  while (start < items.length) {
    let end = start;
    let size = 0;
    for (; end < items.length; end++) {
      const next = PREFIX_BYTES + (items[end] as Uint8Array).length;
      if (end > start && size + next > runBytesMax) break;
      size += next;
    }
    runs.push({
      frame: frameOf(items.slice(start, end)),
      items: end - start,
      last: { page, sequence: firstSequence + end - 1 },
    });
    start = end;
  }
  return runs;
}

/** The heartbeat, the same for every stream. */
export const heartbeatFrame: Frame = frameOf([
  pubsub.SubscriptionItem.encode({ kind: { $case: 'heartbeat', value: {} } }).finish(),
]);

/**
 * The notice that items are missing: those after `lastSequence` up to and including `reached.sequence`.
 * @param lastSequence the last one known to the client, 0 when it knows none
 * @param reached the position right before the next item
 */
export function discontinuityFrame(lastSequence: number, reached: Position): Frame {
  return frameOf([
    pubsub.SubscriptionItem.encode({
      kind: {
        $case: 'discontinuity',
        value: {
          lastTopicSequence: lastSequence,
          newTopicSequence: reached.sequence,
          newSequencePage: reached.page,
        },
      },
    }).finish(),
  ]);
}
