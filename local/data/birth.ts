import { type PageParts, pageOriginAt } from '../../topology/index.ts';

/** The highest page origin and epoch that an earlier cluster of this folder is known to have used. */
export type Earlier = Pick<PageParts, 'pageOrigin' | 'epoch'>;

/**
 * When a new cluster counts as born, in milliseconds since 1970: now, or later by as much as is needed for its pages
 * to be larger than all of the earlier one. Clients that come back after a restart then see a new, larger page.
 */
export function birthAfter(earlier: Earlier | undefined, nowMs: number): number {
  if (!earlier) return nowMs;
  // The last epoch may not have reached the disk: one more.
  const aboveSeconds = earlier.pageOrigin + earlier.epoch + 2;
  const missingSeconds = Math.max(0, aboveSeconds - pageOriginAt(nowMs));
  return nowMs + missingSeconds * 1000;
}
