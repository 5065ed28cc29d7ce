import { addressAnnotationPrefix, type Pod } from '../../operator/index.ts';
import type { Health } from './health.ts';
import type { PodReport } from './pod-store.ts';
import type { Slot } from './slot.ts';

export interface Running {
  readonly pid: number;
  readonly addresses: Readonly<Record<string, string>>;
  readonly health: Health;
}

/** The pod's status as the world is to see it. `running`: its process, when there is one. */
export function reportOf(pod: Pod, slot: Slot, running: Running | undefined): PodReport {
  const ready = running?.health.ready ?? false;
  const reason = running ? running.health.reason : 'its process ended';
  const container = pod.spec.containers[0]?.name ?? 'member';
  return {
    annotations: Object.fromEntries(
      Object.entries(running?.addresses ?? {}).map(([port, at]) => [
        `${addressAnnotationPrefix}${port}`,
        at,
      ]),
    ),
    status: {
      phase: running ? 'Running' : 'Pending',
      podIP: '127.0.0.1',
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          ...(!ready && { reason: 'NotReady', message: reason }),
        },
      ],
      containerStatuses: [
        {
          name: container,
          restartCount: Math.max(0, slot.restarts),
          ready,
          ...(running && { containerID: `process://${running.pid}` }),
        },
      ],
    },
  };
}
