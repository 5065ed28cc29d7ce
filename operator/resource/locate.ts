import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';
import type { Problem } from './validate.ts';

/**
 * The offset in the text at which a person should look for a problem: its value, or the name of the field when that
 * is what is wrong; for what isn't there, the closest thing around it.
 */
export function locate(document: Document, { path, atKey }: Problem): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((candidate) => nameOf(candidate) === String(step));
      if (!pair) return offset;
      const isLast = depth === path.length - 1;
      const keyOffset = startOf(pair.key) ?? offset;
      if (atKey && isLast) return keyOffset;
      offset =
        isScalar(pair.value) && pair.value.value === null
          ? keyOffset
          : (startOf(pair.value) ?? keyOffset);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function nameOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
