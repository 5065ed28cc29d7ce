import { type Figures, sum } from '../result.ts';
import { short, table, thousands } from './cells.ts';

/** The rest of a core is for what comes at once: new connections, bursts, garbage collection. */
const usableShare = 0.7;
const usPerSecond = 1_000_000;
const manySubscriptions = 10_000;
const mib = 1024 * 1024;

/** What follows for the size of a pod, from our own figures alone. @param of figures of a scenario, if it was run */
export function sizingTable(of: (scenario: string) => Figures | undefined): string {
  const perCore = (us: number) => `${thousands((usPerSecond * usableShare) / us)} a second`;
  const router = (scenario: string) => Object.values(of(scenario)?.cpuUs ?? {})[0];
  const storage = (scenario: string) => Object.values(of(scenario)?.cpuUs ?? {})[1];
  const cpu = (what: string, us: number | undefined) =>
    us === undefined ? [] : [[what, `${short(us)} us`, perCore(us)]];
  const memory = (what: string, scenario: string) => {
    const figures = of(scenario);
    const [each] = Object.values(figures?.bytes ?? {});
    const [empty] = Object.values(figures?.emptyBytes ?? {});
    if (each === undefined || empty === undefined) return [];
    const all = thousands((empty + each * manySubscriptions) / mib);
    const many = thousands(manySubscriptions);
    const held = `${all} MiB with ${many}, ${thousands(empty / mib)} MiB without any`;
    return [[what, `${short(each / 1024)} KiB`, held]];
  };
  const beats = of('heartbeats');
  return table(
    ['', 'each', `a core at ${usableShare * 100} %, or memory`],
    [
      ...cpu('router: delivery, one at a time, to 1,000 connections', router('fanout-1000')),
      ...cpu('router: delivery, in bursts, to 1,000 connections', router('bursts-1000')),
      ...cpu('router: delivery, in bursts, 100 streams to a connection', router('streams-1000')),
      ...cpu('router: publish, one call each', router('publish-4x16')),
      ...cpu('router: publish, many on a stream', router('publish-stream')),
      ...cpu('storage node: publish', storage('publish-4x16')),
      ...cpu('router: client that comes (connection and subscription)', router('idle-own')),
      ...memory('router: subscription with a connection of its own', 'idle-own'),
      ...memory('router: subscription, 100 to a connection', 'idle-shared'),
      ...(beats
        ? [
            [
              `router and storage node: ${thousands(manySubscriptions)} idle subscriptions`,
              `${short(sum(beats.cpuUs) / 10_000)} % of a core`,
              `${thousands((manySubscriptions * usableShare * usPerSecond) / sum(beats.cpuUs))} subscriptions`,
            ],
          ]
        : []),
    ],
  );
}
