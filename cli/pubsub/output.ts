import { once } from 'node:events';
import type { pubsub } from '../../proto/index.ts';
import { paintFor } from '../terminal/index.ts';
import { discontinuityJson, discontinuityText, itemBytes, itemJson, itemText } from './format.ts';

/** Where a subscription goes. What is returned is to be waited for before more is written. */
export interface Output {
  item(item: pubsub.TopicItem): Promise<void> | undefined;
  /** @param page the one held before, 0 when none. */
  discontinuity(gap: pubsub.Discontinuity, page: number): Promise<void> | undefined;
  /** For the person who watches; nothing when nobody does. */
  note(text: string): void;
  /** For whoever reads, person or log: the stream of items is not as it should be, or is so again. */
  warn(text: string): void;
}

/** Items on `out`; notes, and in text mode discontinuities, on `err`. */
export function outputFor(out: NodeJS.WriteStream, err: NodeJS.WriteStream, json: boolean): Output {
  const paint = paintFor(out, process.env);
  const paintErr = paintFor(err, process.env);
  const write = (line: string | Buffer): Promise<void> | undefined => {
    const more = out.write(line);
    return more ? undefined : once(out, 'drain').then(() => {});
  };
  const note = (text: string): void => {
    if (err.isTTY) err.write(`${paintErr('dim', text)}\n`);
  };
  const warn = (text: string): void => void err.write(`${paintErr('yellow', text)}\n`);
  if (json) {
    return {
      warn,
      item: (item) => write(`${itemJson(item)}\n`),
      discontinuity: (gap) => write(`${discontinuityJson(gap)}\n`),
      note,
    };
  }
  return {
    warn,
    item: (item) =>
      out.isTTY
        ? write(`${itemText(item, paint)}\n`)
        : write(Buffer.concat([itemBytes(item), Buffer.from('\n')])),
    discontinuity(gap, page) {
      err.write(`${paintErr('yellow', discontinuityText(gap, page))}\n`);
      return undefined;
    },
    note,
  };
}
