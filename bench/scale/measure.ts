import { setTimeout as delay } from 'node:timers/promises';
import { control } from '../../proto/index.ts';
import { Latencies } from '../../test/support/latencies.ts';
import { getState } from '../../test/support/member-calls.ts';
import { routerSteps } from '../../test/support/scaling-story.ts';
import { settled } from '../../test/support/settle.ts';
import { ScaledCluster } from './cluster.ts';
import { type Curve, loadCurve } from './curve.ts';
import { CurvedLoad } from './load.ts';
import type { Sample, ScaleOptions, ScaleResult } from './result.ts';

/** After the curve, for routers that are not needed any more to go. */
const afterSecondsMax = 120;
/** What is drawn of the rest, once nothing happens any more. */
const afterSecondsMin = 5;

/**
 * Raises and lowers the load of a cluster of processes on this machine whose routers follow it.
 * @param progress told each second.
 */
export async function measureScale(
  options: ScaleOptions,
  progress: (sample: Sample) => void,
): Promise<ScaleResult> {
  const { subscriptions, publishesPerSecond, prometheus } = options;
  const cluster = await ScaledCluster.start(specOf(options), prometheus ? ['--prometheus'] : []);
  const load = new CurvedLoad(cluster.endpoint);
  try {
    const curve = loadCurve(options.seconds, { subscriptions, publishesPerSecond });
    const samples = await follow(cluster, load, curve, options, progress);
    await load.stop();
    const { counts } = await settled(load.watch);
    const all = [load.allLatencies];
    return {
      options,
      phases: curve.phases,
      samples,
      steps: routerSteps(cluster),
      totals: {
        published: counts.published,
        failedPublishes: counts.failed,
        delivered: counts.delivered,
        lost: counts.silentLosses,
        discontinuities: counts.discontinuities,
        deliveryMsP50: Latencies.quantileMs(all, 0.5),
        deliveryMsP99: Latencies.quantileMs(all, 0.99),
      },
    };
  } finally {
    load.close();
    await cluster.stop();
  }
}

function specOf({ min, max, targetPercent, streamsPerRouter }: ScaleOptions) {
  return {
    ...{ routers: min, storage: 2, drainSeconds: 4 },
    routerCapacity: { streams: streamsPerRouter },
    scaling: {
      intervalSeconds: 5,
      router: { min, max, targetPercent, in: { stabilisationSeconds: 15, periodSeconds: 15 } },
    },
  };
}

/** Until the curve is over and no more routers are there than at first. */
async function follow(
  cluster: ScaledCluster,
  load: CurvedLoad,
  curve: Curve,
  { min }: ScaleOptions,
  progress: (sample: Sample) => void,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const served = new Set<number>();
  const startMs = performance.now();
  let before = { atMs: startMs, deliveries: 0, acked: 0 };
  let [second, idle] = [0, 0];
  while (idle < afterSecondsMin && second < curve.seconds + afterSecondsMax) {
    load.become(curve.at(second));
    // Timers may come early: a whole second is one, also when it lacks a bit.
    const elapsedMs = performance.now() - startMs;
    await delay(1000 * Math.floor(elapsedMs / 1000 + 1.1) - elapsedMs);
    const now = {
      atMs: performance.now(),
      deliveries: load.allLatencies.count,
      acked: load.acked,
    };
    const seconds = (now.atMs - before.atMs) / 1000;
    second = (now.atMs - startMs) / 1000;
    const latencies = load.takeLatencies();
    const sample: Sample = {
      second,
      subscriptions: load.subscriptions,
      deliveriesPerSecond: (now.deliveries - before.deliveries) / seconds,
      publishesPerSecond: (now.acked - before.acked) / seconds,
      ...(await routersOf(cluster, served)),
      deliveryMsP99: latencies.count > 0 ? Latencies.quantileMs([latencies], 0.99) : null,
      discontinuities: load.discontinuities,
      failedPublishes: load.failed,
    };
    before = now;
    samples.push(sample);
    progress(sample);
    const isBack = sample.desired <= min && sample.inRotation <= min && second >= curve.seconds;
    idle = isBack ? idle + 1 : 0;
  }
  return samples;
}

type Routers = Pick<Sample, 'utilisation' | 'dimension' | 'desired' | 'warming' | 'inRotation'>;

/** @param served process ids of routers that were in the rotation: they don't warm up any more. */
async function routersOf(cluster: ScaledCluster, served: Set<number>): Promise<Routers> {
  const { cluster: resource, members: all } = await cluster.status();
  const members = all.flatMap(({ role, pid, addresses }) => {
    return role === 'router' && pid !== undefined ? [{ pid, address: addresses['control'] }] : [];
  });
  const looks = await Promise.all(
    members.map(async ({ pid, address }) => {
      // One that starts, or is about to end, doesn't answer.
      return { pid, state: await getState(address ?? '').catch(() => undefined) };
    }),
  );
  const serving = looks.filter(({ state }) => state?.phase === control.Phase.IN_ROTATION);
  for (const { pid } of serving) served.add(pid);
  const sums = new Map<string, number>();
  for (const { dimension, used, limit } of serving.flatMap(({ state }) => state?.capacity ?? [])) {
    sums.set(dimension, (sums.get(dimension) ?? 0) + used / limit);
  }
  const [dimension, sum] = [...sums].reduce(
    (most, each) => (each[1] > most[1] ? each : most),
    ['', 0],
  );
  return {
    utilisation: sum / Math.max(1, serving.length),
    dimension,
    desired: resource.status?.scaling?.router?.desired ?? members.length,
    warming: members.filter(({ pid }) => !served.has(pid)).length,
    inRotation: serving.length,
  };
}
