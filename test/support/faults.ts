import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';

/** A sequence of numbers in [0, 1) that a seed fixes (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface FaultsOptions {
  readonly random: () => number;
  /** How long faults are made for. */
  readonly forMs: number;
  /** Replicas go up and down between 1 and these. */
  readonly routersMax: number;
  readonly storageMax: number;
  /** Breaks some streams of the caller's clients. */
  readonly breakStreams: () => void;
}

/**
 * Kills and freezes members, changes replicas and breaks streams, one after the other and sometimes close together.
 * What was done is returned in words. The cluster is left as the last fault left it.
 */
export async function makeFaults(cluster: Cluster, options: FaultsOptions): Promise<string[]> {
  const { random, forMs, routersMax, storageMax, breakStreams } = options;
  const done: string[] = [];
  const endMs = performance.now() + forMs;
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  while (performance.now() < endMs) {
    const kind = random();
    const members = await cluster.members();
    const member = members[Math.floor(random() * members.length)];
    if (kind < 0.45 && member) {
      done.push(`${member.name} killed`);
      await cluster.signal(member.name, 'SIGKILL').catch(gone);
    } else if (kind < 0.65 && member) {
      const ms = Math.round(300 + random() * 2_000);
      done.push(`${member.name} frozen for ${ms} ms`);
      await freeze(member.pid, ms);
    } else if (kind < 0.85) {
      const replicas = { routers: upTo(routersMax), storage: upTo(storageMax) };
      done.push(`${replicas.routers} routers, ${replicas.storage} storage nodes`);
      cluster.edit(replicas);
    } else {
      done.push('streams broken');
      breakStreams();
    }
    await delay(random() < 0.3 ? 100 : 500 + random() * 1_500);
  }
  return done;
}

async function freeze(pid: number, ms: number): Promise<void> {
  try {
    process.kill(pid, 'SIGSTOP');
    await delay(ms);
    process.kill(pid, 'SIGCONT');
  } catch {
    gone();
  }
}

/** It ended between being chosen and being hit. */
function gone(): void {}
