import { afterEach, describe, expect, it } from 'vitest';
import { type AdminServer, startAdmin } from './admin.ts';
import { Counter, createRegistry } from './metrics.ts';

let server: AdminServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function ask(
  path: string,
  options: { readonly notReady?: string; readonly method?: string } = {},
): Promise<{ status: number; body: string }> {
  const registry = createRegistry('router', 'router-7');
  new Counter({ name: 'asked_total', help: 'Asked.', registers: [registry] }).inc(3);
  server = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    readiness: () => options.notReady,
    registry,
    json: { '/status': () => ({ fine: true }) },
  });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: options.method ?? 'GET',
  });
  return { status: response.status, body: await response.text() };
}

describe('the admin port', () => {
  it('is alive, whether or not it is ready', async () => {
    expect(await ask('/healthz', { notReady: 'warming' })).toEqual({ status: 200, body: 'ok\n' });
  });

  it('is ready when nothing stands against it', async () => {
    expect(await ask('/readyz')).toEqual({ status: 200, body: 'ready\n' });
  });

  it('says why it is not ready', async () => {
    const answer = await ask('/readyz', { notReady: 'no topology yet' });
    expect(answer).toEqual({ status: 503, body: 'no topology yet\n' });
  });

  it('shows metrics with the process they are of', async () => {
    const { body } = await ask('/metrics');
    expect(body).toContain('asked_total{role="router",name="router-7"} 3');
  });

  it('answers its JSON paths, and nothing else', async () => {
    expect(await ask('/status')).toEqual({ status: 200, body: '{"fine":true}\n' });
    expect((await ask('/toString')).status).toBe(404);
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/status', { method: 'POST' })).status).toBe(405);
  });
});
