import type { Place } from '../../../local/kubelet/index.ts';
import { loopbackOf } from './addresses.ts';
import { type KubePod, mainContainer } from './pod.ts';
import type { Volumes } from './volumes.ts';

/**
 * A pod's own loopback address with the ports of its container, and its volumes wherever this machine has them: there
 * is no container to mount them in.
 */
export function placeOf(pod: KubePod, podIp: string, volumes: Volumes): Place {
  const ip = loopbackOf(podIp);
  const mounts = (mainContainer(pod).volumeMounts ?? []).map(({ name, mountPath }) => {
    return { inside: mountPath.replace(/\/*$/, '/'), outside: `${volumes.folderOf(pod, name)}/` };
  });
  const placed = (arg: string): string => {
    const mount = mounts.find(({ inside }) => arg.startsWith(inside) || arg.includes(`=${inside}`));
    const moved = mount ? arg.replace(mount.inside, mount.outside) : arg;
    return moved.replace(/(^|=)(?:0\.0\.0\.0|\[::\])(?=:\d+$)/, `$1${ip}`);
  };
  return { ip, args: (args) => args.map(placed) };
}
