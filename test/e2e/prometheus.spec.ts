import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { run } from '../support/command.ts';
import { isAlive, processes } from '../support/process-table.ts';
import { query } from '../support/prometheus.ts';
import { prometheusIsThere } from '../support/prometheus-programs.ts';
import { until } from '../support/until.ts';

const scrapedWithinMs = 60_000;
/** A scrape, and a look of the operator, and some more of each. */
const readWithinMs = 60_000;
const backWithinMs = 30_000;
const goneWithinMs = 15_000;

let cluster: Cluster;

async function url(): Promise<string> {
  const { prometheus } = await cluster.status();
  return prometheus?.url ?? '';
}

async function pidOfPrometheus(): Promise<number> {
  const { dataDir } = await cluster.status();
  return until('Prometheus runs', backWithinMs, () => {
    return processes().find(
      ({ args: [program = '', config = ''] }) =>
        program.endsWith('/prometheus') && config.includes(dataDir),
    )?.pid;
  });
}

/** Waits until exactly these, and the operator, are scraped, each with success. */
async function scraped(...names: readonly string[]): Promise<void> {
  const at = await url();
  await until(`Prometheus scrapes ${names.join(', ')}`, scrapedWithinMs, async () => {
    const up = await query(at, 'up == 1');
    const seen = up.map(({ labels }) => labels['instance'] ?? '');
    return seen.toSorted().join() === [...names, 'operator'].join();
  });
}

describe.runIf(prometheusIsThere())('a local cluster with its Prometheus', () => {
  beforeAll(async () => {
    cluster = await Cluster.start({ routers: 1, storage: 1 }, ['--prometheus']);
  });
  afterAll(() => cluster.stop());

  it('scrapes the members as they come and go', async () => {
    await scraped('e2e-router-0', 'e2e-storage-0');
    cluster.edit({ routers: 2, storage: 1 });
    await scraped('e2e-router-0', 'e2e-router-1', 'e2e-storage-0');
    cluster.edit({ routers: 1, storage: 1 });
    await scraped('e2e-router-0', 'e2e-storage-0');
  });

  it('tells the operator what members carry, for a cluster that names no Prometheus', async () => {
    const scaling = { intervalSeconds: 5, router: { min: 1, max: 2 } };
    cluster.edit({ routers: 1, storage: 1, scaling });
    const at = await url();
    await until('the operator has read it', readWithinMs, async () => {
      const { conditions = [] } = (await cluster.status()).cluster.status ?? {};
      return conditions.some(
        ({ type, status, message }) =>
          type === 'MetricsAvailable' && status === 'True' && message.includes(at),
      );
    });
    // There is a spare one.
    const decided =
      'topicplane_operator_scaling_desired{topic_cluster="default/e2e",tier="router"}';
    await until('what it decides is read', readWithinMs, async () => {
      return (await query(at, `${decided} == 2`)).length === 1;
    });
    cluster.edit({ routers: 1, storage: 1 });
    await cluster.settled();
  });

  it('says when it died, and starts it again at the same address with what it knew', async () => {
    const at = await url();
    const before = await pidOfPrometheus();
    process.kill(before, 'SIGKILL');
    await cluster.said(/prometheus ended \(exit code 137\) and is started again; log: /);
    expect(await pidOfPrometheus()).not.toBe(before);
    await until('it answers again', backWithinMs, async () => {
      const known = await query(at, 'count_over_time(up{instance="e2e-router-1"}[1h])');
      return known.length === 1;
    });
    expect(await url()).toBe(at);
  });

  it('leaves no Prometheus behind when it is killed', async () => {
    const pid = await pidOfPrometheus();
    cluster.command.signal('SIGKILL');
    await until('the end of Prometheus', goneWithinMs, () => !isAlive(pid));
  });
});

it('a local cluster does not start without a Prometheus that it is to have, and says what to install', async () => {
  const command = await run(['local', '--prometheus', '--port', '0'], {
    env: { PATH: '/nowhere' },
  });
  expect(await command.ended).toMatchObject({ code: 1 });
  expect(command.errors).toMatch(/no program prometheus on the PATH: .*apt-get install/);
});
