import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { topo } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import { isHealthy, planRing } from './ring.ts';
import { type WaitMemory, Waits } from './waits.ts';

/** What the processes of a cluster do between two plans. */
type Step =
  | { readonly kind: 'crash' | 'start' | 'vanish'; readonly ordinal: number }
  | { readonly kind: 'scale'; readonly desired: number };

const ordinals = fc.nat(3);
const steps = fc.array(
  fc.record({
    step: fc.oneof(
      fc.record({ kind: fc.constantFrom('crash', 'start', 'vanish'), ordinal: ordinals }),
      fc.record({ kind: fc.constant('scale' as const), desired: fc.integer({ min: 1, max: 4 }) }),
    ) as fc.Arbitrary<Step>,
    pauseMs: fc.constantFrom(0, 500, 6000, 20_000),
  }),
  { maxLength: 40 },
);

class World {
  desired = 2;
  nowMs = 0;
  held: readonly topo.Member[] = [];
  #runs = 0;
  #waits: WaitMemory = new Map();
  readonly #pods = new Map<number, ObservedMember>();

  take(step: Step): void {
    if (step.kind === 'scale') this.desired = step.desired;
    else if (step.kind === 'vanish') this.#pods.delete(step.ordinal);
    else if (step.kind === 'crash')
      this.#pods.set(step.ordinal, sampleDead('storage', step.ordinal));
    else {
      const incarnation = `run-${this.#runs++}`;
      const state = sampleState(`demo-storage-${step.ordinal}`, undefined, { incarnation });
      this.#pods.set(step.ordinal, sampleMember('storage', step.ordinal, undefined, { state }));
    }
  }

  plan() {
    const waits = new Waits(this.#waits, this.nowMs);
    const { desired, held } = this;
    const pods = [...this.#pods.values()];
    const plan = planRing({
      set: 'demo-storage',
      held,
      heldVersion: undefined,
      pods,
      desired,
      policy: defaultPolicy,
      waits,
    });
    this.#waits = waits.memory;
    return plan;
  }

  pod(name: string): ObservedMember | undefined {
    return [...this.#pods.values()].find((pod) => pod.name === name);
  }
}

describe('planRing, whatever happens', () => {
  it('keeps the ring sound: never empty again, owners healthy if anyone is, one entry a node, in order', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const world = new World();
        for (const { step, pauseMs } of script) {
          world.take(step);
          world.nowMs += pauseMs;
          const before = world.held;
          const { members } = world.plan();
          const names = members.map((member) => member.name);
          expect(names).toEqual([...new Set(names)].toSorted());
          if (before.length > 0) expect(names).not.toEqual([]);
          const gone = before.filter((member) => !names.includes(member.name));
          if (gone.length > 0) {
            expect(names.some((name) => isHealthy(world.pod(name)))).toBe(true);
          }
          for (const member of members) {
            const known = world.pod(member.name)?.state?.incarnation;
            if (known !== undefined) expect(member.incarnation).toBe(known);
          }
          world.held = members;
        }
      }),
    );
  });

  it('settles on exactly the nodes that are wanted and healthy, once there is time and one of them', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const world = new World();
        for (const { step, pauseMs } of script) {
          world.take(step);
          world.nowMs += pauseMs;
          world.held = world.plan().members;
        }
        world.take({ kind: 'start', ordinal: 0 });
        for (let round = 0; round < 3; round++) {
          world.held = world.plan().members;
          world.nowMs += 10_000;
        }
        const wanted = Array.from(
          { length: world.desired },
          (_, ordinal) => `demo-storage-${ordinal}`,
        );
        const healthy = wanted.filter((name) => isHealthy(world.pod(name)));
        expect(world.held.map((member) => member.name)).toEqual(healthy);
        const { members, why } = world.plan();
        expect({ members, why }).toEqual({ members: world.held, why: [] });
      }),
    );
  });
});
