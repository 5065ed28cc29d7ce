/** One event of a history, as data. */
export type Told =
  | { readonly kind: 'start'; readonly publisher: string; readonly payload: string }
  | { readonly kind: 'ack' | 'fail'; readonly payload: string }
  | { readonly kind: 'open'; readonly stream: string; readonly asked: Place | undefined }
  | {
      readonly kind: 'item';
      readonly stream: string;
      readonly place: Place;
      readonly payload: string;
    }
  | { readonly kind: 'gap'; readonly stream: string; readonly last: number; readonly next: Place }
  | { readonly kind: 'end'; readonly stream: string };

interface Place {
  readonly page: number;
  readonly sequence: number;
}

interface Reader {
  readonly name: string;
  streams: number;
  live: boolean;
  /** The last item received, or what a notice said instead. */
  held: Place;
  /** Something was received, so a resumption can name a position. */
  knows: boolean;
}

const publishers = ['p', 'q'];

/** A topic as it ought to be, driven by any choices: every history it tells is sound. */
export class SoundHistory {
  readonly told: Told[] = [];
  readonly #readers: Reader[] = [];
  #items: string[] = [];
  #page = 1;
  #payloads = 0;

  publish(publisher: number, fate: number): void {
    const payload = `m${this.#payloads++}`;
    this.told.push({ kind: 'start', publisher: publishers[publisher % 2] ?? '', payload });
    if (fate === 0) {
      this.told.push({ kind: 'fail', payload });
      return;
    }
    this.#items.push(payload);
    this.told.push({ kind: fate === 1 ? 'fail' : 'ack', payload });
  }

  open(): void {
    const reader: Reader = {
      name: `s${this.#readers.length}`,
      streams: 1,
      live: true,
      held: { page: this.#page, sequence: this.#items.length },
      knows: false,
    };
    this.#readers.push(reader);
    this.told.push({ kind: 'open', stream: `${reader.name}/1`, asked: undefined });
  }

  deliver(which: number): void {
    const reader = this.#pick(which);
    if (reader?.live && this.#isBehind(reader)) this.#deliverTo(reader);
  }

  skip(which: number, count: number): void {
    const reader = this.#pick(which);
    if (!reader?.live || !this.#isBehind(reader)) return;
    const sequence = Math.min(this.#items.length, reader.held.sequence + 1 + count);
    this.#announce(reader, { page: this.#page, sequence });
  }

  breakOff(which: number): void {
    const reader = this.#pick(which);
    if (!reader?.live || !reader.knows) return;
    reader.live = false;
    this.told.push({ kind: 'end', stream: streamOf(reader) });
  }

  /** The owner dies: what was not delivered is gone, the numbering starts on a later page. */
  crash(by: number): void {
    this.#page += 1 + by;
    this.#items = [];
    for (const reader of this.#readers) {
      if (reader.live) this.#announce(reader, { page: this.#page, sequence: 0 });
    }
  }

  settle(): void {
    for (const reader of this.#readers) {
      if (!reader.live) this.#resume(reader);
      while (this.#isBehind(reader)) this.#deliverTo(reader);
    }
  }

  resume(which: number): void {
    const reader = this.#pick(which);
    if (reader && !reader.live) this.#resume(reader);
  }

  #resume(reader: Reader): void {
    reader.live = true;
    reader.streams++;
    const asked = { page: reader.held.page, sequence: reader.held.sequence + 1 };
    this.told.push({ kind: 'open', stream: streamOf(reader), asked });
    if (reader.held.page !== this.#page) this.#announce(reader, { page: this.#page, sequence: 0 });
  }

  #deliverTo(reader: Reader): void {
    const place = { page: this.#page, sequence: reader.held.sequence + 1 };
    const payload = this.#items[place.sequence - 1] ?? '';
    this.told.push({ kind: 'item', stream: streamOf(reader), place, payload });
    reader.held = place;
    reader.knows = true;
  }

  #announce(reader: Reader, next: Place): void {
    const last = reader.held.sequence;
    this.told.push({ kind: 'gap', stream: streamOf(reader), last, next });
    reader.held = next;
    reader.knows = true;
  }

  #isBehind(reader: Reader): boolean {
    return reader.held.page === this.#page && reader.held.sequence < this.#items.length;
  }

  #pick(which: number): Reader | undefined {
    return this.#readers[which % Math.max(1, this.#readers.length)];
  }
}

function streamOf(reader: Reader): string {
  return `${reader.name}/${reader.streams}`;
}
