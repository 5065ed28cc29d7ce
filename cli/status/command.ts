import { CliError, exitCodes } from '../exit.ts';
import { paintFor, quitOnBrokenPipe } from '../terminal/index.ts';
import { fetchStatus } from './fetch.ts';
import { statusText } from './format.ts';

export interface StatusFlags {
  readonly dataDir: string;
  readonly admin?: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const watchMs = 1_000;
const clearScreen = '\x1b[2J\x1b[H';

/** `topicplane status` */
export async function status(flags: StatusFlags): Promise<void> {
  quitOnBrokenPipe();
  let shown = '';
  for (;;) {
    const { text, stream } = await look(flags);
    if (text !== shown) {
      const replace = flags.watch && stream.isTTY && !flags.json;
      stream.write(`${replace ? clearScreen : ''}${text}\n`);
      shown = text;
    }
    if (!flags.watch) return;
    await new Promise((resolve) => setTimeout(resolve, watchMs));
  }
}

interface Look {
  readonly text: string;
  readonly stream: NodeJS.WriteStream;
}

/** One look at the cluster. Whoever watches waits for one that isn't there, and isn't told off. */
async function look(flags: StatusFlags): Promise<Look> {
  const paint = paintFor(process.stdout, process.env);
  try {
    const current = await fetchStatus(flags);
    const text = flags.json ? JSON.stringify(current) : statusText(current, paint);
    return { text, stream: process.stdout };
  } catch (error) {
    const isAway = error instanceof CliError && error.exitCode === exitCodes.notAnswering;
    if (!flags.watch || !isAway) throw error;
    const text = `waiting for a cluster: ${error.message}`;
    return { text, stream: process.stderr };
  }
}
