import { lossOf } from './failure.ts';
import type { Start } from './position.ts';

export interface Interrupted {
  readonly endpoint: string;
  /** There is a connection all the same: the cluster has ended the stream. */
  readonly connected: boolean;
  /** What is asked for on return. */
  readonly at: Start;
}

/** What is told when a subscription breaks off. `details`: gRPC's. */
export function interruptedText(details: string, { endpoint, connected, at }: Interrupted): string {
  const what = connected
    ? `subscription ended by ${endpoint} (${details})`
    : `connection to ${endpoint} lost (${lossOf(details)})`;
  // Without a position, nobody can say what was missed: no discontinuity comes.
  const unseen = at.sequence === 0 ? '; what is published until it is back is not seen' : '';
  return `${what}; trying again${unseen}`;
}

/** What is told when it is back. */
export function backText({ sequence }: Start): string {
  if (sequence === 0) return 'back';
  return sequence === 1
    ? 'back, beginning with item 1'
    : `back, going on after item ${sequence - 1}`;
}
