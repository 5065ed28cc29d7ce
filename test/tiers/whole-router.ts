import {
  type Frame,
  type RouterBounds,
  type RunningRouter,
  routerBounds,
  type Sink,
  startRouter,
} from '../../router/index.ts';
import { silentLogger, systemClock } from '../../runtime/index.ts';
import { cluster, TwoTiers } from './two-tiers.ts';

const anyPort = '127.0.0.1:0';

/** Decides what becomes of a frame on its way to a client: handed on, dropped (nothing), or handed on more than once. */
export type Fault = (frame: Frame) => readonly Frame[];

/** One router with all its ports, as a process has it, and storage nodes; the spec is the operator. */
export class WholeRouter {
  readonly tiers = new TwoTiers(256, routerBounds.outboxBytesMax);
  #running: RunningRouter | undefined;
  #all: readonly number[] = [];

  get running(): RunningRouter {
    if (!this.#running) throw new Error('the router was not started');
    return this.#running;
  }

  /** Starts everything; the router has no topology before `push`. */
  async start(storage: number, bounds: Partial<RouterBounds> = {}): Promise<void> {
    await this.tiers.start(0, storage);
    this.#all = Array.from({ length: storage }, (_, n) => n);
    const config = {
      name: 'router-0',
      cluster,
      clientAddress: anyPort,
      controlAddress: anyPort,
      adminAddress: anyPort,
      topologyFile: undefined,
      logLevel: 'silent' as const,
      bounds: { ...routerBounds, leaveRotationMs: 0, ...bounds },
      edge: {},
    };
    this.#running = await startRouter(config, { log: silentLogger, clock: systemClock });
    this.tiers.routers.push(this.#running.router);
  }

  /** From now on everything that the fan-out hands to new subscriptions goes through `fault`. */
  ruin(fault: Fault): void {
    const { router } = this.running;
    const subscribe = router.subscribe.bind(router);
    router.subscribe = (name, start, sink) => subscribe(name, start, through(fault, sink));
  }

  /** Gives the router its topology: every storage node owns topics. */
  push(): void {
    this.tiers.ownedBy(this.#all);
  }

  /** Ends everything without moving clients. */
  async stop(): Promise<void> {
    for (const ending of this.#running?.endings.slice(1) ?? []) await ending.end();
    await this.tiers.stop();
  }
}

function through(fault: Fault, sink: Sink): Sink {
  return {
    write: (frame) => {
      let more = true;
      for (const each of fault(frame)) more = sink.write(each);
      return more;
    },
    end: (refusal) => sink.end(refusal),
  };
}
