import type { Paint } from '../terminal/index.ts';

/** What one look at a cluster gave. */
export type Look =
  | {
      readonly kind: 'seen';
      readonly text: string;
      /** What is another when the cluster is: without its age. Default: the text. */
      readonly key?: string;
    }
  /** There is none, and whoever was asked knows it. `what` it is that isn't there, `why` for people. */
  | { readonly kind: 'absent'; readonly what: string; readonly why: string }
  /** Nothing could be seen, and why, for people. */
  | { readonly kind: 'unseen'; readonly why: string };

/**
 * What whoever watches knows:
 * - waiting: nothing was seen yet
 * - current: the last look saw `text`
 * - stale: the last look saw nothing; `text` is of an earlier one
 * - deleted: what was seen earlier isn't there any more
 */
export type Watching =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'current';
      readonly text: string;
      readonly key: string;
      readonly seenMs: number;
    }
  | {
      readonly kind: 'stale';
      readonly text: string;
      readonly key: string;
      readonly seenMs: number;
      /** The first look that saw nothing. */
      readonly sinceMs: number;
    }
  | { readonly kind: 'deleted'; readonly what: string; readonly sinceMs: number };

export interface WatchStep {
  readonly watching: Watching;
  /** All that a screen shows. */
  readonly screen: string;
  /** What is new for a reader of lines: the cluster, on `out`; what happened to the watching, on `err`. */
  readonly lines: readonly WatchLine[];
}

export interface WatchLine {
  readonly to: 'out' | 'err';
  readonly text: string;
}

/** What there is to show after a look. However long nothing can be seen, a reader of lines is told of it once. */
export function afterLook(
  before: Watching | undefined,
  look: Look,
  wallMs: number,
  paint: Paint,
): WatchStep {
  if (look.kind === 'seen') return seen(before, look, wallMs);
  if (before === undefined || before.kind === 'waiting') return waiting(before, look.why);
  if (look.kind === 'absent') return deleted(before, look.what, wallMs, paint);
  // It was gone before nothing could be seen, and so nothing is stale.
  if (before.kind === 'deleted') return deleted(before, before.what, wallMs, paint, look.why);
  return stale(before, look.why, wallMs, paint);
}

function seen(
  before: Watching | undefined,
  { text, key = text }: Extract<Look, { kind: 'seen' }>,
  wallMs: number,
): WatchStep {
  const isKnown = before?.kind === 'current' || before?.kind === 'stale';
  const news = newsOf(before, wallMs);
  return {
    watching: { kind: 'current', text, key, seenMs: wallMs },
    screen: text,
    lines: [
      ...(news === undefined ? [] : [told(news)]),
      ...(isKnown && key === before.key ? [] : [{ to: 'out' as const, text }]),
    ],
  };
}

/** What ended with this look. */
function newsOf(before: Watching | undefined, wallMs: number): string | undefined {
  if (before?.kind === 'stale') {
    return `the status can be had again, after ${secondsSince(before.sinceMs, wallMs)} s`;
  }
  return before?.kind === 'deleted'
    ? `${before.what} was made again, after ${secondsSince(before.sinceMs, wallMs)} s`
    : undefined;
}

function waiting(before: Watching | undefined, why: string): WatchStep {
  const text = `waiting for a cluster: ${why}`;
  const lines = before === undefined ? [told(text)] : [];
  return { watching: { kind: 'waiting' }, screen: text, lines };
}

function deleted(
  before: Watching,
  what: string,
  wallMs: number,
  paint: Paint,
  trouble?: string,
): WatchStep {
  const isNew = before.kind !== 'deleted';
  const sinceMs = isNew ? wallMs : before.sinceMs;
  const text = `${what} was deleted; waiting for another of its name`;
  const more = trouble === undefined ? '' : `\n${trouble}`;
  return {
    watching: { kind: 'deleted', what, sinceMs },
    screen: `${paint('yellow', `DELETED by ${timeOf(sinceMs)}:`)} ${text}${more}`,
    lines: isNew ? [told(text)] : [],
  };
}

function stale(
  before: Extract<Watching, { text: string }>,
  why: string,
  wallMs: number,
  paint: Paint,
): WatchStep {
  const { text, key, seenMs } = before;
  const time = timeOf(seenMs);
  const sinceMs = before.kind === 'stale' ? before.sinceMs : wallMs;
  const news = `${why}\nthe last status is of ${time}; trying again until there is another`;
  return {
    watching: { kind: 'stale', text, key, seenMs, sinceMs },
    screen: `${paint('yellow', `STALE, as it was at ${time}:`)} ${why}\n\n${text}`,
    lines: before.kind === 'current' ? [told(news)] : [],
  };
}

/** A cluster among others that follow one another, for people. */
export function framed(text: string, wallMs: number, isFirst: boolean): string {
  return `${isFirst ? '' : '\n'}${timeOf(wallMs)}\n${text}`;
}

function told(text: string): WatchLine {
  return { to: 'err', text };
}

function secondsSince(sinceMs: number, wallMs: number): number {
  return Math.ceil((wallMs - sinceMs) / 1000);
}

/** Of the day, where the reader is. */
function timeOf(wallMs: number): string {
  return new Date(wallMs).toTimeString().slice(0, 8);
}
