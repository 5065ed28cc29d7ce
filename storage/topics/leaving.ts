import type { Topic } from './topic.ts';

/**
 * The topics that a source hands over in the COMMIT of a move: by heir, those that are still here; and what must not be
 * begun here any more because an heir has it, or may begin it. Names cost some 100 bytes each until the move is over.
 */
export class Leaving {
  readonly #queues = new Map<string, Topic[]>();
  readonly #sealed = new Map<string, Set<string>>();
  readonly #closed = new Set<string>();
  #size = 0;

  /** Topics that are still here. */
  get size(): number {
    return this.#size;
  }

  /** Those of one heir. */
  count(heir: string): number {
    return this.#queues.get(heir)?.length ?? 0;
  }

  /** Heirs may be others now: `add` is called again for every topic. What is sealed and closed stays so. */
  recount(): void {
    this.#queues.clear();
    this.#size = 0;
  }

  /** The move is over. */
  forget(): void {
    this.recount();
    this.#sealed.clear();
    this.#closed.clear();
  }

  add(topic: Topic, heir: string): void {
    const queue = this.#queues.get(heir);
    if (queue) queue.push(topic);
    else this.#queues.set(heir, [topic]);
    this.#size += 1;
  }

  /** One that is to be handed over next; it is sealed from now on. */
  seal(heir: string): Topic | undefined {
    const topic = this.#queues.get(heir)?.pop();
    if (!topic) return undefined;
    this.#size -= 1;
    let names = this.#sealed.get(topic.cache);
    if (!names) {
      names = new Set();
      this.#sealed.set(topic.cache, names);
    }
    names.add(topic.name);
    return topic;
  }

  /** Nothing that has this heir is begun here any more. */
  close(heir: string): void {
    this.#closed.add(heir);
  }

  /** Whether a topic that isn't here may be begun here, to be handed over later. */
  mayBegin(cache: string, name: string, heir: string): boolean {
    return !this.#closed.has(heir) && this.#sealed.get(cache)?.has(name) !== true;
  }
}
