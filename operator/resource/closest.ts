/** The candidate that `word` was probably meant to be: few typing errors away, or the same but for case. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const typosMax = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly typos: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > typosMax) continue;
    const typos = distance(word.toLowerCase(), candidate.toLowerCase());
    if (typos <= typosMax && typos < (best?.typos ?? Number.POSITIVE_INFINITY)) {
      best = { candidate, typos };
    }
  }
  return best?.candidate;
}

/** Letters to insert, remove or replace to make `b` of `a` (Levenshtein). */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
