import type { PodReport } from '../../../local/kubelet/index.ts';
import { type Condition, type KubePod, mainContainer } from './pod.ts';

/** The status of a pod on a node, from what the shared kubelet reports. @param before conditions written earlier. */
export function statusOf(
  pod: KubePod,
  report: PodReport,
  place: { readonly podIp: string; readonly nodeIp: string },
  before: readonly Condition[],
  now: string,
): object {
  const { name, image } = mainContainer(pod);
  const [reported] = report.status.containerStatuses ?? [];
  const ready = report.status.conditions?.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  const containerID = reported?.containerID;
  const runs = containerID !== undefined;
  const readiness = {
    status: isReady ? 'True' : 'False',
    ...(!isReady && { reason: 'ContainersNotReady', message: ready?.message ?? '' }),
  } as const;
  const conditions: Condition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', ...readiness },
    { type: 'Ready', ...readiness },
  ];
  return {
    phase: 'Running',
    podIP: place.podIp,
    // Lists of this kind are merged unless told otherwise, and a pod has one IP address.
    podIPs: [{ $patch: 'replace' }, { ip: place.podIp }],
    hostIP: place.nodeIp,
    conditions: conditions.map((condition) => since(condition, before, now)),
    containerStatuses: [
      {
        name,
        image,
        imageID: image,
        ready: isReady,
        started: runs,
        restartCount: reported?.restartCount ?? 0,
        ...(runs && { containerID }),
        state: runs
          ? { running: {} }
          : { waiting: { reason: 'CrashLoopBackOff', message: ready?.message ?? '' } },
      },
    ],
  };
}

function since(condition: Condition, before: readonly Condition[], now: string): Condition {
  const earlier = before.find(({ type }) => type === condition.type);
  const same = earlier?.status === condition.status ? earlier.lastTransitionTime : undefined;
  return {
    reason: null,
    message: null,
    ...condition,
    lastTransitionTime: same ?? now,
  } as Condition;
}
