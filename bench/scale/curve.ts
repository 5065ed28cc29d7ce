/** How much is to be carried, at one time. */
export interface Wanted {
  readonly subscriptions: number;
  readonly publishesPerSecond: number;
}

export interface Phase {
  readonly name: string;
  readonly fromSecond: number;
}

/** Load that grows, stays, jumps, and goes again; a pure function of time. */
export interface Curve {
  readonly phases: readonly Phase[];
  readonly seconds: number;
  at(second: number): Wanted;
}

/** Parts of the whole curve, and what there is at the end of each, of the largest load. Without a name: not marked. */
const shape = [
  { name: '', part: 0.04, to: 0.1 },
  { name: 'ramp', part: 0.26, to: 0.6 },
  { name: 'plateau', part: 0.16, to: 0.6 },
  { name: 'spike', part: 0.02, to: 1 },
  { name: '', part: 0.12, to: 1 },
  { name: 'fall', part: 0.1, to: 0.1 },
  { name: 'rest', part: 0.3, to: 0.1 },
] as const;

/** @param peak when all of it is there. */
export function loadCurve(seconds: number, peak: Wanted): Curve {
  let [from, start] = [shape[0].to as number, 0];
  const pieces = shape.map(({ name, part, to }) => {
    const piece = { name, start, end: start + part * seconds, from, to };
    [from, start] = [to, piece.end];
    return piece;
  });
  return {
    seconds,
    phases: pieces
      .filter(({ name }) => name !== '')
      .map(({ name, start: fromSecond }) => ({ name, fromSecond })),
    at(second) {
      const piece = pieces.find(({ end }) => second < end) ?? pieces.at(-1);
      if (!piece) throw new Error('a curve has pieces');
      const along = Math.min(1, Math.max(0, (second - piece.start) / (piece.end - piece.start)));
      const share = piece.from + (piece.to - piece.from) * along;
      return {
        subscriptions: Math.round(share * peak.subscriptions),
        publishesPerSecond: share * peak.publishesPerSecond,
      };
    },
  };
}
