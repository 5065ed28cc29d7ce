import type { topo } from '../../proto/index.ts';
import type { Logger } from '../../runtime/index.ts';
import {
  type Decision,
  decideOffer,
  describeDiff,
  diffTopologies,
  formatVersion,
  noVersion,
  Placement,
} from '../../topology/index.ts';

/** The topology this router serves with: always a whole, sound one, or none yet. Versions only go up. */
export class TopologyHolder {
  readonly #cluster: string;
  readonly #log: Logger;
  readonly #onChange: (placement: Placement) => void;
  #placement: Placement | undefined;

  constructor(cluster: string, log: Logger, onChange: (placement: Placement) => void) {
    this.#cluster = cluster;
    this.#log = log;
    this.#onChange = onChange;
  }

  get current(): Placement | undefined {
    return this.#placement;
  }

  get version(): topo.Version {
    return this.#placement?.version ?? noVersion;
  }

  /** Takes a newer map into force before it returns; refuses every other one and says why. */
  offer(offered: topo.Topology | undefined): Decision {
    const held = this.#placement?.topology;
    const decision = decideOffer(held, offered, this.#cluster);
    if (decision.outcome === 'applied' && offered) {
      this.#placement = new Placement(offered);
      const changes = describeDiff(diffTopologies(held, offered));
      this.#log.info({ version: formatVersion(this.version), changes }, 'topology in force');
      this.#onChange(this.#placement);
    } else if (decision.outcome !== 'known') {
      this.#log.warn({ outcome: decision.outcome, reason: decision.reason }, 'topology refused');
    }
    return decision;
  }
}
