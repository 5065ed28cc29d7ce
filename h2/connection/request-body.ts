import type { Field } from '../hpack/index.ts';

/** The receiving half of a stream: its headers, and its body as far as it isn't with the handler. */
export class RequestBody {
  readonly #fields: readonly Field[];
  /** What the body has to have; undefined: it wasn't said. */
  readonly #contentLength: number | undefined;
  #receivedBytes = 0;
  /** What the client may still send. */
  window: number;
  /** What the handler took that was not given back to the client. */
  takenBytes = 0;
  isPaused = false;
  /** The handler is being called: what comes next waits until it has returned. */
  isBusy = false;
  /** The client has sent everything. */
  isComplete = false;
  /** Arrived while paused, in order. */
  held: Uint8Array[] | undefined;

  constructor(fields: readonly Field[], contentLength: number | undefined, window: number) {
    this.#fields = fields;
    this.#contentLength = contentLength;
    this.window = window;
  }

  /** The first of that name. */
  header(name: string): string | undefined {
    for (const field of this.#fields) if (field.name === name) return field.value;
    return undefined;
  }

  /** Counts a piece of the body; false when it can't become the announced length any more (RFC 9113 section 8.1.1). */
  fits(bytes: number, isLast: boolean): boolean {
    this.#receivedBytes += bytes;
    const announced = this.#contentLength;
    if (announced === undefined) return true;
    return isLast ? this.#receivedBytes === announced : this.#receivedBytes <= announced;
  }
}
