/** npm run bench:moves -- [--topics 100000] [--storage 4] [--routers 2] [--payload 100] [--publishes 500] */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureScaleOut, type ScaleOutReport } from './scale-out.ts';

const { values } = parseArgs({
  options: {
    topics: { type: 'string', default: '100000' },
    storage: { type: 'string', default: '4' },
    routers: { type: 'string', default: '2' },
    payload: { type: 'string', default: '100' },
    publishes: { type: 'string', default: '500' },
  },
});
const report = await measureScaleOut({
  program: fileURLToPath(new URL('../cli/main.js', import.meta.url)),
  topics: Number(values.topics),
  storage: Number(values.storage),
  routers: Number(values.routers),
  payloadBytes: Number(values.payload),
  publishesPerSecond: Number(values.publishes),
});
process.stdout.write(`${table(report)}\n`);

function table(it: ScaleOutReport): string {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const rows: (readonly [string, string])[] = [
    ['topics that moved', `${it.moved} of ${values.topics}, ${it.lost} lost`],
    ['time', `${(it.moveMs / 1000).toFixed(2)} s`],
    ['moves a second', ((it.moved / it.moveMs) * 1000).toFixed(0)],
    ['pause of a topic', `p50 ${ms(it.pauseMsP50)}, p99 ${ms(it.pauseMsP99)}`],
    [
      `answers to ${it.published} publishes`,
      `p50 ${ms(it.answerMsP50)}, p99 ${ms(it.answerMsP99)}, max ${ms(it.answerMsMax)}; ${it.failed} failed`,
    ],
    ...it.members.map(
      ({ name, residentBefore, residentPeak, residentAfter }) =>
        [
          `memory of ${name}`,
          `${mib(residentBefore)} before, ${mib(residentPeak)} at most, ${mib(residentAfter)} after`,
        ] as const,
    ),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
