import { type link, topo } from '../../proto/index.ts';
import { Ring } from '../../topology/index.ts';
import type { StorageBounds } from '../config.ts';
import type { StorageNode } from '../node.ts';
import { World } from './world.ts';

/** A move between nodes of a `World`. */
export interface MovePlan {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly bounds?: Partial<StorageBounds>;
  /** Of the nodes that join. */
  readonly joining?: Partial<StorageBounds>;
}

/** Nodes of `from` with links, as before a move to `to`; `s-0` alone to `s-1` alone by default. */
export function startMove({ from = ['s-0'], to = ['s-1'], ...rest }: MovePlan = {}) {
  const world = new World(rest.bounds);
  const joining = to.filter((name) => !from.includes(name));
  for (const name of from) world.node(name);
  for (const name of joining) world.node(name, 'run-1', rest.joining);
  world.push({ ring: from });
  const router = world.router().connect(...world.nodes.keys());
  world.clock.advance(5);
  const node = (name: string) => world.nodes.get(name) as StorageNode;
  const move = (change: Partial<topo.Move> = {}) => ({
    ring: [...to],
    sources: [...from],
    ...change,
  });
  const prepare = () =>
    world.push({ ring: from, move: { ring: [...to], phase: topo.MovePhase.PREPARE, sources: [] } });
  const commit = (change: Partial<topo.Move> = {}, tell?: readonly string[]) =>
    world.push({ ring: from, move: move(change) }, tell);
  const finalise = () => world.push({ ring: to });
  const done = () => {
    world.until(() => from.every((name) => node(name).mover.progress?.done === true));
  };
  const publish = (topic: string, payload = 'x', where?: string) => {
    const request = router.publish(topic, payload, where);
    return () => router.results.get(request);
  };
  /** Publishes and lets it be answered. */
  const published = (topic: string, payload = 'x', where?: string) => {
    const result = publish(topic, payload, where);
    world.until(() => result() !== undefined);
    return result() as link.PublishResult;
  };
  return { world, router, node, prepare, commit, finalise, done, publish, published };
}

/** The first topic, but `but`, that the ring `before` gives to `from`, and `after` to `to`. */
export function topicBetween(
  from: string,
  to: string,
  before: readonly string[],
  after: readonly string[],
  but: readonly string[] = [],
): string {
  const [old, next] = [Ring.of(before), Ring.of(after)];
  for (let index = 0; ; index++) {
    const name = `topic-${index}`;
    if (old.ownerOf('c', name) !== from || next.ownerOf('c', name) !== to) continue;
    if (!but.includes(name)) return name;
  }
}
