import { initialWindowBytes, windowUpdateFrame } from '../frames/index.ts';
import type { Limits } from '../limits.ts';
import type { RequestBody } from './request-body.ts';
import type { Sending } from './sending.ts';
import type { Stream } from './stream.ts';

/** More pieces than this, held for a paused handler, become one: a piece costs more than a byte. */
const heldPiecesMax = 64;
/** A piece that has less than this part of the memory it lies in is copied. */
const compactFactor = 4;

/**
 * The receiving half of a connection: hands bodies to handlers and gives clients their windows back as they are taken (RFC
 * 9113 section 5.2), in halves, so that small requests cost no answer. What is held for paused handlers is not given back,
 * so it is never more than the connection's window.
 */
export class Receiving {
  readonly #sending: Sending;
  readonly #limits: Limits;
  /** What the client may still send, and what of it was taken and not given back. */
  #window: number;
  #takenBytes = 0;
  #heldBytes = 0;

  constructor(sending: Sending, limits: Limits) {
    this.#sending = sending;
    this.#limits = limits;
    this.#window = Math.max(initialWindowBytes, limits.connectionWindowBytes);
  }

  /** What waits in front of handlers. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The rest of a request is of no use: what is held of it is given back. */
  drop(request: RequestBody): void {
    for (const data of request.held ?? []) {
      this.#heldBytes -= data.length;
      this.giveBack(data.length);
    }
    request.held = undefined;
  }

  /** DATA has arrived, padding included. False: more than the client may send. */
  arrived(bytes: number): boolean {
    this.#window -= bytes;
    return this.#window >= 0;
  }

  /** What has arrived is taken, or of no use. */
  giveBack(bytes: number): void {
    this.#takenBytes += bytes;
    if (this.#takenBytes * 2 < this.#limits.connectionWindowBytes) return;
    this.#sending.frame(windowUpdateFrame(0, this.#takenBytes));
    this.#window += this.#takenBytes;
    this.#takenBytes = 0;
  }

  /** @param size of the frame; what `data` is not of it is padding */
  body(stream: Stream, request: RequestBody, data: Uint8Array, size: number): void {
    if (request.isPaused && data.length > 0) {
      this.giveBack(size - data.length);
      this.#heldBytes += data.length;
      hold(request, data);
    } else {
      this.#hand(stream, request, data, size);
    }
    if (request.isComplete) this.ended(stream, request);
  }

  resume(stream: Stream, request: RequestBody): void {
    request.isPaused = false;
    if (request.isBusy) return;
    while (!request.isPaused && request.held !== undefined) {
      const data = request.held.shift() as Uint8Array;
      this.#heldBytes -= data.length;
      if (request.held.length === 0) request.held = undefined;
      this.#hand(stream, request, data, data.length);
    }
    if (request.isComplete) this.ended(stream, request);
  }

  /** Tells the handler that its request is complete, and lets go of it; later, if it is paused. */
  ended(stream: Stream, request: RequestBody): void {
    if (request.isPaused || stream.request === undefined) return;
    request.isBusy = true;
    if (stream.isHeard) stream.handler.requestEnded();
    stream.request = undefined;
  }

  #hand(stream: Stream, request: RequestBody, data: Uint8Array, size: number): void {
    if (data.length > 0 && stream.isHeard) {
      request.isBusy = true;
      stream.handler.data(request.isComplete ? data : compact(data));
      request.isBusy = false;
    }
    this.giveBack(size);
    request.takenBytes += size;
    if (request.isComplete || stream.isOver) return;
    if (request.takenBytes * 2 < this.#limits.receiveWindowBytes) return;
    this.#sending.frame(windowUpdateFrame(stream.id, request.takenBytes));
    request.window += request.takenBytes;
    request.takenBytes = 0;
  }
}

/**
 * A piece of a request that goes on may be kept for long. What is kept of one costs a few times its bytes at most, and not
 * all that was read with it.
 */
function compact(data: Uint8Array): Uint8Array {
  return data.length * compactFactor < data.buffer.byteLength ? Buffer.from(data) : data;
}

function hold(request: RequestBody, data: Uint8Array): void {
  const held = (request.held ??= []);
  // A copy: a piece would keep all alive that was read with it, which no window counts.
  held.push(new Uint8Array(data));
  if (held.length > heldPiecesMax) request.held = [Buffer.concat(held)];
}
