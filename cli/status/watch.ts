import type { Paint } from '../terminal/index.ts';

/** What one look at a cluster gave. */
export type Look =
  | { readonly kind: 'seen'; readonly text: string }
  /** Nothing could be seen, and why, for people. */
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * What whoever watches knows:
 * - waiting: nothing was seen yet
 * - current: the last look saw `text`
 * - stale: the last look saw nothing; `text` is of an earlier one
 */
export type Watching =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'current'; readonly text: string; readonly seenMs: number }
  | {
      readonly kind: 'stale';
      readonly text: string;
      readonly seenMs: number;
      /** The first look that saw nothing. */
      readonly sinceMs: number;
    };

export interface WatchStep {
  readonly watching: Watching;
  /** All that a screen shows. */
  readonly screen: string;
  /** What is new for a reader of lines: the cluster, on `out`; what happened to the watching, on `err`. */
  readonly lines: readonly { readonly to: 'out' | 'err'; readonly text: string }[];
}

/** What there is to show after a look. However long nothing can be seen, a reader of lines is told of it once. */
export function afterLook(
  before: Watching | undefined,
  look: Look,
  wallMs: number,
  paint: Paint,
): WatchStep {
  if (look.kind === 'seen') return seen(before, look.text, wallMs);
  const { why } = look;
  if (before === undefined || before.kind === 'waiting') {
    const text = `waiting for a cluster: ${why}`;
    const lines = before === undefined ? [{ to: 'err' as const, text }] : [];
    return { watching: { kind: 'waiting' }, screen: text, lines };
  }
  const { text, seenMs } = before;
  const time = timeOf(seenMs);
  const told = `${why}\nthe last status is of ${time}; trying again until there is another`;
  return {
    watching: {
      kind: 'stale',
      text,
      seenMs,
      sinceMs: before.kind === 'stale' ? before.sinceMs : wallMs,
    },
    screen: `${paint('yellow', `STALE, as it was at ${time}:`)} ${why}\n\n${text}`,
    lines: before.kind === 'current' ? [{ to: 'err', text: told }] : [],
  };
}

function seen(before: Watching | undefined, text: string, wallMs: number): WatchStep {
  const known = before === undefined || before.kind === 'waiting' ? undefined : before.text;
  const back =
    before?.kind === 'stale'
      ? `the status can be had again, after ${Math.ceil((wallMs - before.sinceMs) / 1000)} s`
      : undefined;
  return {
    watching: { kind: 'current', text, seenMs: wallMs },
    screen: text,
    lines: [
      ...(back === undefined ? [] : [{ to: 'err' as const, text: back }]),
      ...(text === known ? [] : [{ to: 'out' as const, text }]),
    ],
  };
}

/** Of the day, where the reader is. */
function timeOf(wallMs: number): string {
  return new Date(wallMs).toTimeString().slice(0, 8);
}
