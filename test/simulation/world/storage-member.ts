import { control, type topo } from '../../../proto/index.ts';
import { silentLogger } from '../../../runtime/index.ts';
import { StorageControl } from '../../../storage/control.ts';
import {
  type RouterStream,
  type StorageBounds,
  StorageNode,
  storageBounds,
} from '../../../storage/index.ts';
import type { Member } from './calls.ts';
import type { LinkNetwork, Listener } from './links.ts';
import type { Process } from './pods.ts';
import type { SimProcess } from './process.ts';

/** A storage node's process. */
export class StorageMember implements Member, Listener {
  readonly process: SimProcess;
  readonly name: string;
  readonly node: StorageNode;
  readonly #control: StorageControl;

  constructor(made: Process, links: LinkNetwork, bounds: Partial<StorageBounds>) {
    const { process, name, incarnation, cluster, addresses, record } = made;
    this.process = process;
    this.name = name;
    this.node = new StorageNode({
      self: { cluster, name, incarnation },
      bounds: { ...storageBounds, ...bounds },
      clock: process.clock,
      log: silentLogger,
    });
    this.#control = new StorageControl(this.node);
    if (record) this.node.offer(record);
    this.node.start();
    links.listen(addresses.link, this);
  }

  get version(): topo.Version {
    return this.node.ownership.version;
  }

  accept(stream: RouterStream): void {
    this.node.accept(stream);
  }

  notReadyBecause(): string | undefined {
    return undefined;
  }

  /** As the control service says it, but for the memory of this process, which is dear to ask for. */
  state(): control.GetStateResponse {
    this.node.notice();
    const { self, ownership, topics, links, mover, stopping, standstill } = this.node;
    return {
      name: self.name,
      incarnation: self.incarnation,
      phase: control.Phase.IN_ROTATION,
      reason: '',
      version: ownership.version,
      connections: 0,
      subscriptions: 0,
      topics: topics.size,
      links: links.links,
      residentBytes: 1,
      move: mover.progress,
      failedCheck: '',
      stopping,
      standstill,
      liveLinks: [],
      capacity: [],
    };
  }

  push(topology: topo.Topology, confirms = 0): control.PushTopologyResponse {
    return this.#control.pushTopology({ topology, confirms });
  }

  drain(): control.DrainResponse {
    this.#control.drain();
    return { connections: 0, subscriptions: 0 };
  }

  shed(): control.ShedResponse {
    throw new Error('storage nodes have no clients');
  }

  terminate(): void {
    void this.#stop();
  }

  async #stop(): Promise<void> {
    await this.node.evacuated();
    await this.node.stop();
    this.process.end();
  }
}
