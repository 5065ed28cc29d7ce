import { topo } from '../../proto/index.ts';
import { routerBounds } from '../../router/config.ts';
import { Router } from '../../router/router.ts';
import { createRegistry, silentLogger, systemClock } from '../../runtime/index.ts';
import { StorageNode, storageBounds } from '../../storage/index.ts';
import { until } from '../support/until.ts';
import { Relay } from './relay.ts';

export const cluster = 'default/tiers/00000000-0000-4000-8000-000000000001';
export const cache = 'c';

const movedWithinMs = 60_000;

interface Member {
  node: StorageNode;
  readonly relay: Relay;
}

/** Routers and storage nodes in this process, over links that can be cut, without edge and operator. */
export class TwoTiers {
  readonly routers: Router[] = [];
  readonly #members: Member[] = [];
  readonly #historyItems: number;
  readonly #outboxBytes: number;
  #ring: string[] = [];
  #move: topo.Move | undefined;
  #ringEpochs: readonly [number, number] = [0, 0];
  #epoch = 0;
  #incarnations = 0;

  /**
   * @param historyItems what a topic retains
   * @param outboxBytes what a reader may be behind
   */
  constructor(historyItems: number, outboxBytes: number) {
    this.#historyItems = historyItems;
    this.#outboxBytes = outboxBytes;
  }

  /** @param owners so many of the storage nodes own the topics */
  async start(routers: number, storage: number, owners = storage): Promise<void> {
    for (let n = 0; n < storage; n++) {
      const { node, port } = await this.#startStorage(n);
      this.#members.push({ node, relay: await Relay.open(port) });
    }
    for (let n = 0; n < routers; n++) {
      this.routers.push(
        new Router({
          identity: { cluster, router: `router-${n}`, incarnation: `r${n}` },
          bounds: { ...routerBounds, lingerMs: 0, outboxBytesMax: this.#outboxBytes },
          clock: systemClock,
          log: silentLogger,
          registry: createRegistry('router', `router-${n}`),
        }),
      );
    }
    this.ownedBy(this.#members.map((_, n) => n).slice(0, owners));
  }

  /** The next epoch: these storage nodes own the topics. */
  ownedBy(members: readonly number[]): void {
    const ring = members.map((n) => `storage-${n}`);
    if (ring.join() !== this.#ring.join()) this.#ownersChange();
    this.#ring = ring;
    this.#push();
  }

  /** As the operator would: prepare, commit, finalise. Resolves when these storage nodes own the topics. */
  async moveTo(members: readonly number[]): Promise<void> {
    const ring = members.map((n) => `storage-${n}`);
    const { PREPARE, COMMIT } = topo.MovePhase;
    this.#move = { ring, phase: PREPARE, sources: [] };
    this.#push();
    const all = this.#members.length;
    await until('every router has every link', movedWithinMs, () =>
      this.routers.every(({ links }) => links.openCount === all),
    );
    this.#move = { ring, phase: COMMIT, sources: [...this.#ring] };
    this.#ownersChange();
    this.#push();
    await until('every source is done', movedWithinMs, () =>
      this.#members.every(({ node }) => node.mover.progress?.done),
    );
    this.#move = undefined;
    this.#ring = ring;
    this.#ownersChange();
    this.#push();
  }

  /** Topics that each storage node holds. */
  get topics(): number[] {
    return this.#members.map(({ node }) => node.topics.size);
  }

  /** Cuts every link of one storage node; it keeps its topics. */
  cutLinks(n: number): void {
    this.#members[n]?.relay.cut();
  }

  /** One storage node loses everything and comes back as another process, which a new epoch names. */
  async restart(n: number): Promise<void> {
    const member = this.#members[n] as Member;
    member.relay.cut();
    await member.node.stop();
    const { node, port } = await this.#startStorage(n);
    member.node = node;
    member.relay.targetPort = port;
    this.#push();
  }

  /** One storage node dies; nobody is told. */
  async kill(n: number): Promise<void> {
    const member = this.#members[n] as Member;
    member.relay.close();
    await member.node.stop();
  }

  async stop(): Promise<void> {
    for (const router of this.routers) router.close();
    for (const { node, relay } of this.#members) {
      relay.close();
      await node.stop();
    }
  }

  #ownersChange(): void {
    this.#ringEpochs = [this.#epoch + 1, this.#ringEpochs[0]];
  }

  #push(): void {
    this.#epoch += 1;
    const topology: topo.Topology = {
      cluster,
      version: { term: 1, epoch: this.#epoch },
      pageOrigin: 1_000_000,
      ringEpoch: this.#ringEpochs[0],
      previousRingEpoch: this.#ringEpochs[1],
      caches: [{ name: cache, publishesPerSecondMax: 0, subscriptionsMax: 0 }],
      storage: this.#members.map(({ node, relay }) => ({
        name: node.self.name,
        address: relay.address,
        incarnation: node.self.incarnation,
      })),
      ring: this.#ring,
      move: this.#move,
      settings: {
        messageBytesMax: 1 << 20,
        history: {
          itemsMax: this.#historyItems,
          bytesMax: 1 << 20,
          ageMsMax: 120_000,
          idleMsMax: 600_000,
        },
        heartbeatMs: 5_000,
        resumeZero: topo.ResumeZero.NOTHING,
        routerCapacity: undefined,
        storageCapacity: undefined,
      },
    };
    for (const { node } of this.#members) node.offer(topology);
    for (const router of this.routers) router.topology.offer(topology);
  }

  async #startStorage(n: number): Promise<{ node: StorageNode; port: number }> {
    const node = new StorageNode({
      self: { cluster, name: `storage-${n}`, incarnation: `s${this.#incarnations++}` },
      bounds: storageBounds,
      clock: systemClock,
      log: silentLogger,
    });
    return { node, port: await node.listen('127.0.0.1:0') };
  }
}
