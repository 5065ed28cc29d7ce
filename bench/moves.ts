import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureScaleOut, type ScaleOutReport } from './scale-out.ts';

const usage = `Usage: npm run bench:moves -- [options]

A storage node joins a cluster of processes on this machine; tells how fast topics move to it and for how long each can't be
published to. The goal is a pause of less than 50 ms for 99 of 100, on a machine that does nothing else.

  --topics N     topics that live (100000, which takes some minutes)
  --storage N    storage nodes before (4)
  --routers N    (2)
  --payload N    bytes of an item (100)
  --publishes N  a second, meanwhile (500)
`;

const options = {
  topics: { type: 'string', default: '100000' },
  storage: { type: 'string', default: '4' },
  routers: { type: 'string', default: '2' },
  payload: { type: 'string', default: '100' },
  publishes: { type: 'string', default: '500' },
  help: { type: 'boolean', default: false },
} as const;

const values = valuesOrUsage();
const report = await measureScaleOut({
  program: fileURLToPath(new URL('../cli/main.js', import.meta.url)),
  topics: Number(values.topics),
  storage: Number(values.storage),
  routers: Number(values.routers),
  payloadBytes: Number(values.payload),
  publishesPerSecond: Number(values.publishes),
});
process.stdout.write(`${table(report)}\n`);

function valuesOrUsage() {
  try {
    const { values: given } = parseArgs({ options });
    if (!given.help) return given;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

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
