import type { Kind } from '../schedule.ts';

/** One exact text of a file, once in it, and what stands there instead. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A guard, taken away. */
export interface Mutant {
  /** What the guard is for. */
  readonly guard: string;
  readonly edits: readonly Edit[];
  /** The runs that find it, and the first of them that is known to. */
  readonly kind: Kind;
  readonly seed: number;
}

export const mutants: Readonly<Record<string, Mutant>> = {
  'stale topology taken': {
    guard: 'a process keeps the newest topology',
    edits: [
      {
        file: 'topology/accept.ts',
        from: "if (order > 0) return { outcome: 'applied', reason: '' };",
        to: "if (order !== 0) return { outcome: 'applied', reason: '' };",
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'not sealed': {
    guard: 'a source has nothing to do with a topic any more when it hands it over',
    edits: [
      {
        file: 'storage/topics/moving.ts',
        from: '      this.#table.release(topic);\n',
        to: '',
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'no tombstone': {
    guard: 'a source answers MOVED for what it sealed until the move is over',
    edits: [
      {
        file: 'storage/topics/leaving.ts',
        from: 'return !this.#closed.has(heir) && this.#sealed.get(cache)?.has(name) !== true;',
        to: 'return true;',
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'MOVED is final': {
    guard: 'a publish answered MOVED is sent again',
    edits: [
      {
        file: 'router/publish/publisher.ts',
        from: '        return this.#again(waiting);',
        to: "        return this.#done(waiting, { refused: 'unavailable', message: 'moved' });",
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'resent after a broken link': {
    guard: 'only what was answered MOVED is sent again',
    edits: [
      {
        file: 'router/publish/publisher.ts',
        from: `      this.#inFlight.take(waiting.request);
      this.#done(waiting, {
        refused: 'unavailable',
        message: \`the link to`,
        to: `      this.#inFlight.take(waiting.request);
      this.#parked.push(waiting);
      continue;
      this.#done(waiting, {
        refused: 'unavailable',
        message: \`the link to`,
      },
    ],
    kind: 'faults',
    seed: 17,
  },
  'heir asked from now on': {
    guard: 'a feed asks its heir to go on exactly where it stands',
    edits: [
      {
        file: 'router/feed/feeds.ts',
        from: '      page: held?.page ?? 0,\n      nextSequence: held ? held.sequence + 1 : 0,',
        to: '      page: 0,\n      nextSequence: 0,',
      },
    ],
    kind: 'planned',
    seed: 6,
  },
  'router says TAKEN': {
    guard: 'a handoff counts when its target has said TAKEN',
    edits: [
      {
        file: 'router/carry/carrier.ts',
        from: 'const outcome = link.HandoffOutcome.NOT_YET;',
        to: 'const outcome = link.HandoffOutcome.TAKEN;',
      },
    ],
    kind: 'network',
    seed: 49,
  },
  'last overtakes topics': {
    guard: 'a source says that nothing more comes when all it sent was TAKEN',
    edits: [
      {
        file: 'storage/handoff/source.ts',
        from: '    if (target.inFlight > 0) return undefined;\n',
        to: '',
      },
    ],
    kind: 'network',
    seed: 4,
  },
  'handoff of another version taken': {
    guard: 'a target takes a handoff only in exactly its version',
    edits: [
      {
        file: 'storage/handoff/target.ts',
        from: '    if (!version || compareVersions(version, order.version) !== 0) return notYet;\n',
        to: '',
      },
    ],
    kind: 'planned',
    seed: 6,
  },
  'topic taken twice': {
    guard: 'a topic that the target has is not taken again',
    edits: [
      {
        file: 'storage/topics/table.ts',
        from: "    if (this.#held(cache, name)) return 'held';\n",
        to: '',
      },
    ],
    kind: 'faults',
    seed: 7,
  },
  'evicted in the middle of a move': {
    guard: 'nobody evicts a topic in COMMIT',
    edits: [
      {
        file: 'storage/topics/table.ts',
        from: '    if (this.#owner.moving) return false;\n',
        to: '',
      },
    ],
    kind: 'full',
    seed: 297,
  },
  'heir begins at once': {
    guard: 'a topic that the heir has no state for waits until its source has said last',
    edits: [
      {
        file: 'storage/topics/table.ts',
        from: "        if (this.#options.arrivals.mayCome(role.from, cache, name)) return 'waits';\n",
        to: '',
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'sealed topics forgotten in the next version': {
    guard: 'what was sealed for a process that is gone is lost, not taken back',
    edits: [
      {
        file: 'storage/topics/leaving.ts',
        from: '  recount(): void {\n    this.#queues.clear();',
        to: '  recount(): void {\n    this.#sealed.clear();\n    this.#closed.clear();\n    this.#queues.clear();',
      },
    ],
    kind: 'faults',
    seed: 25,
  },
  'any run of a node': {
    guard: 'a topology gives topics to one run of a node only',
    edits: [
      {
        file: 'storage/ownership/ownership.ts',
        from: 'this.#named = this.#placement.member(name)?.incarnation === incarnation;',
        to: 'this.#named = this.#placement.member(name) !== undefined && incarnation !== undefined;',
      },
    ],
    kind: 'faults',
    seed: 7,
  },
  'gap not announced': {
    guard: 'a feed that does not go on where it was says so',
    edits: [
      {
        file: 'router/feed/feeds.ts',
        from: 'this.#events.started(feed, held !== undefined && !continues(held, start));',
        to: 'this.#events.started(feed, false && !continues(held, start));',
      },
    ],
    kind: 'faults',
    seed: 1,
  },
  'pushed before it is recorded': {
    guard: 'a topology is on record before any member is given it',
    edits: [
      {
        file: 'operator/apply/apply.ts',
        from: `  let isOnRecord = true;
  for (const record of plan.objects.filter(isRecord)) {
    if ((await write(record)).refusal) isOnRecord = false;
  }
`,
        to: '  const isOnRecord = true;\n',
      },
      {
        file: 'operator/apply/apply.ts',
        from: 'for (const planned of plan.objects.filter((it) => !isRecord(it))) {',
        to: 'for (const planned of plan.objects) {',
      },
    ],
    kind: 'leaders',
    seed: 1,
  },
  'finished before the sources are done': {
    guard: 'a move ends when every source says done for its version',
    edits: [
      {
        file: 'operator/plan/move-commit.ts',
        from: '  if (undone.length === 0 && behind.length === 0) return finished;',
        to: '  if (move) return finished;',
      },
    ],
    kind: 'planned',
    seed: 1,
  },
  'two leaders write': {
    guard: 'an operator writes only over what it read',
    edits: [
      {
        file: 'operator/plan/objects.ts',
        from: '  const metadata = { ...object.metadata, resourceVersion };',
        to: '  const metadata = { ...object.metadata, resourceVersion: undefined };',
      },
      {
        file: 'operator/plan/topology.ts',
        from: 'if (newest && newest.term > input.term) {',
        to: 'if (newest && newest.term > input.term + 1_000) {',
      },
    ],
    kind: 'leaders',
    seed: 1,
  },
  'a router that lacks a topology keeps quiet': {
    guard: 'a router asks storage nodes for the topology that no operator gave it',
    edits: [
      {
        file: 'router/topology/spread.ts',
        from: '        port.askTopology();\n',
        to: '',
      },
    ],
    kind: 'leaderless',
    seed: 1,
  },
  'a storage node that lacks a topology gets none': {
    guard: 'a storage node is given by routers the topology that no operator gave it',
    edits: [
      {
        file: 'router/topology/spread.ts',
        from: '        port.giveTopology(held);\n',
        to: '',
      },
    ],
    kind: 'leaderless',
    seed: 1,
  },
  'a lost source is waited for': {
    guard: 'a lost source is taken from the sources',
    edits: [
      {
        file: 'operator/plan/move-losses.ts',
        from: 'return !ring.restarted.has(name) && (isStuck || !isGone(name));',
        to: 'return name !== undefined;',
      },
    ],
    kind: 'faults',
    seed: 90,
  },
};
