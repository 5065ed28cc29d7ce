import { Child } from './child.ts';
import { Observer } from './observer.ts';
import type { Profiler, StartOptions } from './server.ts';

const agent = new URL('../profile/agent.js', import.meta.url).href;

/** A Node program of this build that tells over IPC where it serves. */
export class NodeProgram {
  readonly child: Child;
  readonly name: string;
  readonly observer: Observer;
  /** host:port by the port's name. */
  readonly addresses: Readonly<Record<string, string>>;

  private constructor(name: string, child: Child, addresses: Readonly<Record<string, string>>) {
    this.name = name;
    this.child = child;
    this.addresses = addresses;
    this.observer = new Observer(child);
  }

  static async start(
    name: string,
    program: string,
    args: readonly string[],
    { pinning, isObserved }: StartOptions,
  ): Promise<NodeProgram> {
    const preload = isObserved ? ['--import', agent] : [];
    const all = [...preload, program, ...args];
    const child = new Child(name, process.execPath, all, { cpu: pinning.servers, ipc: true });
    return new NodeProgram(name, child, await child.message('address', announcedIn));
  }

  port(of: string): number {
    const port = Number(/:(\d+)$/.exec(this.addresses[of] ?? '')?.[1]);
    if (port > 0) return port;
    throw new Error(`${this.name} does not tell where its ${of} port is`);
  }
}

/** Of several programs at once. */
export function profilerOf(programs: readonly NodeProgram[]): Profiler {
  return {
    async start() {
      await Promise.all(programs.map(({ observer }) => observer.startProfile()));
    },
    async stop() {
      const profiles = await Promise.all(
        programs.map(async ({ name, observer }) => [name, await observer.stopProfile()] as const),
      );
      return new Map(profiles);
    },
  };
}

function announcedIn(message: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof message !== 'object' || message === null || !('announce' in message)) return undefined;
  return message.announce as Readonly<Record<string, string>>;
}
