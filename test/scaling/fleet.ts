/** Members of a tier in a model: those that start serve after a while. */
export class Fleet {
  readonly #startSeconds: number;
  #serving: number;
  /** When those that start will serve. */
  #starting: number[] = [];

  constructor(serving: number, startSeconds: number) {
    this.#serving = serving;
    this.#startSeconds = startSeconds;
  }

  get serving(): number {
    return this.#serving;
  }

  get starting(): number {
    return this.#starting.length;
  }

  /** All that cost something. */
  get size(): number {
    return this.#serving + this.#starting.length;
  }

  tick(second: number): void {
    const due = this.#starting.filter((at) => at <= second).length;
    this.#serving += due;
    this.#starting = this.#starting.slice(due);
  }

  resize(members: number, second: number): void {
    while (this.size < members) this.#starting.push(second + this.#startSeconds);
    while (this.size > members && this.#starting.length > 0) this.#starting.pop();
    if (this.size > members) this.#serving = Math.max(1, members);
  }
}
