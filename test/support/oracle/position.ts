/** {page, sequence} of one item; both from 1. In what a stream asked for, page 0 means: whichever is current. */
export interface Position {
  readonly page: number;
  readonly sequence: number;
}

/** Items that a subscription was told it will not get: those after `after`, up to and including `upTo`. */
export interface Gap {
  /** Undefined: the reader held no position, so everything up to `upTo` is meant. */
  readonly after: Position | undefined;
  readonly upTo: Position;
  /** When the notice came, on the oracle's count of events. */
  readonly at: number;
}

/** Pages first: a later page is after everything of an earlier one. */
export function comparePositions(a: Position, b: Position): number {
  return a.page - b.page || a.sequence - b.sequence;
}

export function liesIn(gap: Gap, position: Position): boolean {
  if (comparePositions(position, gap.upTo) > 0) return false;
  return gap.after === undefined || comparePositions(position, gap.after) > 0;
}

/** The numbering started again: how many items were lost on the earlier page is not known to the reader. */
export function crossesPages(gap: Gap): boolean {
  return gap.after === undefined || gap.after.page !== gap.upTo.page;
}

export function show(position: Position): string {
  return `${position.sequence} of page ${position.page}`;
}
