import type { link, topo } from '../../proto/index.ts';
import type { Logger } from '../../runtime/index.ts';
import { compareVersions, formatVersion } from '../../topology/index.ts';
import type { SpreadPort } from '../link/index.ts';

/** One end of a link holds an older topology than the other one. */
interface Lag {
  /** Both versions: another pair is another lag. */
  readonly versions: string;
  readonly sinceMs: number;
  /** What there is to do about it on this stream is done. */
  done: boolean;
}

/**
 * Brings what an operator told some members to the others, over the links, when it could not: it may have ended in the
 * middle. A storage node that stays behind this router is given what the router holds; one that stays ahead of it is asked
 * for what it holds. What is brought was on record before anybody had it, and the receiver judges it as if it came from an
 * operator: only a later version changes anything. See docs/adr/0029.
 */
export class Spread {
  readonly #afterMs: number;
  readonly #log: Logger;
  /** By the welcome that began a stream: what was said on another one is not said on this one. */
  readonly #lags = new WeakMap<link.Welcome, Lag>();

  /** @param afterMs so long a lag is left to the operator */
  constructor(afterMs: number, log: Logger) {
    this.#afterMs = afterMs;
    this.#log = log;
  }

  /** To be called all the time, with the links to members of the topology held. */
  tick(nowMs: number, held: topo.Topology | undefined, ports: Iterable<SpreadPort>): void {
    if (!held?.version) return;
    let isAsking = false;
    for (const port of ports) {
      const { peer, peerVersion: theirs } = port;
      if (port.state !== 'open' || !peer || !theirs) continue;
      const order = compareVersions(theirs, held.version);
      if (order === 0) {
        this.#lags.delete(peer);
        continue;
      }
      const lag = this.#lagOf(peer, held.version, theirs, nowMs);
      if (lag.done || nowMs - lag.sinceMs < this.#afterMs) continue;
      // One answer is enough for all; another node is asked when it doesn't help.
      if (order > 0 && isAsking) continue;
      lag.done = true;
      const versions = { ours: formatVersion(held.version), theirs: formatVersion(theirs) };
      const told = { storage: port.member, ...versions };
      if (order > 0) {
        isAsking = true;
        this.#log.info(told, 'a storage node holds a later topology: it is asked for it');
        port.askTopology();
      } else {
        this.#log.info(told, 'a storage node holds an older topology: it is given the later one');
        port.giveTopology(held);
      }
    }
  }

  #lagOf(peer: link.Welcome, ours: topo.Version, theirs: topo.Version, nowMs: number): Lag {
    const versions = `${formatVersion(ours)} ${formatVersion(theirs)}`;
    const before = this.#lags.get(peer);
    if (before?.versions === versions) return before;
    const lag = { versions, sinceMs: nowMs, done: false };
    this.#lags.set(peer, lag);
    return lag;
  }
}
