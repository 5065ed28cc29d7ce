/** A stream that wants heartbeats while it is idle. */
export interface Beating {
  /** Says whether something was written since the last call, and forgets it. */
  wroteSinceAsked(): boolean;
  /** Writes a heartbeat. */
  beat(): void;
}

const SLOT_MS = 250;
/** Heartbeats come quickly at first: clients' first-message checks and short watchdogs end within this. */
const EAGER_BEATS = 10;
const EAGER_INTERVAL_MS = 1_000;

interface Entry {
  readonly stream: Beating;
  beats: number;
  slot: Set<Entry>;
}

/**
 * Heartbeats of all streams on a wheel of time slots: a tick touches only the streams that are due, and there is
 * no timer per stream. Precision is one slot (250 ms).
 */
export class HeartbeatWheel {
  #slots: Set<Entry>[];
  #at = 0;
  #tickedMs: number;
  #intervalMs: number;

  constructor(nowMs: number, intervalMs: number) {
    this.#tickedMs = nowMs;
    this.#intervalMs = intervalMs;
    this.#slots = slotsFor(intervalMs);
  }

  /** The interval after a stream's first ten seconds, in ms; streams keep their next beat. */
  set intervalMs(intervalMs: number) {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    const before = this.#slots;
    const at = this.#at;
    this.#slots = slotsFor(intervalMs);
    this.#at = 0;
    for (let i = 0; i < before.length; i++) {
      for (const entry of before[(at + i) % before.length] as Set<Entry>) {
        this.#put(entry, Math.min(Math.max(i, 1), this.#slots.length - 1));
      }
    }
  }

  /** Streams on the wheel. */
  get size(): number {
    let size = 0;
    for (const slot of this.#slots) size += slot.size;
    return size;
  }

  /** Adds a stream that has just been written to. Returns how to take it off. */
  add(stream: Beating): () => void {
    const entry: Entry = { stream, beats: 0, slot: new Set() };
    this.#put(entry, slotsIn(this.#intervalOf(entry)));
    return () => void entry.slot.delete(entry);
  }

  /** Beats every stream that is due and was silent. */
  tick(nowMs: number): void {
    // This process stood still: one round is enough, nobody waits for the beats that were missed.
    const roundMs = this.#slots.length * SLOT_MS;
    if (nowMs - this.#tickedMs > roundMs) this.#tickedMs = nowMs - roundMs;
    while (nowMs - this.#tickedMs >= SLOT_MS) {
      this.#tickedMs += SLOT_MS;
      this.#at = (this.#at + 1) % this.#slots.length;
      const due = this.#slots[this.#at] as Set<Entry>;
      this.#slots[this.#at] = new Set();
      for (const entry of due) {
        entry.beats += 1;
        this.#put(entry, slotsIn(this.#intervalOf(entry)));
        if (!entry.stream.wroteSinceAsked()) entry.stream.beat();
      }
    }
  }

  #intervalOf(entry: Entry): number {
    return entry.beats < EAGER_BEATS
      ? Math.min(EAGER_INTERVAL_MS, this.#intervalMs)
      : this.#intervalMs;
  }

  #put(entry: Entry, slotsAhead: number): void {
    const slot = this.#slots[(this.#at + slotsAhead) % this.#slots.length] as Set<Entry>;
    entry.slot = slot;
    slot.add(entry);
  }
}

function slotsIn(intervalMs: number): number {
  return Math.max(1, Math.round(intervalMs / SLOT_MS));
}

function slotsFor(intervalMs: number): Set<Entry>[] {
  const count = slotsIn(Math.max(intervalMs, EAGER_INTERVAL_MS)) + 1;
  return Array.from({ length: count }, () => new Set());
}
