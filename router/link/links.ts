import type { control, topo } from '../../proto/index.ts';
import { type Identity, Link, type LinkEvents, type LinkOptions } from './link.ts';

/**
 * A link to every storage node of the topology. One to a node that left lingers: what was sent on it is still answered,
 * and a node that has passed on its topics answers MOVED rather than not at all.
 */
export class Links {
  readonly #identity: Identity;
  readonly #events: LinkEvents;
  readonly #options: LinkOptions;
  readonly #links = new Map<string, Link>();
  /** When each link to a node that left is closed whatever is unanswered. */
  readonly #lingering = new Map<Link, number>();
  #leaving = false;

  constructor(identity: Identity, events: LinkEvents, options: LinkOptions) {
    this.#identity = identity;
    this.#options = options;
    this.#events = {
      opened: (held) => events.opened(held),
      broke: (broken, reason) => {
        this.#lingering.delete(broken);
        events.broke(broken, reason);
      },
      versionChanged: (held) => events.versionChanged(held),
      received: (from, batch) => events.received(from, batch),
    };
  }

  /** Opens links to members that are new or have another address; those to members that are gone linger. */
  follow(topology: topo.Topology): void {
    const wanted = new Map(topology.storage.map((member) => [member.name, member]));
    for (const [name, held] of this.#links) {
      if (wanted.get(name)?.address === held.address) continue;
      this.#links.delete(name);
      this.#leave(held);
    }
    for (const [name, member] of wanted) {
      if (this.#links.has(name)) continue;
      const opened = new Link(member, this.#identity, this.#events, this.#options);
      this.#links.set(name, opened);
      if (this.#leaving) opened.leaving();
      opened.connect();
    }
  }

  /** Closes links to nodes that left: those that `awaits` needs no more, and those that lingered for long enough. */
  tick(nowMs: number, awaits: (from: Link) => boolean): void {
    for (const [held, untilMs] of this.#lingering) {
      if (untilMs > nowMs && awaits(held)) continue;
      held.close();
      this.#events.broke(held, 'the topology no longer names this address');
    }
  }

  /** The link to a member of the topology, if it is open. */
  open(member: string): Link | undefined {
    const held = this.#links.get(member);
    return held?.state === 'open' ? held : undefined;
  }

  /** To members of the topology. */
  get all(): Iterable<Link> {
    return this.#links.values();
  }

  /** Members of the topology without an open link. */
  get missing(): string[] {
    return [...this.#links.values()].filter((l) => l.state !== 'open').map((l) => l.member);
  }

  /** Open links to members of the topology. */
  get openCount(): number {
    return this.#links.size - this.missing.length;
  }

  /** Members of the topology that this router hears, each with what it last said it holds. */
  get live(): control.LiveLink[] {
    return [...this.#links.values()].flatMap((held) => {
      const { peer, peerVersion } = held;
      if (!held.heard || !peer) return [];
      return [{ storage: held.member, incarnation: peer.incarnation, version: peerVersion }];
    });
  }

  /** Links to nodes that left. */
  get lingeringCount(): number {
    return this.#lingering.size;
  }

  /** This router moves all its clients elsewhere, for good: tells every storage node, and those that come. */
  leaving(): void {
    this.#leaving = true;
    for (const held of this.#links.values()) held.leaving();
  }

  /** This router moves some clients elsewhere: tells every storage node, once. */
  shedding(): void {
    for (const held of this.#links.values()) held.shedding();
  }

  close(): void {
    for (const held of [...this.#links.values(), ...this.#lingering.keys()]) held.close();
    this.#links.clear();
    this.#lingering.clear();
  }

  #leave(held: Link): void {
    if (held.state !== 'open') return held.close();
    held.linger();
    const { clock, bounds } = this.#options;
    this.#lingering.set(held, clock.monotonicMs() + bounds.publishWaitMsMax);
  }
}
