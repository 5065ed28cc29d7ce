import { describe, expect, it } from 'vitest';
import type { TopicClusterStatus } from '../resource/index.ts';
import { sampleObserved } from '../sample.ts';
import { makePlan, type Plan } from './plan.ts';
import { defaultPolicy } from './policy.ts';
import type { StatusMemory } from './status-write.ts';

/** A store with the status of a cluster, others that write there, and plans that follow each other. */
class Store {
  status: TopicClusterStatus | undefined;
  writes = 0;
  nowMs = 0;
  generation = 1;
  events: string[] = [];
  #memory: StatusMemory | undefined;

  reconcile(): Plan {
    const observed = sampleObserved({}, {});
    const { metadata } = observed.resource;
    const resource = {
      ...observed.resource,
      metadata: { ...metadata, generation: this.generation },
      status: structuredClone(this.status),
    };
    const plan = makePlan(
      { ...observed, resource },
      {
        term: 1,
        defaultImage: 'topicplane:1',
        policy: defaultPolicy,
        endpoint: 'demo.default.svc:443',
        nowMs: this.nowMs,
        wallMs: this.nowMs,
        waits: new Map(),
        refusals: new Map(),
        pushPauses: new Map(),
        statusMemory: this.#memory,
        recorded: undefined,
        scaling: {},
        readings: new Map(),
        prometheusUrl: undefined,
      },
    );
    this.events.push(...plan.events.filter(({ about }) => about === 'status').map((e) => e.reason));
    this.#memory = plan.statusMemory;
    if (plan.status) {
      this.writes += 1;
      const foreign = this.conditions.filter(({ type }) => !/^(Av|Pr|De)/.test(type));
      const conditions = [...foreign, ...plan.status.conditions];
      this.status = { ...plan.status, conditions } as unknown as TopicClusterStatus;
    }
    return plan;
  }

  get conditions(): readonly { readonly type: string; readonly status: string }[] {
    return this.status?.conditions ?? [];
  }

  /** Somebody else says so. */
  say(type: string, is: string): void {
    const others = this.conditions.filter((condition) => condition.type !== type);
    const conditions = [...others, { type, status: is, reason: 'Other', message: 'x' }];
    this.status = { ...this.status, conditions } as unknown as TopicClusterStatus;
  }

  is(type: string): string | undefined {
    return this.conditions.find((condition) => condition.type === type)?.status;
  }

  /** Looks so often as it is busiest, and lets somebody meddle before each look. */
  live(seconds: number, meddle: () => void = () => undefined): void {
    for (let look = 0; look < seconds * 4; look++) {
      meddle();
      this.reconcile();
      this.nowMs += 250;
    }
  }
}

function settled(): Store {
  const store = new Store();
  store.live(1);
  store.writes = 0;
  store.events = [];
  return store;
}

describe('the status of a cluster that somebody else writes to, too', () => {
  it('is written once when nothing happens', () => {
    const store = new Store();
    store.live(5);
    expect(store.writes).toBe(1);
  });

  it('leaves conditions of other types alone, and does not mind them', () => {
    const store = settled();
    store.say('Synced', 'True');
    store.live(60);
    expect([store.writes, store.is('Synced')]).toEqual([0, 'True']);
    store.generation += 1;
    store.live(60);
    expect([store.writes, store.is('Synced')]).toEqual([1, 'True']);
  });

  it('is put right once, at once, when one of its conditions was changed', () => {
    const store = settled();
    store.say('Degraded', 'True');
    store.reconcile();
    expect(store.is('Degraded')).toBe('False');
    store.live(60);
    expect(store.writes).toBe(1);
  });

  it('is put right less and less often when somebody insists', () => {
    const store = settled();
    store.live(600, () => store.say('Degraded', 'True'));
    // At once, after 1, 2, 4, 8, 16 s, and then every 30 s.
    expect(store.writes).toBeGreaterThan(15);
    expect(store.writes).toBeLessThan(30);
    // Nor are there more events than writes.
    expect(store.events.length).toBeLessThanOrEqual(store.writes);
  });

  it('is written less and less often when that changes nothing', () => {
    const store = settled();
    const kept = { name: 'theirs', ready: true, phase: 'Unknown' };
    store.live(600, () => {
      const { routers } = store.status ?? {};
      const members = [...(routers?.members ?? []).filter((it) => it.name !== kept.name), kept];
      store.status = { ...store.status, routers: { ...routers, members } } as TopicClusterStatus;
    });
    expect(store.writes).toBeLessThan(30);
  });

  it('tells news at once, even then, and is looked at again when it may be put right', () => {
    const store = settled();
    store.live(100, () => store.say('Degraded', 'True'));
    store.say('Degraded', 'True');
    const held = store.reconcile();
    expect(held.status).toBeUndefined();
    expect(held.requeueAfterMs).toBeGreaterThan(0);
    expect(held.requeueAfterMs).toBeLessThanOrEqual(defaultPolicy.refusedMsMax);
    store.generation += 1;
    expect(store.reconcile().status?.observedGeneration).toBe(2);
  });

  it('is put right at once again after some peace', () => {
    const store = settled();
    store.live(100, () => store.say('Degraded', 'True'));
    store.live(90);
    for (let time = 0; time < 2; time++) {
      store.say('Degraded', 'True');
      store.reconcile();
      expect(store.is('Degraded')).toBe('False');
    }
  });
});
