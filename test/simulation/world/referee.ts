import type { topo } from '../../../proto/index.ts';
import type { StorageNode } from '../../../storage/index.ts';
import { formatVersion } from '../../../topology/index.ts';
import type { Oracle } from '../../support/oracle/index.ts';
import type { SimProcess } from './process.ts';
import type { Trace } from './trace.ts';

interface Acceptor {
  readonly name: string;
  readonly incarnation: string;
}

/**
 * Watches storage nodes take publishes. In one version a topic has one owner; where it is handed over, its heir comes
 * after it, and it is never the other way round. One number carries one item, and numbers of a page have no gap.
 */
export class Referee {
  readonly #oracle: Oracle;
  readonly #trace: Trace;
  readonly #acceptors = new Map<string, Acceptor[]>();
  readonly #heads = new Map<string, number>();
  readonly #contents = new Map<string, string>();
  readonly #pages = new Map<string, Set<number>>();

  constructor(oracle: Oracle, trace: Trace) {
    this.#oracle = oracle;
    this.#trace = trace;
  }

  /** Numbers given so far; a topic that had two of them began anew. */
  get pages(): ReadonlyMap<string, ReadonlySet<number>> {
    return this.#pages;
  }

  /** From here on, every publish that the node takes is looked at. */
  watch(node: StorageNode, process: SimProcess, nowMs: () => number): void {
    const { topics, self, ownership } = node;
    const publish = topics.publish.bind(topics);
    topics.publish = (request, atMs) => {
      const published = publish(request, atMs);
      if (published.page === 0) return published;
      const { topic } = request;
      const { page, sequence } = published;
      const text = Buffer.from(request.payload).toString();
      this.#trace.note(nowMs(), process.host, () => {
        const version = formatVersion(ownership.version);
        return `takes "${text}" on ${topic} as ${page}/${sequence} in ${version}`;
      });
      this.#trace.mix(sequence);
      this.#owner(topic, request.cache, node);
      this.#number(topic, page, sequence, text, self);
      return published;
    };
  }

  #owner(topic: string, cache: string, { self, ownership }: StorageNode): void {
    const version = formatVersion(ownership.version);
    const key = `${topic} ${version}`;
    const acceptors = this.#acceptors.get(key);
    if (!acceptors) {
      this.#acceptors.set(key, [self]);
      return;
    }
    const last = acceptors.at(-1);
    if (last && isSame(last, self)) return;
    const { placement } = ownership;
    const owner: topo.Member | undefined = placement?.ownerOf(cache, topic);
    const heir: topo.Member | undefined = placement?.heirOf(cache, topic);
    const isHandedOver =
      acceptors.length === 1 && owner && heir && last && isSame(owner, last) && isSame(heir, self);
    acceptors.push(self);
    if (isHandedOver) return;
    const who = acceptors.map(({ name, incarnation }) => `${name} ${incarnation}`).join(', then ');
    this.#oracle.violated({
      invariant: 'owner',
      message: `${topic} was taken in ${version} by ${who}`,
    });
  }

  #number(topic: string, page: number, sequence: number, text: string, by: Acceptor): void {
    const pages = this.#pages.get(topic);
    if (pages) pages.add(page);
    else this.#pages.set(topic, new Set([page]));
    const place = `${topic} ${page}`;
    const number = `${place}/${sequence}`;
    const content = this.#contents.get(number);
    const head = this.#heads.get(place);
    if (content !== undefined && content !== text) {
      const message = `${by.name} numbered "${text}" ${number}, which is "${content}"`;
      this.#oracle.violated({ invariant: 'I3', message });
    } else if (head !== undefined && sequence !== head + 1) {
      const message = `${by.name} numbered "${text}" ${number} after ${head}`;
      this.#oracle.violated({ invariant: 'I1', message });
    }
    this.#contents.set(number, text);
    this.#heads.set(place, sequence);
  }
}

function isSame(a: Acceptor, b: Acceptor): boolean {
  return a.name === b.name && a.incarnation === b.incarnation;
}
