import { get } from 'node:http';
import type { KubeProbe } from './pod.ts';

export type Answer = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Asks once; 200 to 399 is well, as for a kubelet. Never rejects. @param ports host:port by port name. */
export function ask(
  { httpGet, timeoutSeconds = 1 }: KubeProbe,
  host: string,
  ports: Readonly<Record<string, string>>,
): Promise<Answer> {
  if (!httpGet) throw new Error('a process kubelet knows httpGet probes only');
  const { path = '/', port } = httpGet;
  const address = typeof port === 'number' ? `${host}:${port}` : ports[port];
  if (address === undefined)
    throw new Error(`a probe names port ${port}, which the container lacks`);
  const timeout = timeoutSeconds * 1000;
  return new Promise((resolve) => {
    const not = (reason: string) => resolve({ ok: false, reason });
    const request = get(`http://${address}${path}`, { agent: false });
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer in ${timeout} ms`)),
      timeout,
    );
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error) => not(error.message));
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('error', (error) => not(error.message));
      response.on('end', () => {
        if (statusCode >= 200 && statusCode < 400) resolve({ ok: true });
        else not(`HTTP ${statusCode} ${body.trim()}`);
      });
    });
  });
}
