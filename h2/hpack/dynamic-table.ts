import { type Field, fieldBytes, fieldOverheadBytes } from './field.ts';

/** What a table has room for before its reader or its sender says otherwise (RFC 9113 section 6.5.2). */
export const initialTableBytes = 4096;

const firstSlots = 8;

/**
 * What the sender put into its table, newest first, within `bytesMax` (RFC 7541 section 2.3.2). A ring: the newest is at
 * `#newest`, older ones below it.
 */
export class DynamicTable {
  #slots: (Field | undefined)[] = [];
  #newest = -1;
  #count = 0;
  #bytes = 0;
  #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** As RFC 7541 section 4.1 counts. */
  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** @param age 0 is the newest */
  at(age: number): Field | undefined {
    if (age >= this.#count) return undefined;
    return this.#slots[(this.#newest - age) & (this.#slots.length - 1)];
  }

  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#evictTo(bytesMax);
  }

  /** Would be inserted, and not just empty the table. */
  hasRoomFor(nameBytes: number, valueBytes: number): boolean {
    return nameBytes + valueBytes + fieldOverheadBytes <= this.#bytesMax;
  }

  /** A field that is larger than the table empties it, which is no error (RFC 7541 section 4.4). */
  insert(added: Field): void {
    const bytes = fieldBytes(added);
    this.#evictTo(this.#bytesMax - bytes);
    if (bytes > this.#bytesMax) return;
    if (this.#count === this.#slots.length) this.#grow();
    this.#newest = (this.#newest + 1) & (this.#slots.length - 1);
    this.#slots[this.#newest] = added;
    this.#count += 1;
    this.#bytes += bytes;
  }

  clear(): void {
    this.#evictTo(0);
  }

  #evictTo(bytesMax: number): void {
    while (this.#count > 0 && this.#bytes > bytesMax) {
      const oldest = (this.#newest - this.#count + 1) & (this.#slots.length - 1);
      this.#bytes -= fieldBytes(this.#slots[oldest] as Field);
      this.#slots[oldest] = undefined;
      this.#count -= 1;
    }
  }

  /** Doubled, so that ages are found with a mask. Bounded by what `bytesMax` has room for. */
  #grow(): void {
    const count = this.#count;
    const slots: (Field | undefined)[] = new Array(Math.max(firstSlots, 2 * count)).fill(undefined);
    for (let age = 0; age < count; age += 1) slots[count - 1 - age] = this.at(age);
    this.#slots = slots;
    this.#newest = count - 1;
  }
}
