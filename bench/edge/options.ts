import { parseArgs } from 'node:util';

export const usage = `Usage: npm run bench -- [options]

Measures what a delivery, a publish and an idle subscription cost a router and the storage node behind it, beside
nats-server, redis-server, mosquitto (those that are on the PATH) and bare servers on grpc-js and node:http2, in turns.

  --rounds N         for each server and scenario; medians are told (5)
  --seconds N        of each round (2)
  --only PATTERN     scenarios whose names match the regular expression
  --servers PATTERN  servers whose names match the regular expression
  --quick            1 round of half a second, unless said otherwise; idle ones take 15 s at least
  --out FOLDER       where edge.json and edge.md go (bench/results)
  --document FILE    a Markdown file whose tables, between its marks, become those of this run
  --json             prints what is in edge.json, and nothing else
  --list             prints the names of scenarios and servers
  --profile          runs topicplane alone, under V8's profiler, and prints where the time goes
`;

export interface BenchOptions {
  readonly rounds: number;
  readonly roundMs: number;
  readonly only: RegExp;
  readonly servers: RegExp;
  readonly out: string;
  readonly document: string | undefined;
  readonly json: boolean;
  readonly task: 'measure' | 'profile' | 'list';
}

const options = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  only: { type: 'string', default: '' },
  servers: { type: 'string' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string', default: 'bench/results' },
  document: { type: 'string' },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @returns the usage when that is what was asked for. @throws Error saying what is wrong with an argument */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return 'help';
  const { quick } = values;
  return {
    rounds: number('rounds', values.rounds ?? (quick ? '1' : '5'), /^[1-9]\d{0,2}$/),
    roundMs: 1000 * number('seconds', values.seconds ?? (quick ? '0.5' : '2'), /^\d{1,4}(\.\d+)?$/),
    only: pattern('only', values.only),
    servers: pattern('servers', values.servers ?? (values.profile ? '^topicplane$' : '')),
    out: values.out,
    document: values.document,
    json: values.json,
    task: values.list ? 'list' : values.profile ? 'profile' : 'measure',
  };
}

function number(name: string, text: string, form: RegExp): number {
  if (form.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`--${name} must be a number above 0, is ${JSON.stringify(text)}`);
}

function pattern(name: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new Error(`--${name} is no regular expression: ${(error as Error).message}`);
  }
}
