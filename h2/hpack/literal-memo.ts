import type { Field } from './field.ts';

const slotCount = 4;
/** Of the octets of a value. Credentials are the longest that come again and again. */
const valueBytesMax = 1024;

interface Slot {
  sketch: number;
  /** Set when a field with that sketch came for the second time. */
  octets: Uint8Array | undefined;
  field: Field | undefined;
}

/**
 * Fields that a sender keeps out of its table but sends with every request, `:path` and `authorization` above all: the last
 * value of a few names, as octets and as the field that they are. Nothing is kept of what came only once, which is all that
 * a connection with one long request sends. Belongs to one connection: whether a value is known must not be told to others.
 */
export class LiteralMemo {
  #slots: (Slot | undefined)[] = [];

  /** The field that `name` and these octets of a value mean, if they were kept. */
  find(
    name: string,
    neverIndexed: boolean,
    octets: Uint8Array,
    start: number,
    end: number,
  ): Field | undefined {
    const slot = this.#slots[slotOf(name)];
    const field = slot?.field;
    if (field === undefined || field.name !== name || field.neverIndexed !== neverIndexed) {
      return undefined;
    }
    return isSame(slot?.octets as Uint8Array, octets, start, end) ? field : undefined;
  }

  /** These octets of a value mean `field`. */
  keep(field: Field, octets: Uint8Array, start: number, end: number): void {
    if (end - start > valueBytesMax) return;
    const sketch = sketchOf(octets, start, end);
    const at = slotOf(field.name);
    const slot = this.#slots[at];
    if (slot?.sketch === sketch) {
      // A copy: the `slice` of a Buffer would keep all alive that came with the block.
      slot.octets = new Uint8Array(octets.subarray(start, end));
      slot.field = field;
    } else {
      this.#slots[at] = { sketch, octets: undefined, field: undefined };
    }
  }
}

function slotOf(name: string): number {
  return (name.length * 31 + name.charCodeAt(name.length - 1)) & (slotCount - 1);
}

/** Tells most values apart. */
function sketchOf(octets: Uint8Array, start: number, end: number): number {
  let sketch = end - start;
  for (let at = start; at < end; at += 1) sketch = (sketch * 31 + (octets[at] as number)) | 0;
  return sketch;
}

function isSame(kept: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
  const { length } = kept;
  if (end - start !== length) return false;
  for (let at = 0; at < length; at += 1) if (kept[at] !== octets[start + at]) return false;
  return true;
}
