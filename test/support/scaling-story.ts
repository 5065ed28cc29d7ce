import type { Cluster } from './cluster.ts';
import { until } from './until.ts';

/** One change of a tier's size, as the operator told of it. */
export interface Step {
  readonly reason: 'ScaledOut' | 'ScaledIn';
  readonly from: number;
  readonly to: number;
  /** For people. */
  readonly message: string;
}

/** Changes of the number of routers so far, from the operator's log. */
export function routerSteps(cluster: Pick<Cluster, 'logOf'>): readonly Step[] {
  return cluster
    .logOf('operator')
    .split('\n')
    .filter((line) => /"reason":"Scaled(Out|In)"/.test(line))
    .flatMap((line) => {
      const { reason, msg } = JSON.parse(line) as { reason: Step['reason']; msg: string };
      const sizes = /^routers: (\d+) -> (\d+): /.exec(msg);
      if (!sizes) return [];
      return [{ reason, from: Number(sizes[1]), to: Number(sizes[2]), message: msg }];
    });
}

/** Waits until so many routers are wanted, and there are as many and all of them serve. */
export async function routersAre(cluster: Cluster, count: number, withinMs: number): Promise<void> {
  await until(`${count} routers`, withinMs, async () => {
    const { ready, members, cluster: resource } = await cluster.status();
    const routers = members.filter(({ role }) => role === 'router');
    const wanted = resource.status?.scaling?.router?.desired;
    return ready && wanted === count && routers.length === count;
  });
}
