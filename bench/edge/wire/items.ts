import { prefixBytes } from './prefix.ts';

/** First bytes of the three kinds of `_SubscriptionItem`, fields 1 to 3 of bytes each. */
const itemTag = 0x0a;
const heartbeatTag = 0x1a;

/** The messages of one subscription, told apart by their first byte and not decoded. */
export class ItemCounter {
  /** Of items; heartbeats are none. */
  items = 0;
  messages = 0;
  /** A subscription was told that it misses something. */
  isTornBy: number | undefined;
  /** Bytes of the message under way that are still to come. */
  #missing = 0;
  /** Of a prefix, and the byte after it, of which only a part has come. */
  #part: Buffer | undefined;

  push(bytes: Buffer, start: number, end: number): void {
    if (this.#part) {
      const whole = Buffer.concat([this.#part, bytes.subarray(start, end)]);
      this.#part = undefined;
      this.push(whole, 0, whole.length);
      return;
    }
    let at = start + this.#missing;
    this.#missing = 0;
    while (at + prefixBytes < end) {
      this.#count(bytes[at + prefixBytes]);
      at += prefixBytes + bytes.readUInt32BE(at + 1);
    }
    if (at > end) this.#missing = at - end;
    else if (at < end) this.#part = Buffer.from(bytes.subarray(at, end));
  }

  #count(tag: number | undefined): void {
    this.messages += 1;
    if (tag === itemTag) this.items += 1;
    else if (tag !== heartbeatTag) this.isTornBy = tag;
  }
}
