import type { Cancel, Clock, Logger, Registry } from '../../runtime/index.ts';
import type { CanaryReport } from '../canary/index.ts';
import {
  asked,
  type Effect,
  notReadyBecause,
  type RotationBounds,
  type State,
  step,
} from './machine.ts';
import { RotationMetrics } from './metrics.ts';

/** What the life of a router is made of. */
export interface RotationParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly bounds: RotationBounds;
  hasTopology(): boolean;
  /** Members of the ring to which no link is open. */
  unlinked(): readonly string[];
  readonly canaries: {
    report(): CanaryReport;
    warmUp(): void;
    close(): void;
  };
  /** Tells the storage nodes that clients are about to be moved. */
  sayLeaving(): void;
  /** Resolves when no client is left. May be called again, with less time. */
  moveClients(withinMs: number): Promise<unknown>;
}

const tickMs = 50;

/** Drives the life of a router: looks, decides by `step`, does what it says. */
export class Rotation {
  readonly #parts: RotationParts;
  readonly #metrics: RotationMetrics;
  readonly #stopTicking: Cancel;
  #state: State = { phase: 'starting' };
  #moved = false;
  #onStopped: (() => void)[] = [];

  constructor(parts: RotationParts) {
    this.#parts = parts;
    this.#metrics = new RotationMetrics(parts.registry, () => this.#state.phase);
    this.#stopTicking = parts.clock.every(tickMs, () => this.#step());
  }

  get state(): State {
    return this.#state;
  }

  /** Why no client should be sent here, for people; undefined: nothing stands against it. */
  notReadyBecause(): string | undefined {
    return notReadyBecause(this.#state);
  }

  /** Moves the clients elsewhere and stays up, empty. Harmless when repeated; the earlier end counts. */
  drain(withinMs: number): void {
    this.#ask(withinMs, false);
  }

  /** The same, and resolves when nobody is left. */
  stop(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onStopped.push(resolve);
      this.#ask(withinMs, true);
    });
  }

  /** Decides and does nothing any more. */
  close(): void {
    this.#stopTicking();
  }

  #ask(withinMs: number, stop: boolean): void {
    const before = this.#state;
    const nowMs = this.#parts.clock.monotonicMs();
    this.#become(asked(before, { withinMs, stop, nowMs }, this.#parts.bounds));
    const now = this.#state;
    const isSooner =
      before.phase === 'draining' && now.phase === 'draining' && now.endMs < before.endMs;
    if (isSooner && now.stage === 'moving') this.#move(Math.max(0, now.endMs - nowMs));
    this.#step();
  }

  #step(): void {
    for (;;) {
      const { phase } = this.#state;
      const { state, effects } = step(this.#state, this.#look(), this.#parts.bounds);
      this.#become(state);
      for (const effect of effects) this.#do(effect);
      if (state.phase === phase) break;
    }
    if (this.#state.phase === 'stopped') for (const told of this.#onStopped.splice(0)) told();
  }

  #look() {
    const { clock, canaries } = this.#parts;
    return {
      nowMs: clock.monotonicMs(),
      hasTopology: this.#parts.hasTopology(),
      unlinked: this.#parts.unlinked(),
      canaries: canaries.report(),
      moved: this.#moved,
    };
  }

  #do(effect: Effect): void {
    switch (effect.do) {
      case 'warm-up':
        return this.#parts.canaries.warmUp();
      case 'say-leaving':
        return this.#parts.sayLeaving();
      case 'move-clients':
        return this.#move(effect.withinMs);
      case 'end-canaries':
        return this.#parts.canaries.close();
    }
  }

  #move(withinMs: number): void {
    void this.#parts.moveClients(withinMs).then(() => {
      this.#moved = true;
      this.#step();
    });
  }

  #become(state: State): void {
    const before = this.#state;
    this.#state = state;
    if (before.phase === state.phase) return;
    const { log, clock } = this.#parts;
    const reason = notReadyBecause(state);
    if (before.phase === 'warming' && state.phase === 'in-rotation') {
      const seconds = (clock.monotonicMs() - before.sinceMs) / 1_000;
      this.#metrics.warmedUp(seconds);
      return log.info({ seconds }, 'in the rotation');
    }
    if (before.phase === 'in-rotation' && state.phase === 'warming') {
      return log.error({ reason }, 'left the rotation');
    }
    log.info({ phase: state.phase, reason }, 'phase changed');
  }
}
