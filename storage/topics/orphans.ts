import type { Orphans, Topic } from './topic.ts';

/** Where the first of those who are expected back may have been. */
export function orphansAfter({ orphans }: Topic, nowMs: number): number | undefined {
  if (orphans.length === 0) return undefined;
  const expected = orphans.filter(({ untilMs }) => untilMs > nowMs);
  return expected.length > 0 ? Math.min(...expected.map(({ after }) => after)) : undefined;
}

/** Expects more of them; forgets those whose time is over. */
export function expectOrphans(topic: Topic, mark: Orphans, nowMs: number): void {
  topic.orphans = [...topic.orphans.filter(({ untilMs }) => untilMs > nowMs), mark];
}
