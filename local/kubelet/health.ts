import { get } from 'node:http';

/** What a member says about itself when asked. */
export type ProbeResult =
  | { readonly answer: 'ready' }
  | { readonly answer: 'not-ready'; readonly reason: string }
  | { readonly answer: 'none'; readonly reason: string };

/** Asks the member whose admin server is at `address` (host:port). Never rejects. */
export type Probe = (address: string) => Promise<ProbeResult>;

export interface Health {
  readonly ready: boolean;
  /** Why not, for people; empty when ready. */
  readonly reason: string;
  /** Probes in a row that nobody answered. */
  readonly unanswered: number;
}

export const starting: Health = { ready: false, reason: 'starting', unanswered: 0 };

/** A ready member that is only slow to answer stays ready for this many probes. */
const unansweredMax = 3;

export function afterProbe(health: Health, result: ProbeResult): Health {
  switch (result.answer) {
    case 'ready':
      return { ready: true, reason: '', unanswered: 0 };
    case 'not-ready':
      return { ready: false, reason: result.reason, unanswered: 0 };
    case 'none': {
      const unanswered = health.unanswered + 1;
      if (health.ready && unanswered < unansweredMax) return { ...health, unanswered };
      return { ready: false, reason: result.reason, unanswered };
    }
    default:
      return result satisfies never;
  }
}

const probeTimeoutMs = 1000;

/** GET /readyz. 200 is ready, any other answer is not. */
export const httpProbe: Probe = (address) =>
  new Promise((resolve) => {
    const none = (reason: string) => resolve({ answer: 'none', reason });
    const request = get(`http://${address}/readyz`, { timeout: probeTimeoutMs, agent: false });
    request.on('timeout', () => {
      request.destroy();
      none(`no answer on ${address} within ${probeTimeoutMs} ms`);
    });
    request.on('error', (error) => none(error.message));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => none(error.message));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ answer: 'ready' });
        else resolve({ answer: 'not-ready', reason: Buffer.concat(chunks).toString().trim() });
      });
    });
  });
