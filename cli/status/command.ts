import { type LocalStatus, readLocalInfo } from '../../local/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { statusText } from './format.ts';

export interface StatusFlags {
  readonly dataDir: string;
  readonly admin?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const watchMs = 1_000;
const answerMsMax = 5_000;
const clearScreen = '\x1b[2J\x1b[H';

/** `topicplane status` */
export async function status(flags: StatusFlags): Promise<void> {
  quitOnBrokenPipe();
  let shown = '';
  for (;;) {
    const current = await fetchStatus(flags);
    const text = flags.json
      ? JSON.stringify(current)
      : statusText(current, paintFor(process.stdout, process.env));
    if (text !== shown) {
      const replace = flags.watch && process.stdout.isTTY && !flags.json;
      process.stdout.write(`${replace ? clearScreen : ''}${text}\n`);
      shown = text;
    }
    if (!flags.watch) return;
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

async function fetchStatus({ admin, dataDir }: StatusFlags): Promise<LocalStatus> {
  const address = admin ?? readLocalInfo(dataDir)?.admin;
  if (address === undefined) {
    throw new CliError(
      exitCodes.notAnswering,
      `no local cluster runs from ${dataDir}: start one with \`npm start\` or \`topicplane local\`, or say where it is with --data-dir or --admin`,
    );
  }
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    const response = await fetch(`http://${address}/status`, { signal });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const body = (await response.json()) as Partial<LocalStatus>;
    if (!body.cluster || !body.members) throw new Error('what answers is no local cluster');
    return body as LocalStatus;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new CliError(
      exitCodes.notAnswering,
      `no status from ${address} (${why}): the cluster may have ended; start one with \`npm start\` or \`topicplane local\``,
    );
  }
}
