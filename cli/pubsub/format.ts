import { isUtf8 } from 'node:buffer';
import type { pubsub } from '../../proto/index.ts';
import type { Paint } from '../terminal/index.ts';

/** One line of JSON for one item. */
export function itemJson(item: pubsub.TopicItem): string {
  const kind = item.value?.kind;
  return JSON.stringify({
    sequence: item.topicSequenceNumber,
    page: item.sequencePage,
    ...(kind?.$case === 'text' && { text: kind.value }),
    ...(kind?.$case === 'binary' && { binary: Buffer.from(kind.value).toString('base64') }),
    ...(item.publisherId !== '' && { publisherId: item.publisherId }),
  });
}

/** One line of JSON for a gap: what follows is `newSequence` + 1 of `newPage`. */
export function discontinuityJson(gap: pubsub.Discontinuity): string {
  return JSON.stringify({
    discontinuity: {
      lastSequence: gap.lastTopicSequence,
      newSequence: gap.newTopicSequence,
      newPage: gap.newSequencePage,
    },
  });
}

/** A gap for people. `page`: the one held before, 0 when none. */
export function discontinuityText(gap: pubsub.Discontinuity, page: number): string {
  const { lastTopicSequence: last, newTopicSequence: next, newSequencePage } = gap;
  if (page !== 0 && page !== newSequencePage) {
    return `discontinuity: the numbering began anew (page ${newSequencePage}); items before it may be missing`;
  }
  const missing = next - last;
  if (missing === 1) return `discontinuity: item ${next} is missing`;
  if (missing > 1) return `discontinuity: items ${last + 1} to ${next} are missing`;
  return `discontinuity: going on after item ${next} of page ${newSequencePage}`;
}

/** What goes to a pipe or a file: the payload as it is. */
export function itemBytes(item: pubsub.TopicItem): Buffer {
  const kind = item.value?.kind;
  return kind?.$case === 'text' ? Buffer.from(kind.value) : Buffer.from(kind?.value ?? []);
}

const shownBytesMax = 32;

/** What goes to a terminal: nothing that it would take for a command. */
export function itemText(item: pubsub.TopicItem, paint: Paint): string {
  const bytes = itemBytes(item);
  if (item.value?.kind?.$case === 'text' || isPrintable(bytes)) return harmless(bytes.toString());
  const hex = bytes
    .subarray(0, shownBytesMax)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  const more = bytes.length > shownBytesMax ? ' ...' : '';
  return paint('dim', `${bytes.length} bytes: ${hex}${more}`);
}

function isPrintable(bytes: Buffer): boolean {
  const text = bytes.toString();
  return bytes.length > 0 && isUtf8(bytes) && text === harmless(text);
}

/** Control characters but tab and newline become visible, as `\u001b`. */
function harmless(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
