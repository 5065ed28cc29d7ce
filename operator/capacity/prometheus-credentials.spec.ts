import type { RequestListener } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import type { Reading } from '../scale/index.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { PrometheusSource } from './prometheus-source.ts';
import { matrix, ScriptedPrometheus, seriesOf, success } from './scripted-prometheus.ts';
import { noSecrets, type SecretReader } from './secrets.ts';
import type { CapacityWant, PrometheusWant } from './source.ts';

const token = 'eyJhbGciOi.the-token.of-a-spec';
const bearerTokenSecret = { name: 'prometheus', key: 'token' };
const caSecret = { name: 'prometheus', key: 'ca.crt' };
const good = success(matrix([seriesOf('demo-router-0', 'cpu', [[1000, '0.5']])]));

let certificates: Certificates;
let server: ScriptedPrometheus;
let values: Record<string, string>;
let asked: string[];

beforeAll(() => {
  certificates = makeCertificates();
});
beforeEach(async () => {
  server = await ScriptedPrometheus.start(certificates);
  server.answer = good;
  values = { token, 'ca.crt': certificates.ca };
  asked = [];
});
afterEach(() => server.stop());

const secrets: SecretReader = {
  read(namespace, name, key) {
    asked.push(`${namespace}/${name}/${key}`);
    const text = values[key];
    return Promise.resolve(
      text === undefined
        ? { kind: 'none', why: `Secret ${name} has no key ${key}` }
        : { kind: 'value', text },
    );
  },
};

function read(how: Partial<PrometheusWant>, from = secrets): Promise<Reading> {
  const want: CapacityWant = {
    namespace: 'default',
    name: 'demo',
    tier: 'router',
    prometheus: { url: server.url, ...how },
    intervalMs: 15_000,
  };
  return new PrometheusSource({ clock: new ManualClock(), secrets: from }).read(want);
}

async function messageOf(...how: Parameters<typeof read>): Promise<string> {
  const reading = await read(...how);
  if (reading.kind !== 'failed') throw new Error('it did not fail');
  expect(reading.message).not.toContain(token);
  return reading.message;
}

describe('a private authority', () => {
  it('is trusted when its Secret is named', async () => {
    expect((await read({ caSecret })).kind).toBe('samples');
    expect(asked).toEqual(['default/prometheus/ca.crt']);
    expect(server.requests[0]?.headers['authorization']).toBeUndefined();
  });

  it('is not trusted without', async () => {
    expect(await messageOf({})).toMatch(/its certificate is not trusted \(\w+\): see caSecret/);
    expect(server.requests).toEqual([]);
  });

  it('is the only one that is trusted', async () => {
    values['ca.crt'] = makeCertificates().ca;
    expect(await messageOf({ caSecret })).toContain('its certificate is not trusted');
    expect(server.requests).toEqual([]);
  });

  it('does not vouch for another name', async () => {
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(await messageOf({ url, caSecret })).toContain(
      '(ERR_TLS_CERT_ALTNAME_INVALID): see caSecret, and the name in the URL',
    );
  });

  it.each(['', 'a word', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'can not be "%s"',
    async (text) => {
      values['ca.crt'] = text;
      expect(await messageOf({ caSecret })).toContain('see caSecret');
      expect(server.requests).toEqual([]);
    },
  );

  it('is of no use where no TLS is spoken', async () => {
    const plain = await ScriptedPrometheus.start();
    try {
      const url = plain.url.replace('http:', 'https:');
      expect(await messageOf({ url, caSecret })).toContain('whether the port speaks TLS');
    } finally {
      await plain.stop();
    }
  });
});

describe('a bearer token', () => {
  const both = { bearerTokenSecret, caSecret };

  it('is sent, without the line break that files end in', async () => {
    values['token'] = `${token}\n`;
    expect((await read(both)).kind).toBe('samples');
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${token}`);
  });

  it('is not sent to one who can not prove who it is', async () => {
    expect(await messageOf({ bearerTokenSecret })).toContain('not trusted');
    expect(server.requests).toEqual([]);
  });

  it('is not sent in the clear', async () => {
    const plain = await ScriptedPrometheus.start();
    try {
      expect(await messageOf({ url: plain.url, bearerTokenSecret })).toContain(
        'it must begin with https://',
      );
      expect([asked, plain.requests]).toEqual([[], []]);
    } finally {
      await plain.stop();
    }
  });

  it('does not follow a redirect', async () => {
    const other = await ScriptedPrometheus.start();
    try {
      server.answer = (_, response) => {
        response.writeHead(307, { location: `${other.url}/api/v1/query` }).end();
      };
      expect(await messageOf(both)).toContain('leads elsewhere');
      expect(other.requests).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['is empty', ''],
    ['is only space', ' \n'],
    ['has a line break in it', `${token}\r\nhost: elsewhere`],
    ['has a space in it', `Bearer ${token}`],
    ['is not of letters', `${token}\u{1f511}`],
  ])('that %s is refused', async (_, text) => {
    values['token'] = text;
    expect(await messageOf(both)).toContain('key token of Secret prometheus holds no bearer token');
    expect(server.requests).toEqual([]);
  });

  it('that is not there is a failure in the words of who looked for it', async () => {
    values = {};
    expect(await messageOf(both)).toBe(
      `Prometheus at ${server.url}: Secret prometheus has no key token`,
    );
    expect(await messageOf(both, noSecrets)).toContain('there are no Secrets without Kubernetes');
    expect(server.requests).toEqual([]);
  });

  it.each<[string, (said: string) => RequestListener]>([
    ['an error', (said) => success({ status: 'error', errorType: said, error: `bad ${said}` })],
    ['a warning', (said) => success({ ...matrix([]), warnings: ['x'.repeat(190) + said] })],
    [
      'a refusal',
      (said) => (_, response) => {
        response.statusCode = 401;
        response.end(JSON.stringify({ status: 'error', errorType: 'x', error: `no ${said}` }));
      },
    ],
    ['a status', (said) => (_, response) => response.writeHead(500, said).end()],
    [
      'a redirect',
      (said) => (_, response) => {
        response.writeHead(302, { location: `/?${said}` }).end();
      },
    ],
  ])('is told to nobody, also when %s repeats it', async (_, answer) => {
    server.answer = answer(token);
    const message = await messageOf(both);
    // Nor is a part of it, where a long text is cut.
    expect(message).not.toContain(token.slice(0, 8));
  });
});

it('a Secret that does not come in time is a failure', async () => {
  const clock = new ManualClock();
  const never: SecretReader = {
    read: (_namespace, _name, _key, signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve({ kind: 'none', why: 'stopped' }));
      }),
  };
  const prometheus = { url: server.url, bearerTokenSecret };
  const want = { namespace: 'a', name: 'b', tier: 'router', prometheus, intervalMs: 9000 } as const;
  const reading = new PrometheusSource({ clock, secrets: never }).read(want);
  clock.advance(5000);
  expect(await reading).toMatchObject({ kind: 'failed' });
});
