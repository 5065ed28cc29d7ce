/**
 * Round robin over members that come and go: the member that was picked longest ago is next. A newcomer counts as
 * picked just before the next one, so it gets its first turn soon and no more than its turn.
 */
export class Rotation {
  /** Names in the order of their turns. */
  #order: string[] = [];

  /** The members from now on. Those that stay keep their turn. */
  set(names: readonly string[]): void {
    const wanted = new Set(names);
    const known = new Set(this.#order);
    const newcomers = names.filter((name) => !known.has(name));
    this.#order = [...newcomers, ...this.#order.filter((name) => wanted.has(name))];
  }

  /** Whose turn it is, leaving out `except`; undefined when nobody is left. */
  next(except?: ReadonlySet<string>): string | undefined {
    const at = this.#order.findIndex((name) => !except?.has(name));
    if (at < 0) return undefined;
    const [name] = this.#order.splice(at, 1);
    if (name !== undefined) this.#order.push(name);
    return name;
  }
}
