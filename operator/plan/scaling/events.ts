import type { Component } from '../../names.ts';
import type { PlanEvent } from '../events.ts';
import type { TierMemory } from './memory.ts';
import type { TierInput } from './tier.ts';

export const tierNames: Readonly<Record<Component, string>> = {
  router: 'routers',
  storage: 'storage nodes',
};

/** Of a tier that is to have another size, or would if it might. */
export function scalingEvents({ tier, memory }: TierInput, next: TierMemory): PlanEvent[] {
  const { decision } = next;
  if (!decision || decision === memory.decision) return [];
  const message = `${tierNames[tier]}: ${decision.message}`;
  const about = 'status';
  if (next.desired > memory.desired) {
    return [{ type: 'Normal', reason: 'ScaledOut', message, about }];
  }
  if (next.desired < memory.desired) {
    return [{ type: 'Normal', reason: 'ScaledIn', message, about }];
  }
  const isFull = decision.reason === 'AtMaximum' && memory.decision?.reason !== 'AtMaximum';
  return isFull ? [{ type: 'Warning', reason: 'AtMaximum', message, about }] : [];
}
