import type { link } from '../../proto/index.ts';
import { type Happening, nameOf, type Scheduled, type Who } from './schedule.ts';
import type { Cluster, Wish } from './world/cluster.ts';
import type { SimProcess } from './world/process.ts';

/** Does what is scheduled, to those who are there when its time has come. */
export function happen(cluster: Cluster, { what, choice }: Scheduled): void {
  const { trace, timeline, objects } = cluster;
  trace.note(timeline.nowMs, '***', () => JSON.stringify(what));
  cluster.count(nameOf(what));
  switch (what.is) {
    case 'wish':
      if (isDeserted(cluster, what.change)) return;
      return cluster.wish(what.change);
    case 'evict': {
      // The only one of a tier has nowhere to go: that is noticed, planned or not.
      const others = cluster.pods.ready(what.tier);
      if (others.length < 2 || isAlone(cluster, what.tier)) return;
      const member = chosen(others, choice);
      if (member) objects.delete('Pod', member.name);
      return;
    }
    case 'stall':
      return stall(cluster, [chosen(processes(cluster, what.who), choice)], what.forMs);
    case 'stall both': {
      const tiers = ['storage', 'router'] as const;
      const both = tiers.map((tier) => chosen(processes(cluster, tier), (choice * 7) % 1));
      return stall(cluster, both, what.forMs);
    }
    case 'crash':
      chosen(processes(cluster, what.who), choice)?.end();
      return;
    case 'cut':
      chosen(cluster.links.all, choice)?.cut();
      return;
    case 'lose':
      chosen(cluster.links.all, choice)?.lose();
      return;
    case 'block':
      return block(cluster, what, choice);
    case 'elect':
      return elect(cluster, what);
    case 'push again': {
      const { pushed } = cluster.operators;
      const topology = what.which === 'latest' ? pushed.at(-1) : chosen(pushed, choice);
      const member = chosen(cluster.pods.members(), (choice * 7) % 1);
      if (topology && member?.process.running) member.push(topology);
      return;
    }
    case 'handoff again':
      for (const handoff of handoffsOf(cluster, what.which, choice)) {
        cluster.links.bring(handoff, choice);
      }
      return;
    case 'subscriber comes':
      cluster.subscribe(cluster.topics[Math.floor(choice * cluster.topics.length)] ?? '', {
        slowMs: 0,
      });
      return;
    case 'subscriber leaves':
      chosen(
        cluster.subscribers.filter(({ closed }) => !closed),
        choice,
      )?.close();
      return;
  }
}

function stall(
  { trace, timeline }: Cluster,
  who: readonly (SimProcess | undefined)[],
  forMs: number,
): void {
  for (const process of who) {
    if (!process) continue;
    trace.note(timeline.nowMs, process.host, () => 'stands still');
    process.stall();
  }
  timeline.after(forMs, undefined, () => {
    for (const process of who) {
      if (!process) continue;
      trace.note(timeline.nowMs, process.host, () => 'goes on');
      process.goOn();
    }
  });
}

/** Nothing is blocked or stalled any more, and an operator is there. */
export function heal(cluster: Cluster): void {
  const { network, links, operators, pods, trace, timeline } = cluster;
  trace.note(timeline.nowMs, '***', () => 'all is healed');
  cluster.healed = true;
  network.unblockAll();
  links.resetLost();
  for (const { process } of pods.members()) process.goOn();
  for (const { process } of operators.leaders) process.goOn();
  const latest = operators.latest;
  if (!latest || latest.process.ended) operators.elect();
}

function handoffsOf(
  { links, operators }: Cluster,
  which: (Happening & { is: 'handoff again' })['which'],
  choice: number,
): readonly link.Handoff[] {
  if (which === 'late') return links.handoffs.filter(({ topics }) => topics.length > 0).slice(-10);
  if (which === 'any') return [chosen(links.handoffs, choice)].filter((it) => it !== undefined);
  const now = operators.pushed.at(-1);
  const old = links.handoffs.filter(({ topics, to, version }) => {
    const isOfNow = version?.epoch === now?.version?.epoch && version?.term === now?.version?.term;
    return topics.length > 0 && !isOfNow && now?.move?.ring.includes(to);
  });
  return old.slice(-6);
}

/** The only storage node that would be wanted is about to end: there is nobody else to take over. */
function isDeserted({ pods }: Cluster, { storage }: Partial<Wish>): boolean {
  return storage === 1 && !pods.ready('storage').some(({ name }) => name.endsWith('-0'));
}

/** It is the only one that is wanted: there is nobody else to take over. */
function isAlone({ wished }: Cluster, tier: 'router' | 'storage'): boolean {
  return (tier === 'router' ? wished.routers : wished.storage) < 2;
}

function processes(cluster: Cluster, who: Who): SimProcess[] {
  if (who !== 'operator') return cluster.pods.members(who).map(({ process }) => process);
  return cluster.operators.leaders.map(({ process }) => process).filter(({ ended }) => !ended);
}

function block(
  cluster: Cluster,
  { between, direction, forMs }: Happening & { is: 'block' },
  choice: number,
): void {
  const { network, pods, operators, timeline } = cluster;
  const isOfLinks = between === 'router and storage';
  const one = isOfLinks
    ? chosen(pods.members('router'), choice)?.process
    : operators.latest?.process;
  const others = pods.members(isOfLinks ? 'storage' : undefined);
  const other = chosen(others, (choice * 13) % 1)?.process;
  if (!one || !other) return;
  cluster.trace.note(
    timeline.nowMs,
    '***',
    () => `${one.host} and ${other.host} can't reach each other`,
  );
  const ways: (readonly [string, string])[] = [];
  if (direction !== 'back') ways.push([one.host, other.host]);
  if (direction !== 'there') ways.push([other.host, one.host]);
  for (const [from, to] of ways) network.block(from, to);
  timeline.after(forMs, undefined, () => {
    for (const [from, to] of ways) network.unblock(from, to);
  });
}

function elect(cluster: Cluster, { before, forMs }: Happening & { is: 'elect' }): void {
  const { operators, timeline } = cluster;
  const old = operators.latest;
  switch (before) {
    case 'dead':
      old?.process.end();
      timeline.after(forMs, undefined, () => {
        if (operators.latest === old) operators.elect();
      });
      return;
    case 'stalled':
      old?.process.stall();
      timeline.after(forMs / 2, undefined, () => operators.elect());
      timeline.after(forMs, undefined, () => old?.process.goOn());
      return;
    case 'refused':
      if (old) old.objects.writes = 'refused';
      operators.elect();
      return;
    case 'going on':
      operators.elect();
      return;
  }
}

function chosen<T>(choices: readonly T[], choice: number): T | undefined {
  return choices[Math.floor(choice * choices.length)];
}
