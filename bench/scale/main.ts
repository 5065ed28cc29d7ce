import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureScale } from './measure.ts';
import { inWords, plotOf } from './plot.ts';
import type { Sample, ScaleOptions } from './result.ts';

const usage = `Usage: npm run bench:scale -- [options]

Raises and lowers the load of a cluster of processes on this machine whose routers follow it, looks at it each second, and
writes what happened to scale.json and, as a plot, to scale.svg.

  --seconds N        length of the curve of the load (240)
  --subscriptions N  when all of the load is there (420)
  --publishes N      a second, then (100)
  --streams N        that one router is said to carry (100)
  --min N, --max N   routers (2, 6)
  --target N         utilisation to aim at, in percent (75)
  --prometheus       the operator asks a Prometheus, which has to be on the PATH, and not the routers
  --out FOLDER       (bench/results)
  --json             prints what is in scale.json, and nothing else
`;

const options = {
  seconds: { type: 'string', default: '240' },
  subscriptions: { type: 'string', default: '420' },
  publishes: { type: 'string', default: '100' },
  streams: { type: 'string', default: '100' },
  min: { type: 'string', default: '2' },
  max: { type: 'string', default: '6' },
  target: { type: 'string', default: '75' },
  prometheus: { type: 'boolean', default: false },
  out: { type: 'string', default: 'bench/results' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Where nobody watches a line is printed this often. */
const tellEverySeconds = 10;
const clearLine = '\r\x1b[K';

const values = valuesOrUsage();
const wanted: ScaleOptions = {
  seconds: whole('seconds'),
  subscriptions: whole('subscriptions'),
  publishesPerSecond: whole('publishes'),
  streamsPerRouter: whole('streams'),
  min: whole('min'),
  max: whole('max'),
  targetPercent: whole('target'),
  prometheus: values.prometheus,
};
if (wanted.min > wanted.max) refuse(`--min is ${wanted.min}, which is above --max ${wanted.max}`);
const result = await measureScale(wanted, tell);
if (process.stderr.isTTY) process.stderr.write(clearLine);
const json = JSON.stringify(result, null, 2);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'scale.json'), `${json}\n`);
writeFileSync(join(values.out, 'scale.svg'), plotOf(result));
process.stdout.write(values.json ? `${json}\n` : `${summary()}\n`);
process.exitCode = result.totals.lost > 0 ? 1 : 0;

function whole(
  name: 'seconds' | 'subscriptions' | 'publishes' | 'streams' | 'min' | 'max' | 'target',
) {
  const text = values[name];
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  return refuse(`--${name} must be a whole number above 0, is ${text}`);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${usage}`);
  process.exit(2);
}

function valuesOrUsage() {
  try {
    const { values: given } = parseArgs({ options });
    if (!given.help) return given;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function tell(sample: Sample): void {
  const { second, desired, warming, inRotation, dimension, deliveryMsP99 } = sample;
  const line =
    `${Math.round(second)} s: ${sample.subscriptions} subscriptions, ` +
    `${Math.round(sample.deliveriesPerSecond)} deliveries a second, p99 ${deliveryMsP99?.toFixed(0) ?? '-'} ms; ` +
    `${Math.round(sample.utilisation * 100)} % of ${dimension}; ` +
    `${desired} routers desired, ${warming} warming, ${inRotation} in rotation`;
  if (process.stderr.isTTY) process.stderr.write(`${clearLine}${line}`);
  else if (!values.json && Math.round(second) % tellEverySeconds === 0) {
    process.stderr.write(`${line}\n`);
  }
}

function summary(): string {
  return [
    ...result.steps.map(({ message }) => message),
    inWords(result),
    `${join(values.out, 'scale.svg')} shows it`,
  ].join('\n');
}
