import { type Controller, type ControllerOptions, startController } from '../controller.ts';
import { GrpcMembers } from '../members/grpc-members.ts';
import { Fence } from './fence.ts';

export type LeadershipOptions = Omit<ControllerOptions, 'term' | 'members'> & {
  /** By our own clock. */
  readonly isLeading: () => boolean;
};

/** Reconciles while this process leads: one controller for each time it does, never two at once. */
export class Leadership {
  readonly #options: LeadershipOptions;
  #fence: Fence | undefined;
  #controller: Controller | undefined;
  /** What has to end before the next can begin. */
  #turns: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Clusters that wait for their turn or are being looked at. */
  get depth(): number {
    return this.#controller?.depth ?? 0;
  }

  lead(term: number): void {
    const fence = new Fence(this.#options.isLeading);
    this.#fence = fence;
    this.#turns = this.#turns.then(() => {
      // Lost again while the one before was ending.
      if (this.#fence !== fence) return;
      const members = new GrpcMembers();
      const controller = startController({
        ...this.#options,
        store: fence.store(this.#options.store),
        members: fence.members(members),
        term,
      });
      this.#controller = {
        get depth() {
          return controller.depth;
        },
        async stop() {
          await controller.stop();
          members.close();
        },
      };
    });
  }

  /** Writes nothing from this moment on; resolves when no reconcile runs any more. */
  lose(): Promise<void> {
    this.#fence?.close();
    this.#fence = undefined;
    this.#turns = this.#turns.then(async () => {
      const controller = this.#controller;
      this.#controller = undefined;
      await controller?.stop();
    });
    return this.#turns;
  }
}
