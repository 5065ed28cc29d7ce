import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { Scene } from '../scene/index.ts';
it('churn', async () => {
  const kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  const scene = await Scene.open('churn');
  const op = await scene.operator('op');
  const cluster = scene.cluster('demo');
  const spec = { caches: [{ name: 'cache' }], router: { replicas: 2 }, storage: { replicas: 1 } };
  for (let round = 0; round < 3; round++) {
    await cluster.become({ ...spec, router: { replicas: 1 } });
    await cluster.become(spec);
    const t0 = Date.now();
    let last = JSON.stringify((await cluster.get()).status);
    console.error('START', last);
    while (Date.now() - t0 < 15000) {
      await delay(50);
      const now = JSON.stringify((await cluster.get()).status);
      if (now !== last) console.error('CHANGE', Date.now() - t0, now);
      last = now;
    }
  }
  console.error(op.command.errors.split('\n').slice(-15).join('\n'));
  await scene.close();
  await kubelet.stop();
  expect(1).toBe(1);
}, 200_000);
