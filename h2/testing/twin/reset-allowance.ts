/**
 * nghttp2 answers too many RST_STREAM frames (1,000 at once, 33 a second after that) by ending the connection with
 * INTERNAL_ERROR, and every stream on it with an error; node:http2 has no option for it in Node 20. An SDK sends one
 * for each unsubscribe, so a busy honest client gets there. nghttp2 stops counting once a GOAWAY is out: this
 * allowance is used up a little before nghttp2's, and the connection is then retired gently instead.
 */
const burst = 800;
const perSecond = 32;

export class ResetAllowance {
  #left = burst;
  #atMs: number | undefined;

  /** False: the allowance is used up. `nowMs` only goes up. */
  take(nowMs: number): boolean {
    const passedMs = nowMs - (this.#atMs ?? nowMs);
    this.#atMs = nowMs;
    this.#left = Math.min(burst, this.#left + (passedMs * perSecond) / 1000);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
