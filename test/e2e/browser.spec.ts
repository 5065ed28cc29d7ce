import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../router/edge/testing/index.ts';
import { BrowserClient, chromiumIsThere } from '../support/browser/index.ts';
import { Cluster } from '../support/cluster.ts';
import { isAlive } from '../support/process-table.ts';
import { until } from '../support/until.ts';

const cache = 'cache';
const isRun = chromiumIsThere();

let files: TestCertificate;
let cluster: Cluster;
beforeAll(async () => {
  if (!isRun) return;
  files = makeCertificate();
  const env = {
    TOPICPLANE_CLIENT_TLS_CERTIFICATE: files.certificate,
    TOPICPLANE_CLIENT_TLS_KEY: files.key,
  };
  cluster = await Cluster.start({ routers: 2, storage: 1 }, [], env);
});
afterAll(async () => {
  if (!isRun) return;
  await cluster.stop();
  files.remove();
});

describe.runIf(isRun).each([
  { over: 'plain HTTP/1.1', scheme: 'http', protocol: 'http/1.1' },
  { over: 'HTTP/2 and TLS', scheme: 'https', protocol: 'h2' },
])('the SDK in a browser, over $over', ({ scheme, protocol }) => {
  it('subscribes and publishes, and loses nothing when its router goes', async () => {
    const topic = `browser-${scheme}`;
    const client = await BrowserClient.open(`${scheme}://${cluster.endpoint}`);
    try {
      expect(await client.subscribe(cache, topic)).toBe('subscribed');
      const sent: string[] = [];
      const publish = async (): Promise<void> => {
        const value = `item ${sent.length}`;
        if ((await client.publish(cache, topic, value)) === 'published') sent.push(value);
      };
      for (let n = 0; n < 5; n += 1) await publish();
      for (const router of await cluster.members('router')) {
        process.kill(router.pid, 'SIGTERM');
        await until('the router has moved its clients and ended', 60_000, async () => {
          await publish();
          return !isAlive(router.pid);
        });
        await cluster.settled();
      }
      await publish();
      await until('everything arrived', 30_000, async () => {
        const { items } = await client.heard();
        return items.length >= sent.length;
      });
      expect(await client.heard()).toEqual({ items: sent, errors: [], discontinuities: 0 });
      expect([...client.protocols]).toEqual([protocol]);
    } finally {
      await client.close();
    }
  });

  it('is told of a cache that is not there', async () => {
    const client = await BrowserClient.open(`${scheme}://${cluster.endpoint}`);
    try {
      expect(await client.subscribe('none', 'topic')).toMatch(/no cache is named/);
    } finally {
      await client.close();
    }
  });
});
