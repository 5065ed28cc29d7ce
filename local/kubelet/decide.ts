import type { Pod } from '../../operator/index.ts';
import type { Slot } from './slot.ts';

/** One thing to do about one pod's process, by pod uid. */
export type Step =
  | { readonly do: 'start'; readonly pod: Pod }
  /** Ask the process to end, with this much time. */
  | { readonly do: 'stop'; readonly uid: string; readonly graceMs: number }
  | { readonly do: 'kill'; readonly uid: string }
  /** No process is left of a pod that is going: it can go. */
  | { readonly do: 'remove'; readonly pod: Pod }
  | { readonly do: 'forget'; readonly uid: string };

export interface Decision {
  readonly steps: readonly Step[];
  /** When to decide again if nothing happens before; undefined: no need. */
  readonly againInMs: number | undefined;
}

/** What to do so that each pod that is to be has its process and no other process is left. Slots are by pod uid. */
export function decide(
  pods: readonly Pod[],
  slots: ReadonlyMap<string, Slot>,
  nowMs: number,
): Decision {
  const steps: Step[] = [];
  const waitsMs: number[] = [];
  const known = new Map(pods.map((pod) => [uidOf(pod), pod]));

  for (const [uid, pod] of known) {
    const slot = slots.get(uid);
    const going = pod.metadata.deletionTimestamp !== undefined;
    if (!slot || slot.state.kind === 'waiting' || slot.state.kind === 'stopped') {
      const waitMs = slot?.state.kind === 'waiting' ? slot.state.notBeforeMs - nowMs : 0;
      if (going) steps.push({ do: 'remove', pod });
      else if (waitMs <= 0) steps.push({ do: 'start', pod });
      else waitsMs.push(waitMs);
    } else if (slot.state.kind === 'running' && going) {
      const graceMs = pod.spec.terminationGracePeriodSeconds * 1000;
      steps.push({ do: 'stop', uid, graceMs });
      waitsMs.push(graceMs);
    }
  }
  for (const [uid, { state }] of slots) {
    if (state.kind === 'stopping') {
      if (state.killAtMs <= nowMs) steps.push({ do: 'kill', uid });
      else waitsMs.push(state.killAtMs - nowMs);
    } else if (!known.has(uid)) {
      if (state.kind === 'waiting' || state.kind === 'stopped') steps.push({ do: 'forget', uid });
      else if (state.kind === 'running') steps.push({ do: 'kill', uid });
    }
  }
  return { steps, againInMs: waitsMs.length > 0 ? Math.min(...waitsMs) : undefined };
}

export function uidOf(pod: Pod): string {
  return pod.metadata.uid ?? pod.metadata.name;
}
