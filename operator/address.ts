import { addressAnnotationPrefix } from './names.ts';
import type { Pod } from './store.ts';

/**
 * host:port at which a pod serves a named container port: what its annotation says, else its IP address.
 * `undefined` while it has neither, or no such port.
 */
export function addressOf(pod: Pod, portName: string): string | undefined {
  const annotated = pod.metadata.annotations?.[`${addressAnnotationPrefix}${portName}`];
  if (annotated !== undefined) return annotated;
  const ip = pod.status?.podIP;
  const ports = pod.spec.containers.flatMap((container) => container.ports);
  const port = ports.find((candidate) => candidate.name === portName)?.containerPort;
  if (ip === undefined || ip === '' || port === undefined) return undefined;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Whether the pod's Ready condition holds and it isn't being deleted. */
export function isReady(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return (
    pod.status?.conditions?.some((condition) => {
      return condition.type === 'Ready' && condition.status === 'True';
    }) ?? false
  );
}
