/** So many are waited for; a client that has more of them hears at once. */
const waitingMax = 64;

/**
 * Streams whose response is complete and whose request isn't. The client is asked to stop (RST_STREAM with NO_ERROR, RFC 9113
 * section 8.1), but not in one breath with the response, which some clients would drop with the stream: it has until the
 * second look at the clock to end the request itself, as most do that see the response.
 */
export class EarlyEnds {
  #fresh: number[] = [];
  #waiting: number[] = [];

  /** False: too many wait, this one is not taken. */
  add(stream: number): boolean {
    if (this.#fresh.length + this.#waiting.length >= waitingMax) return false;
    this.#fresh.push(stream);
    return true;
  }

  /** The client has ended its request. */
  ended(stream: number): void {
    this.#fresh = this.#fresh.filter((one) => one !== stream);
    this.#waiting = this.#waiting.filter((one) => one !== stream);
  }

  /** Time has passed. @returns those that the client is to be asked for */
  pass(): readonly number[] {
    const due = this.#waiting;
    this.#waiting = this.#fresh;
    this.#fresh = [];
    return due;
  }
}
