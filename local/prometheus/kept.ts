import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface KeptEvents {
  /** One line of its output. */
  said(line: string): void;
  /** Told once; nothing of it is left. `how` is for people. */
  ended(how: string): void;
}

/** A program that doesn't outlive this process, however that ends. */
export interface Kept {
  /** Asks it to end. */
  end(): void;
  kill(): void;
}

/** Runs the program until that ends, or until nobody holds the other end of descriptor 3. */
const keeper = `
"$@" </dev/null 3<&- &
program=$!
{ read -r _; kill "$program"; } <&3 &
wait "$program"
ended=$?
kill $! 2>/dev/null
exit $ended`;

/** In a session of its own, so that Ctrl-C in the terminal doesn't reach it. */
export function startKept(program: string, args: readonly string[], events: KeptEvents): Kept {
  const child = spawn('/bin/sh', ['-c', keeper, 'keeper', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const held = child.stdio[3];
  let over = false;
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  const end = (how: string): void => {
    if (over) return;
    over = true;
    kill();
    held?.destroy();
    events.ended(how);
  };
  for (const stream of child.stdio) stream?.on('error', () => {});
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => events.said(line));
  }
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`));
  return { end: () => void held?.destroy(), kill };
}
