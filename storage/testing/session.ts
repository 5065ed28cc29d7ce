import { link, type topo } from '../../proto/index.ts';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import type { StorageBounds } from '../config.ts';
import { HandoffTarget, Mover } from '../handoff/index.ts';
import { Ownership } from '../ownership/index.ts';
import { Session } from '../serve/session.ts';
import { Topics } from '../topics/index.ts';
import { bounds, self, type TopologyChange, topology } from './topology.ts';

/** Of a router that belongs here. */
export const hello = { cluster: self.cluster, router: 'r-0', incarnation: 'x' };
const empty = link.RouterBatch.decode(new Uint8Array());

/** Topics of `self`, and links to them without their streams. */
export function startSessions(change: Partial<StorageBounds> = {}, map: TopologyChange = {}) {
  const ownership = new Ownership(self);
  ownership.offer(topology(map));
  const all = bounds(change);
  const target = new HandoffTarget(self.name, all.refusedTopicsMax);
  const topics = new Topics(ownership, all, target);
  const moves = new Mover({
    self,
    bounds: all,
    topics,
    target,
    clock: new ManualClock(),
    log: silentLogger,
    onRoom: () => {},
  });
  let sessions = 0;
  const open = () => {
    const router = `r-${sessions++}`;
    const calls = { pending: 0 };
    const version = () => ownership.version;
    const held = () => ownership.placement?.topology;
    const offered = (brought: topo.Topology) => ownership.offer(brought);
    const onPending = () => {
      calls.pending += 1;
    };
    const heard = { sureMs: 0 };
    const sureMs = () => heard.sureMs;
    const holding = { version, topology: held, offered };
    const session = new Session({
      self,
      topics,
      moves,
      bounds: all,
      ...holding,
      sureMs,
      onPending,
    });
    const send = (batch: Partial<link.RouterBatch>, nowMs = 0) =>
      session.receive({ ...empty, ...batch }, nowMs);
    const interest = (feed: number, topic = 't', page = 0, nextSequence = 0) =>
      send({ interests: [{ feed, cache: 'c', topic, page, nextSequence }] });
    const take = (nowMs = 0) => session.take(nowMs).batch;
    return { session, router, calls, heard, send, interest, take };
  };
  const greeted = () => {
    const opened = open();
    opened.send({ hello: { ...hello, router: opened.router } });
    opened.take();
    return opened;
  };
  const publish = (topic = 't', bytes = 10) => {
    const request = { cache: 'c', topic, payload: new Uint8Array(bytes), text: false };
    return topics.publish({ ...request, publisherId: '' }, 0);
  };
  return { ownership, topics, moves, target, open, greeted, publish };
}

/** A publish of so many bytes. */
export function publishOf(number: number, topic = 't', bytes = 10): link.Publish {
  const payload = new Uint8Array(bytes);
  return { request: number, cache: 'c', topic, payload, text: false, publisherId: '' };
}
