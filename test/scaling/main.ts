import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { compare, type Row } from './compare.ts';
import { summary, table } from './table.ts';

const usage = `Usage: npm run bench:scaling -- [options]

Lets modelled tiers carry traces of a load, once with the operator's autoscaler and the defaults of a TopicCluster, once with
Kubernetes' HorizontalPodAutoscaler at its defaults and 70 %. The goal: fewer seconds over capacity, or none as it, at no
more member-hours. docs/scaling.md says more.

  --unseen       traces and seeds that the autoscaler was not made with
  --seeds LIST   noise, as 1,2,3 (1; with --unseen 11)
  --quick        without tiers of more than 100
  --json         a line of JSON for each trace
`;

const options = {
  unseen: { type: 'boolean', default: false },
  seeds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const { unseen, quick, json, seeds } = valuesOrUsage();
const all = cases({ unseen, quick, seeds: seedsOf(seeds ?? (unseen ? '11' : '1')) });
const rows: Row[] = [];
for (const [index, it] of all.entries()) {
  progress(`${index + 1} of ${all.length}: ${it.tier} tier of ${it.peak}`);
  for (const row of compare(it)) {
    rows.push(row);
    if (json) process.stdout.write(`${JSON.stringify(row)}\n`);
  }
}
progress('');
if (!json) {
  const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  process.stdout.write(`${table(rows, { coloured }).join('\n')}\n\n${summary(rows)}\n`);
}

/** Where a person waits, one line that is written over. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function seedsOf(list: string): readonly number[] {
  const numbers = list.split(',').map(Number);
  if (numbers.every((it) => Number.isInteger(it) && it >= 0)) return numbers;
  return fail(`--seeds takes whole numbers, as 1,2,3, not ${list}`);
}

function valuesOrUsage() {
  try {
    const { values } = parseArgs({ options });
    if (!values.help) return values;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}
