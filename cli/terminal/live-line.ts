const clear = '\r\x1b[2K';

/** One line at the bottom of a terminal that changes in place, and lines that stay above it. */
export class LiveLine {
  readonly #stream: NodeJS.WriteStream;
  #line = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Without a terminal there is no live line. */
  show(line: string): void {
    if (!this.#stream.isTTY) return;
    const fitting = line.slice(0, Math.max(0, (this.#stream.columns || 80) - 1));
    if (fitting === this.#line) return;
    this.#line = fitting;
    this.#stream.write(clear + this.#line);
  }

  print(text: string): void {
    this.#stream.write(`${this.#line === '' ? '' : clear}${text}\n${this.#line}`);
  }

  done(): void {
    if (this.#line !== '') this.#stream.write(clear);
    this.#line = '';
  }
}
