import {
  frameHeaderBytes,
  framePayloadBytes,
  frameTypes,
  windowBytesMax,
  writeFrameHeader,
} from '../frames/index.ts';

interface Piece {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
  at: number;
}

const stream = 1;

/**
 * What a client has to send: frames of the connection at once, the body of its one request as far as both windows allow.
 * Windows may be negative (RFC 9113 section 6.9.2).
 */
export class Sending {
  #output: Uint8Array[] = [];
  /** Of the body, in order; what the windows hold back. */
  #pieces: Piece[] = [];
  #window: number;
  #connectionWindow: number;
  /** As the server's SETTINGS say it. */
  #initial: number;
  #closed = false;

  constructor(initialWindow: number) {
    this.#initial = initialWindow;
    this.#window = initialWindow;
    this.#connectionWindow = initialWindow;
  }

  control(frame: Uint8Array): void {
    if (!this.#closed) this.#output.push(frame);
  }

  body(bytes: Uint8Array, taken: () => void): void {
    if (this.#closed) return;
    this.#pieces.push({ bytes, taken, at: 0 });
    this.#pump();
  }

  /** The server's SETTINGS_INITIAL_WINDOW_SIZE: changes the window that there is by the difference. */
  initialWindow(bytes: number): void {
    this.#window += bytes - this.#initial;
    this.#initial = bytes;
    this.#pump();
  }

  /** False: beyond what a window may be. */
  open(bytes: number): boolean {
    this.#window += bytes;
    this.#pump();
    return this.#window <= windowBytesMax;
  }

  openConnection(bytes: number): boolean {
    this.#connectionWindow += bytes;
    this.#pump();
    return this.#connectionWindow <= windowBytesMax;
  }

  take(): Uint8Array[] {
    const output = this.#output;
    if (output.length > 0) this.#output = [];
    return output;
  }

  /** What is in the output still goes out; nothing is added to it. */
  close(): void {
    this.#closed = true;
    this.#pieces = [];
  }

  #pump(): void {
    let done = 0;
    for (const piece of this.#pieces) {
      if (!this.#frame(piece)) break;
      done += 1;
    }
    if (done === 0) return;
    const taken = this.#pieces.slice(0, done);
    this.#pieces = done === this.#pieces.length ? [] : this.#pieces.slice(done);
    for (const piece of taken) piece.taken();
  }

  /** True: all of it is in the output. */
  #frame(piece: Piece): boolean {
    const { bytes } = piece;
    while (piece.at < bytes.length) {
      const room = Math.min(this.#window, this.#connectionWindow, framePayloadBytes);
      const length = Math.min(room, bytes.length - piece.at);
      if (length <= 0) return false;
      const header = new Uint8Array(frameHeaderBytes);
      writeFrameHeader(header, 0, frameTypes.data, 0, stream, length);
      const isWhole = length === bytes.length;
      this.#output.push(header, isWhole ? bytes : bytes.subarray(piece.at, piece.at + length));
      piece.at += length;
      this.#window -= length;
      this.#connectionWindow -= length;
    }
    return true;
  }
}
