import {
  flags,
  frameOf,
  framePayloadBytes,
  frameTypes,
  initialWindowBytes,
  windowBytesMax,
} from '../frames/index.ts';
import type { Limits } from '../limits.ts';
import {
  dataKind,
  framedKind,
  headersKind,
  lastDataKind,
  lastHeadersKind,
  Run,
  type RunKind,
  type Runs,
} from './run.ts';
import type { Stream } from './stream.ts';

/** Who sends what is collected here. */
export interface SendingHost {
  /** There is something to send when the turn is over. */
  sendSoon(): void;
  /** There is much to send: it is to be taken at once. */
  sendNow(): void;
  /** The peer makes us say more than it reads. */
  overflowed(): void;
}

/** Bytes of a stream that its window, the connection's or the socket has no room for, in order. */
export interface Unsent {
  readonly bytes: Uint8Array;
  sentBytes: number;
  next: Unsent | undefined;
}

/** With this much to send, the turn's end is not waited for. */
const runBytesMax = 64 * 1024;
/** So many frames that the socket doesn't take become one piece: apart they cost many times their bytes. */
const heldFramesMax = 256;
/** The stream's and the connection's, at once for every frame, or for a part of a larger one. */
const updatesPerFrame = 2;
const bytesPerUpdate = 1024;
const noBytes = new Uint8Array(0);

/**
 * The sending half of a connection: puts frames in a row, as far as both windows and the socket allow (RFC 9113 section
 * 5.2). Where one of them doesn't, bytes wait with their stream, and its writer is told when they are gone.
 *
 *   flowing   frames are taken at the end of the turn
 *   blocked   the socket has enough: DATA waits with the streams, everything else is collected within `unsentBytesMax`
 */
export class Sending {
  readonly #host: SendingHost;
  readonly #runs: Runs;
  readonly #limits: Limits;
  #run: Run | undefined;
  #blocked = false;
  /** Collected since the socket had enough, and not put together. */
  #heldFrames = 0;
  /** Of all streams. */
  #unsentBytes = 0;
  /** Goes up with every DATA frame, and when the socket takes bytes again. */
  progress = 0;
  /** WINDOW_UPDATEs that DATA gave reason for, and that have not come. */
  #updatesDue = 0;
  #window = initialWindowBytes;
  #streamWindow = initialWindowBytes;
  /** Streams that wait for the connection's window or the socket, in turn. */
  #lineHead: Stream | undefined;
  #lineTail: Stream | undefined;

  constructor(host: SendingHost, runs: Runs, limits: Limits) {
    this.#host = host;
    this.#runs = runs;
    this.#limits = limits;
  }

  /** What a new stream may send. */
  get streamWindow(): number {
    return this.#streamWindow;
  }

  /** What waits for the client to make room for it. */
  get unsentBytes(): number {
    return this.#unsentBytes + (this.#blocked ? (this.#run?.byteLength ?? 0) : 0);
  }

  /** The socket or the connection's window has no room for what is there. */
  get isHeldUp(): boolean {
    return this.#blocked || (this.#lineHead !== undefined && this.#window <= 0);
  }

  /** There is something to send that the socket may have. */
  get ready(): boolean {
    return this.#run !== undefined && !this.#blocked;
  }

  get isEmpty(): boolean {
    return this.#run === undefined;
  }

  /** What is to be sent now; it is the caller's from here on. */
  take(): Run | undefined {
    const run = this.#run;
    this.#run = undefined;
    return run;
  }

  /** The socket has enough. */
  block(): void {
    this.#blocked = true;
    this.#heldFrames = 0;
  }

  /** The socket takes bytes again. */
  unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.progress += 1;
    if (this.#run !== undefined) this.#host.sendSoon();
    this.#serveLine();
  }

  // What streams say.

  /** See `Exchange.write`. */
  write(stream: Stream, bytes: Uint8Array): boolean {
    const size = bytes.length;
    if (
      stream.unsent === undefined &&
      size <= stream.window &&
      size <= this.#window &&
      size <= framePayloadBytes &&
      !this.#blocked
    ) {
      if (size > 0) this.#data(stream, bytes);
    } else {
      this.#unsentBytes += size;
      enqueue(stream, bytes);
      this.#pump(stream, Number.POSITIVE_INFINITY);
    }
    if (stream.unsent === undefined && !this.#blocked) return true;
    stream.owesDrained = true;
    // One that waits for its own window alone is woken by that.
    if (stream.unsent === undefined) this.#lineUp(stream);
    return false;
  }

  /** What waits with the stream is of no use. */
  drop(stream: Stream): void {
    for (let unsent = stream.unsent; unsent !== undefined; unsent = unsent.next) {
      this.#unsentBytes -= unsent.bytes.length - unsent.sentBytes;
    }
    stream.unsent = undefined;
    this.#leaveLine(stream);
  }

  headers(stream: number, block: Uint8Array, isLast: boolean): void {
    if (block.length <= framePayloadBytes) {
      this.#put(isLast ? lastHeadersKind : headersKind, stream, block);
    } else {
      this.#put(framedKind, stream, inFrames(stream, block, isLast));
    }
  }

  /** The stream's trailers are known: they follow what waits, at once if nothing does. */
  endWhenSent(stream: Stream): void {
    if (stream.unsent === undefined) stream.sendEnd();
  }

  /** DATA without bytes that ends the stream. */
  endOfData(stream: number): void {
    this.#put(lastDataKind, stream, noBytes);
  }

  /** A whole frame that windows don't concern. */
  frame(bytes: Uint8Array): void {
    this.#put(framedKind, 0, bytes);
  }

  // What the peer says.

  /** A WINDOW_UPDATE came. False: nothing that was sent gave reason for it. */
  expectsUpdate(): boolean {
    if (this.#updatesDue < 1) return false;
    this.#updatesDue -= 1;
    return true;
  }

  /** WINDOW_UPDATE of the connection. False: over the limit. */
  widen(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > windowBytesMax) return false;
    this.#serveLine();
    return true;
  }

  /** WINDOW_UPDATE of a stream. False: over the limit. */
  widenStream(stream: Stream, bytes: number): boolean {
    stream.window += bytes;
    if (stream.window > windowBytesMax) return false;
    if (stream.unsent !== undefined && !stream.inLine) {
      this.#pump(stream, Number.POSITIVE_INFINITY);
      this.#tellDrained(stream);
    }
    return true;
  }

  /**
   * SETTINGS_INITIAL_WINDOW_SIZE, which changes the windows of open streams and may leave them below zero (RFC 9113
   * section 6.9.2). False: one is over the limit.
   */
  resizeStreams(streamWindow: number, streams: Iterable<Stream>): boolean {
    const difference = streamWindow - this.#streamWindow;
    this.#streamWindow = streamWindow;
    if (difference === 0) return true;
    for (const stream of streams) {
      if (!this.widenStream(stream, difference)) return false;
    }
    return true;
  }

  // From here on: how it is done.

  #data(stream: Stream, bytes: Uint8Array): void {
    this.progress += 1;
    this.#updatesDue += updatesPerFrame + bytes.length / bytesPerUpdate;
    stream.window -= bytes.length;
    this.#window -= bytes.length;
    this.#put(dataKind, stream.id, bytes);
  }

  #put(kind: RunKind, stream: number, payload: Uint8Array): void {
    const before = this.#run;
    const run = this.#runs.extend(before, kind, stream, payload);
    this.#run = run;
    if (this.#blocked) {
      if (run.byteLength > this.#limits.unsentBytesMax) return this.#host.overflowed();
      this.#heldFrames += 1;
      if (this.#heldFrames < heldFramesMax) return;
      this.#run = new Run(undefined, framedKind, 0, run.bytes());
      this.#heldFrames = 0;
    } else if (run.byteLength >= runBytesMax) {
      this.#host.sendNow();
    } else if (before === undefined) {
      this.#host.sendSoon();
    }
  }

  /** Sends what waits with a stream, up to `bytesMax`; lines it up if it is the connection that has no room. */
  #pump(stream: Stream, bytesMax: number): void {
    let left = bytesMax;
    for (let unsent = stream.unsent; unsent !== undefined; unsent = stream.unsent) {
      if (this.#blocked || this.#window <= 0 || left <= 0) return this.#lineUp(stream);
      if (stream.window <= 0) return;
      const { bytes, sentBytes } = unsent;
      const room = Math.min(framePayloadBytes, this.#window, stream.window);
      const size = Math.min(room, bytes.length - sentBytes);
      left -= size;
      this.#unsentBytes -= size;
      unsent.sentBytes += size;
      if (unsent.sentBytes === bytes.length) dequeue(stream);
      this.#data(stream, this.#runs.part(bytes, sentBytes, size));
    }
    if (stream.isEnding) stream.sendEnd();
  }

  #tellDrained(stream: Stream): void {
    if (!stream.owesDrained || stream.unsent !== undefined) return;
    stream.owesDrained = false;
    stream.drained();
  }

  #lineUp(stream: Stream): void {
    if (stream.inLine) return;
    stream.inLine = true;
    stream.beforeInLine = this.#lineTail;
    if (this.#lineTail === undefined) this.#lineHead = stream;
    else this.#lineTail.nextInLine = stream;
    this.#lineTail = stream;
  }

  #leaveLine(stream: Stream): void {
    if (!stream.inLine) return;
    const { beforeInLine: before, nextInLine: next } = stream;
    if (before === undefined) this.#lineHead = next;
    else before.nextInLine = next;
    if (next === undefined) this.#lineTail = before;
    else next.beforeInLine = before;
    stream.beforeInLine = undefined;
    stream.nextInLine = undefined;
    stream.inLine = false;
  }

  /** Each in turn sends one frame, for as long as there is room. */
  #serveLine(): void {
    while (!this.#blocked) {
      const stream = this.#lineHead;
      if (stream === undefined || (stream.unsent !== undefined && this.#window <= 0)) return;
      this.#leaveLine(stream);
      if (stream.unsent !== undefined) this.#pump(stream, framePayloadBytes);
      this.#tellDrained(stream);
    }
  }
}

function enqueue(stream: Stream, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const added: Unsent = { bytes, sentBytes: 0, next: undefined };
  if (stream.unsent === undefined) {
    stream.unsent = added;
    return;
  }
  let last = stream.unsent;
  while (last.next !== undefined) last = last.next;
  last.next = added;
}

function dequeue(stream: Stream): void {
  stream.unsent = stream.unsent?.next;
}

/** A block that is too long for one frame (RFC 9113 section 6.10). */
function inFrames(stream: number, block: Uint8Array, isLast: boolean): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < block.length; at += framePayloadBytes) {
    const end = Math.min(block.length, at + framePayloadBytes);
    const type = at === 0 ? frameTypes.headers : frameTypes.continuation;
    const ends = at === 0 && isLast ? flags.endStream : 0;
    const flagBits = ends | (end === block.length ? flags.endHeaders : 0);
    frames.push(frameOf(type, flagBits, stream, block.subarray(at, end)));
  }
  return Buffer.concat(frames);
}
