import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { judge, judgeBounds, type Reading } from '../scale/index.ts';
import { PrometheusSource } from './prometheus-source.ts';
import {
  matrix,
  ScriptedPrometheus,
  type Series,
  seriesOf,
  success,
} from './scripted-prometheus.ts';
import { noSecrets } from './secrets.ts';
import type { CapacityWant } from './source.ts';

let clock: ManualClock;
let server: ScriptedPrometheus;

beforeEach(async () => {
  clock = new ManualClock();
  server = await ScriptedPrometheus.start();
});
afterEach(() => server.stop());

const wantOf = (url = server.url): CapacityWant => ({
  namespace: 'default',
  name: 'demo',
  tier: 'router',
  prometheus: { url },
  intervalMs: 15_000,
});

function source(options: { answerBytesMax?: number } = {}): PrometheusSource {
  return new PrometheusSource({ clock, secrets: noSecrets, ...options });
}

async function read(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  server.answer = (request, response) => answer(response, request);
  return await source().read(wantOf());
}

const readBody = (body: object | string) => {
  return read((response, request) => success(body)(request, response));
};
const readSeries = (...series: readonly Series[]) => readBody(matrix(series));

function messageOf(reading: Reading): string {
  if (reading.kind !== 'failed') throw new Error('it did not fail');
  return reading.message;
}

function samplesOf(reading: Reading) {
  if (reading.kind !== 'samples') throw new Error(reading.message);
  return reading.samples;
}

describe('what is asked', () => {
  it('is for the raw samples of the tier, over more intervals than are fresh', async () => {
    expect(await readSeries()).toEqual({ kind: 'samples', samples: [] });
    const [asked] = server.requests;
    expect([asked?.method, asked?.url.pathname]).toEqual(['GET', '/api/v1/query']);
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
      query: 'topicplane_capacity_ratio{topic_cluster="default/demo",role="router"}[90000ms]',
      timeout: '5000ms',
      partial_response: 'false',
    });
    expect(asked?.headers['authorization']).toBeUndefined();
    expect(6 * 15_000).toBeGreaterThan(judgeBounds.intervalsMax * 15_000);
  });

  it('can not be ended by a name', async () => {
    server.answer = success(matrix([]));
    await source().read({ ...wantOf(), name: 'a"} or \\up{x="\n' });
    expect(server.requests[0]?.url.searchParams.get('query')).toBe(
      'topicplane_capacity_ratio{topic_cluster="default/a\\"} or \\\\up{x=\\"\\n",role="router"}[90000ms]',
    );
  });

  it.each(['', '/', '/prometheus', '/prometheus/'])('goes below the path "%s"', async (path) => {
    server.answer = success(matrix([]));
    await source().read(wantOf(server.url + path));
    const below = path.replace(/\/$/, '');
    expect(server.requests[0]?.url.pathname).toBe(`${below}/api/v1/query`);
  });

  it.each([
    ['no url', 'prometheus', 'it is no URL'],
    ['another scheme', 'file:///etc/passwd', 'it must begin with http:// or https://'],
    ['a password', 'http://me:hunter2@127.0.0.1/', 'it must have no user and password'],
    ['a query', 'http://127.0.0.1/secret?x=', 'it must end before "?" and "#"'],
    ['an empty query', 'http://127.0.0.1/secret?', 'it must end before "?" and "#"'],
    ['a fragment', 'http://127.0.0.1/secret#', 'it must end before "?" and "#"'],
  ])('is not asked of %s', async (_, url, says) => {
    const message = messageOf(await source().read(wantOf(url)));
    expect(message).toContain(says);
    expect(message).toContain('spec.scaling.prometheus.url');
    expect(message).not.toContain('hunter2');
    expect(server.requests).toEqual([]);
  });
});

describe('an answer', () => {
  it('is the newest sample of each member and dimension, with its own time', async () => {
    const reading = await readSeries(
      seriesOf('demo-router-0', 'cpu', [
        [1000, '0.1'],
        [1030.25, '0.3'],
        [1015, '0.2'],
      ]),
      seriesOf('demo-router-0', 'memory', [[1030, '0.5']]),
      seriesOf('demo-router-1', 'cpu', [[1029, '1e-2']]),
    );
    expect(samplesOf(reading)).toEqual([
      { member: 'demo-router-0', dimension: 'cpu', ratio: 0.3, atMs: 1_030_250 },
      { member: 'demo-router-0', dimension: 'memory', ratio: 0.5, atMs: 1_030_000 },
      { member: 'demo-router-1', dimension: 'cpu', ratio: 0.01, atMs: 1_029_000 },
    ]);
  });

  it.each<[string, string, number]>([
    ['NaN', 'NaN', Number.NaN],
    ['infinite', '+Inf', Number.POSITIVE_INFINITY],
    ['infinite below 0', '-Inf', Number.NEGATIVE_INFINITY],
    ['negative', '-0.5', -0.5],
    ['huge', '1e+300', 1e300],
    ['empty', '', Number.NaN],
    ['a space', ' ', Number.NaN],
    ['a word', 'full', Number.NaN],
    ['hexadecimal', '0x10', Number.NaN],
  ])('with a value that is %s is passed on, never as 0', async (_, text, ratio) => {
    const reading = await readSeries(
      seriesOf('demo-router-0', 'cpu', [
        [1000, '0.5'],
        [1015, text],
      ]),
    );
    expect(samplesOf(reading).map((sample) => sample.ratio)).toEqual([ratio]);
    const verdict = judge({
      reading,
      serving: ['demo-router-0'],
      nowMs: 1_015_000,
      before: undefined,
      doubted: undefined,
      bounds: judgeBounds,
    });
    expect(verdict).toMatchObject({ kind: 'unknown', reason: 'Absurd' });
  });

  it('has nothing of another cluster, tier or metric, and nothing without a name', async () => {
    const good = seriesOf('demo-router-0', 'cpu', [[1000, '0.1']]);
    const other = (labels: object) => ({ ...good, metric: { ...good.metric, ...labels } });
    const reading = await readSeries(
      other({ topic_cluster: 'other/demo', name: 'a' }),
      other({ role: 'storage', name: 'b' }),
      other({ __name__: 'topicplane_capacity_used', name: 'c' }),
      other({ name: undefined }),
      other({ dimension: undefined }),
      other({ name: 7 }),
      good,
    );
    expect(samplesOf(reading).map(({ member }) => member)).toEqual(['demo-router-0']);
  });

  it('with two series of a member counts the newest', async () => {
    const twice = (first: [number, string], second: [number, string]) =>
      readSeries(
        seriesOf('demo-router-0', 'cpu', [first], { job: 'a' }),
        seriesOf('demo-router-0', 'cpu', [second], { job: 'b' }),
      );
    const ratios = async (...both: Parameters<typeof twice>) =>
      samplesOf(await twice(...both)).map(({ ratio }) => ratio);
    expect(await ratios([1000, '0.9'], [1001, '0.2'])).toEqual([0.2]);
    expect(await ratios([1001, '0.2'], [1000, '0.9'])).toEqual([0.2]);
    // The fuller one when both are as new.
    expect(await ratios([1000, '0.9'], [1000, '0.2'])).toEqual([0.9]);
    expect(await ratios([1000, '0.2'], [1000, '0.9'])).toEqual([0.9]);
    expect(await ratios([1000, '0.2'], [1000, 'NaN'])).toEqual([0.2]);
    expect(await ratios([1000, 'NaN'], [1000, '0.2'])).toEqual([0.2]);
  });

  it('may be of 1000 members and 8 dimensions', async () => {
    const series = Array.from({ length: 8000 }, (_, n) =>
      seriesOf(
        `demo-router-${n >> 3}`,
        `dimension-${n & 7}`,
        Array.from({ length: 18 }, (_, at): [number, string] => [1000 + 5 * at, `0.${n}`]),
      ),
    );
    const samples = samplesOf(await readSeries(...series));
    expect(samples).toHaveLength(8000);
    expect(new Set(samples.map(({ member }) => member)).size).toBe(1000);
    expect(samples.every(({ atMs }) => atMs === 1_085_000)).toBe(true);
  });

  it('of a member that is gone is not counted, though its samples are still there', async () => {
    const reading = await readSeries(
      seriesOf('demo-router-0', 'cpu', [[1000, '0.2']]),
      seriesOf('demo-router-9', 'cpu', [[1000, '0.9']]),
    );
    const serving = ['demo-router-0'];
    const doubted = undefined;
    const verdict = judge({
      ...{ reading, serving, nowMs: 1_001_000, before: undefined, doubted, bounds: judgeBounds },
    });
    expect(verdict).toMatchObject({ kind: 'known', load: { dimensions: [{ load: 0.2 }] } });
  });
});

describe('no reading is made of', () => {
  it.each<[string, object | string, string]>([
    ['what is no JSON', '<html>hello</html>', 'the answer is no JSON'],
    ['nothing', '', 'the answer is no JSON'],
    ['a broken answer', '{"status":"success","data":{"resultType":"mat', 'no JSON'],
    ['a number', '7', 'the answer is no object'],
    ['null', 'null', 'the answer is no object'],
    ['a list', '[]', 'the answer is no object'],
    ['another document', { kind: 'Status' }, 'the answer is not the one of a query'],
    [
      'an error',
      { status: 'error', errorType: 'execution', error: 'out of memory' },
      'it says execution: out of memory',
    ],
    ['no data', { status: 'success' }, 'the answer is no range of samples'],
    [
      'a vector',
      { status: 'success', data: { resultType: 'vector', result: [] } },
      'the answer is no range of samples',
    ],
    [
      'no result',
      { status: 'success', data: { resultType: 'matrix', result: {} } },
      'the answer is no range of samples',
    ],
    [
      'a part of the answer',
      { ...matrix([]), warnings: ['store b is away'] },
      'it warns that the answer may lack something: store b is away',
    ],
    ['a warning of another form', { ...matrix([]), warnings: 'b' }, 'may lack something: b'],
    ['what is said to be a part', { ...matrix([]), isPartial: true }, 'only a part of the answer'],
    ['a 0 among the series', matrix([0]), 'has not the form of one'],
    ['a list among the series', matrix([[]]), 'has not the form of one'],
    [
      'series without a comma',
      JSON.stringify(matrix([seriesOf('a', 'b', []), 0])).replace(',0]', '{}]'),
      'has not the form of one',
    ],
    [
      'two results',
      '{"status":"success","data":{"resultType":"matrix","result":[{}],"result":[]}}',
      'has not the form of one',
    ],
    [
      'a result elsewhere',
      {
        other: { result: [seriesOf('demo-router-0', 'cpu', [[1000, '0.5']])] },
        ...matrix([5]),
      },
      'has not the form of one',
    ],
    ['a series that is none', matrix([null]), 'has not the form of one'],
    ['a series without labels', matrix([{ values: [] }]), 'has not the form of one'],
    ['values that are none', seriesWith({ 0: 1 }), 'has not the form of one'],
    ['a series without values', seriesWith([]), 'has not the form of one'],
    ['a value that is no pair', seriesWith([7]), 'has not the form of one'],
    ['a value of three', seriesWith([[1, '0.5', '0.6']]), 'has not the form of one'],
    ['a value that is no text', seriesWith([[1, 0.5]]), 'has not the form of one'],
    ['a value that is null', seriesWith([[1, null]]), 'has not the form of one'],
    ['a time that is no number', seriesWith([['1', '0.5']]), 'has not the form of one'],
  ])('%s', async (_, body, says) => {
    const message = messageOf(await readBody(body));
    expect(message).toContain(says);
    expect(message.startsWith(`Prometheus at ${server.url}: `)).toBe(true);
  });

  it('an answer whose warnings are empty is whole', async () => {
    expect((await readBody({ ...matrix([]), warnings: [] })).kind).toBe('samples');
    expect(clock.pending).toBe(0);
  });

  it('an error is not told at length', async () => {
    const message = messageOf(await readBody(error('execution', 'x'.repeat(100_000))));
    expect(message.length).toBeLessThan(400);
  });

  it.each<[number, string, string]>([
    [500, 'trouble', 'it answered HTTP 500'],
    [503, error('unavailable', 'starting'), 'it answered HTTP 503, it says unavailable: starting'],
    [422, error('execution', 'too many samples'), 'HTTP 422, it says execution: too many samples'],
    [404, 'not here', 'there is no Prometheus there (HTTP 404)'],
    [401, 'who', 'does not let the operator in (HTTP 401): see bearerTokenSecret'],
    [403, error('x', 'tenant'), 'does not let the operator in (HTTP 403, it says x: tenant)'],
    [204, '', 'it answered HTTP 204'],
    [304, '', 'it leads elsewhere (HTTP 304)'],
  ])('an answer of status %i', async (status, body, says) => {
    const message = messageOf(
      await read((response) => {
        response.statusCode = status;
        response.end(status === 204 || status === 304 ? undefined : body);
      }),
    );
    expect(message).toContain(says);
    // Whatever it is that stands there, it isn't read out.
    expect(message).not.toMatch(/trouble|not here|who/);
  });

  it('what a redirect leads to', async () => {
    const reading = await read((response, request) => {
      if (request.url?.startsWith('/api')) response.writeHead(302, { location: '/elsewhere' });
      response.end(JSON.stringify(matrix([])));
    });
    expect(messageOf(reading)).toContain('leads elsewhere (HTTP 302), which is not followed');
    expect(server.requests).toHaveLength(1);
  });

  it('an answer that never comes', async () => {
    server.answer = () => undefined;
    const reading = source().read(wantOf());
    await server.asked();
    clock.advance(4999);
    clock.advance(1);
    expect(messageOf(await reading)).toContain('no whole answer within 5 s');
    expect(clock.pending).toBe(0);
  });

  it('an answer that comes later than it is asked for again', async () => {
    server.answer = () => undefined;
    const reading = source().read({ ...wantOf(), intervalMs: 5000 });
    await server.asked();
    clock.advance(4000);
    expect(messageOf(await reading)).toContain('no whole answer within 4 s');
  });

  it('an answer that trickles', async () => {
    server.answer = (_, response) => {
      const drip = (): void => void response.write(' ', () => setTimeout(drip, 1));
      drip();
    };
    const reading = source().read(wantOf());
    await server.asked();
    clock.advance(5000);
    expect(messageOf(await reading)).toContain('no whole answer within 5 s');
    await server.idle();
  });

  it.each<[string, () => string, string]>([
    [
      'series',
      () => `${JSON.stringify(seriesOf('demo-router-0', 'cpu', [[1000, '0.5']]))},`,
      'the answer is too long (more than 1048576 bytes)',
    ],
    ['nothing', () => ' ', 'a part that is too long for samples'],
    ['a list in a list', () => '[', 'a part that is too long for samples'],
  ])('an answer without an end, of %s', async (_, each, says) => {
    const block = Buffer.from(each().repeat(Math.ceil(64_000 / each().length)));
    let written = 0;
    server.answer = (_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write(block)) written += block.length;
        response.once('drain', pour);
      };
      response.write('{"status":"success","data":{"resultType":"matrix","result":[');
      pour();
    };
    const reading = await source({ answerBytesMax: 1024 * 1024 }).read(wantOf());
    expect(messageOf(reading)).toContain(says);
    await server.idle();
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it('more members than a tier can have', async () => {
    const series = Array.from({ length: 20_001 }, (_, n) => seriesOf(`r-${n}`, 'cpu', [[1, '0']]));
    expect(messageOf(await readSeries(...series))).toContain('more members and dimensions than');
    expect((await readSeries(...series.slice(1))).kind).toBe('samples');
  });

  it('an error without an end', async () => {
    const reading = await read((response) => {
      response.statusCode = 500;
      response.write(Buffer.alloc(1024 * 1024, 'x'));
    });
    expect(messageOf(reading)).toContain('it answered HTTP 500');
    await server.idle();
  });

  it('an answer that breaks off', async () => {
    const reading = await read((response) => {
      response.write('{"status":', () => response.socket?.resetAndDestroy());
    });
    expect(messageOf(reading)).toContain('the connection broke (ECONNRESET)');
  });

  it('what is no HTTP', async () => {
    const reading = await read((response) => response.socket?.end('SSH-2.0-x\r\n'));
    expect(messageOf(reading)).toContain('the answer is no HTTP (HPE_');
  });

  it('a port at which nobody listens', async () => {
    const { url } = server;
    await server.stop();
    expect(messageOf(await source().read(wantOf(url)))).toBe(
      `Prometheus at ${url}: nobody listens there (ECONNREFUSED): see whether it runs, and the port`,
    );
  });

  it('a look that was called off', async () => {
    server.answer = () => undefined;
    const stop = new AbortController();
    const reading = source().read(wantOf(), stop.signal);
    await server.asked();
    stop.abort();
    expect((await reading).kind).toBe('failed');
    expect((await source().read(wantOf(), stop.signal)).kind).toBe('failed');
    expect(server.requests).toHaveLength(1);
  });
});

it('the same trouble is said in the same words', async () => {
  const messages = new Set<string>();
  for (let n = 0; n < 3; n++) {
    messages.add(messageOf(await read((response) => response.socket?.resetAndDestroy())));
  }
  expect(messages.size).toBe(1);
});

function seriesWith(values: unknown): object {
  return matrix([{ metric: seriesOf('demo-router-0', 'cpu', []).metric, values }]);
}

function error(errorType: string, text: string): string {
  return JSON.stringify({ status: 'error', errorType, error: text });
}
