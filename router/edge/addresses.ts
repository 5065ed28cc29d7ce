/** Counts what is open from each address. Holds nothing of addresses that have nothing. */
export class Addresses {
  readonly #counts = new Map<string, number>();

  countOf(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  add(address: string): void {
    this.#counts.set(address, this.countOf(address) + 1);
  }

  remove(address: string): void {
    const left = this.countOf(address) - 1;
    if (left > 0) this.#counts.set(address, left);
    else this.#counts.delete(address);
  }
}
