import type { topo } from '../../proto/index.ts';
import type { Clock, Logger } from '../../runtime/index.ts';
import type { RouterBounds } from '../config.ts';
import { type Identity, Link, type LinkEvents } from './link.ts';

/** A link to every storage node of the topology. */
export class Links {
  readonly #identity: Identity;
  readonly #events: LinkEvents;
  readonly #options: { readonly clock: Clock; readonly log: Logger; readonly bounds: RouterBounds };
  readonly #links = new Map<string, Link>();

  constructor(
    identity: Identity,
    events: LinkEvents,
    options: { readonly clock: Clock; readonly log: Logger; readonly bounds: RouterBounds },
  ) {
    this.#identity = identity;
    this.#events = events;
    this.#options = options;
  }

  /** Opens links to members that are new or have moved, closes those to members that are gone. */
  follow(topology: topo.Topology): void {
    const wanted = new Map(topology.storage.map((member) => [member.name, member]));
    for (const [name, held] of this.#links) {
      if (wanted.get(name)?.address === held.address) continue;
      this.#links.delete(name);
      const wasOpen = held.state === 'open';
      held.close();
      if (wasOpen) this.#events.broke(held, 'the topology no longer names this address');
    }
    for (const [name, member] of wanted) {
      if (this.#links.has(name)) continue;
      const opened = new Link(member, this.#identity, this.#events, this.#options);
      this.#links.set(name, opened);
      opened.connect();
    }
  }

  /** The link to a member, if it is open. */
  open(member: string): Link | undefined {
    const held = this.#links.get(member);
    return held?.state === 'open' ? held : undefined;
  }

  /** Members without an open link. */
  get missing(): string[] {
    return [...this.#links.values()].filter((l) => l.state !== 'open').map((l) => l.member);
  }

  get openCount(): number {
    return this.#links.size - this.missing.length;
  }

  /** This router begins to move its clients elsewhere: tells every storage node. */
  leaving(): void {
    for (const held of this.#links.values()) if (held.state === 'open') held.leaving();
  }

  close(): void {
    for (const held of this.#links.values()) held.close();
    this.#links.clear();
  }
}
