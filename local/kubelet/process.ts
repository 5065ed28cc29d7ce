import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { CommandLine } from './args.ts';
import { HandOvers, type NotTaken } from './hand-overs.ts';

export interface ProcessEvents {
  /** It serves at these addresses, host:port by port name. */
  announced(addresses: Readonly<Record<string, string>>): void;
  /** One line of its output. */
  said(line: string): void;
  /** Told once; nothing follows. `how` is for people. */
  ended(how: string): void;
}

export interface MemberProcess {
  readonly pid: number;
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Passes an open connection on. One that the process can't have taken is the caller's again. */
  handOver(connection: Socket, notTaken: NotTaken): void;
}

/** Starts a process. A start that fails is told as its end. */
export type StartProcess = (command: CommandLine, events: ProcessEvents) => MemberProcess;

/**
 * Runs `script` with this Node.js, with a message channel. In a session of its own, so that Ctrl-C in the terminal
 * reaches the parent alone, which then ends its members in order.
 */
export function startNode(script: string): StartProcess {
  return (command, events) => {
    const child = spawn(process.execPath, [script, ...command.args], {
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    return supervise(child, events);
  };
}

function supervise(child: ChildProcess, events: ProcessEvents): MemberProcess {
  const handOvers = new HandOvers(child);
  let over = false;
  const end = (how: string): void => {
    if (over) return;
    over = true;
    handOvers.end();
    events.ended(how);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    stream.on('error', () => {});
    createInterface({ input: stream }).on('line', (line) => events.said(line));
  }
  child.on('message', (message) => {
    const addresses = announcedIn(message);
    if (addresses && !over) events.announced(addresses);
  });
  child.on('error', (error) => {
    if (child.pid === undefined) end(error.message);
  });
  child.on('exit', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`));

  return {
    pid: child.pid ?? 0,
    signal: (signal) => void child.kill(signal),
    handOver: (connection, notTaken) => handOvers.send(connection, notTaken),
  };
}

function announcedIn(message: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof message !== 'object' || message === null || !('announce' in message)) return undefined;
  const { announce } = message;
  if (typeof announce !== 'object' || announce === null) return undefined;
  return announce as Readonly<Record<string, string>>;
}
