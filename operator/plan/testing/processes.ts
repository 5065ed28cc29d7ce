import type { control, topo } from '../../../proto/index.ts';
import { committedMove, compareVersions, noVersion } from '../../../topology/index.ts';
import type { Component } from '../../names.ts';
import type { ObservedMember } from '../../observe/index.ts';
import { sampleLinks, sampleMember, sampleState } from '../../sample.ts';

/** One run of a member, as far as the operator can tell: it follows the rules of docs/adr/0017 and no more. */
export class ModelProcess {
  readonly incarnation: string;
  held: topo.Topology | undefined;
  /** Answers nobody, and takes nothing. */
  frozen = false;
  /** Answers, but takes no topology. */
  deaf = false;
  /** Hands over nothing more. */
  stalled = false;
  /** It was told to end. */
  stopping = false;
  /** Topics to hand over in the move that is held. */
  left = 0;
  handedOver = 0;
  /** It dropped topics of its own because it had missed who owned them meanwhile. */
  keptNothing = false;

  constructor(incarnation: string) {
    this.incarnation = incarnation;
  }

  get version(): topo.Version {
    return this.held?.version ?? noVersion;
  }

  take(offered: topo.Topology): void {
    if (this.frozen || this.deaf) return;
    if (compareVersions(offered.version ?? noVersion, this.version) <= 0) return;
    const before = this.held && committedMove(this.held);
    if (this.held && offered.previousRingEpoch > this.version.epoch) this.keptNothing = true;
    if (committedMove(offered) && !before) [this.left, this.handedOver] = [4, 0];
    this.held = offered;
    if (this.hasNoHeirs) this.left = 0;
  }

  /** The move leads to where topics are. */
  get hasNoHeirs(): boolean {
    return this.held?.move?.ring.join() === this.held?.ring.join();
  }

  holds(version: topo.Version): boolean {
    return !this.frozen && compareVersions(this.version, version) === 0;
  }
}

/** A pod of the cluster `demo` and the process in it. */
export class ModelPod {
  readonly component: Component;
  readonly ordinal: number;
  readonly uid: string;
  readonly templateHash: string | undefined;
  /** Its image does not run. */
  readonly broken: boolean;
  process: ModelProcess | undefined;
  leaving = false;

  constructor(
    component: Component,
    ordinal: number,
    made: {
      readonly uid: string;
      readonly templateHash: string | undefined;
      readonly broken: boolean;
    },
  ) {
    this.component = component;
    this.ordinal = ordinal;
    this.uid = made.uid;
    this.templateHash = made.templateHash;
    this.broken = made.broken;
  }

  get name(): string {
    return `demo-${this.component}-${this.ordinal}`;
  }

  get answers(): boolean {
    return this.process !== undefined && !this.process.frozen;
  }

  get ready(): boolean {
    return this.answers && !this.leaving;
  }

  /** @param linked of a router: who it hears */
  observed(linked: readonly topo.Member[], move: control.MoveProgress | undefined): ObservedMember {
    const { component, ordinal, uid, templateHash, ready, leaving, process } = this;
    const state =
      process && this.answers
        ? sampleState(this.name, process.held?.version, {
            incarnation: process.incarnation,
            stopping: process.stopping,
            links: linked.length,
            liveLinks: sampleLinks(linked),
            move,
          })
        : undefined;
    return sampleMember(component, ordinal, undefined, {
      uid,
      templateHash,
      ready,
      leaving,
      state,
      stateProblem: state ? undefined : 'it cannot be reached',
    });
  }
}
