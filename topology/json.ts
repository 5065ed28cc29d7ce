import { topo } from '../proto/index.ts';
import { type JsonObject, JsonReader } from './json-reader.ts';
import { validateTopology } from './validate.ts';

/** A text that holds no sound topology. The message says what is wrong with it, all of it. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`not a topology: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const movePhaseNames = {
  prepare: topo.MovePhase.PREPARE,
  commit: topo.MovePhase.COMMIT,
} as const;

const resumeZeroNames = {
  nothing: topo.ResumeZero.NOTHING,
  newest: topo.ResumeZero.NEWEST,
} as const;

/** The form that the ConfigMap and `--topology-file` hold. Equal topologies give equal texts. */
export function topologyToJson(topology: topo.Topology): string {
  const { cluster, version, pageOrigin, caches, storage, ring, settings } = topology;
  const { ringEpoch, previousRingEpoch, move } = topology;
  const document = {
    cluster,
    version: version && { term: version.term, epoch: version.epoch },
    pageOrigin,
    caches: caches.map(({ name, publishesPerSecondMax, subscriptionsMax }) => ({
      name,
      publishesPerSecondMax,
      subscriptionsMax,
    })),
    storage: storage.map(({ name, address, incarnation }) => ({ name, address, incarnation })),
    ring,
    ringEpoch,
    previousRingEpoch,
    ...(move && { move: moveToJson(move) }),
    settings: settings && settingsToJson(settings),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function moveToJson({ ring, phase, sources }: topo.Move): object {
  return { ring, phase: phase === topo.MovePhase.COMMIT ? 'commit' : 'prepare', sources };
}

function settingsToJson({
  messageBytesMax,
  history,
  heartbeatMs,
  resumeZero,
  routerCapacity,
  storageCapacity,
}: topo.Settings): object {
  return {
    messageBytesMax,
    history: history && {
      itemsMax: history.itemsMax,
      bytesMax: history.bytesMax,
      ageMsMax: history.ageMsMax,
      idleMsMax: history.idleMsMax,
    },
    heartbeatMs,
    resumeZero: resumeZero === topo.ResumeZero.NEWEST ? 'newest' : 'nothing',
    ...(routerCapacity && { routerCapacity: capacityToJson(routerCapacity) }),
    ...(storageCapacity && { storageCapacity: capacityToJson(storageCapacity) }),
  };
}

function capacityToJson(capacity: topo.Capacity): object {
  const { connections, streams, topics, messagesPerSecond, egressBytesPerSecond } = capacity;
  return { connections, streams, topics, messagesPerSecond, egressBytesPerSecond };
}

/**
 * Reads what `topologyToJson` wrote. Fields it doesn't know are passed over, so that an older process can read what a
 * newer operator wrote. Throws TopologyError, and nothing else, when the text holds no sound topology.
 */
export function parseTopology(text: string): topo.Topology {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new TopologyError([`not JSON: ${(error as Error).message}`]);
  }
  const reader = new JsonReader();
  const topology = readTopology(reader, document);
  if (reader.problems.length > 0) throw new TopologyError(reader.problems);
  const problems = validateTopology(topology);
  if (problems.length > 0) throw new TopologyError(problems);
  return topology;
}

function readTopology(reader: JsonReader, document: unknown): topo.Topology {
  const root = reader.object(document, 'the document');
  const version = reader.object(root['version'], 'version');
  const settings = reader.object(root['settings'], 'settings');
  const history = reader.object(settings['history'], 'settings.history');
  return {
    cluster: reader.text(root, 'cluster'),
    version: {
      term: reader.number(version, 'term', 'version.'),
      epoch: reader.number(version, 'epoch', 'version.'),
    },
    pageOrigin: reader.number(root, 'pageOrigin'),
    caches: reader.list(root, 'caches').map((item, index) => {
      const path = `caches[${index}]`;
      const cache = reader.object(item, path);
      return {
        name: reader.text(cache, 'name', `${path}.`),
        publishesPerSecondMax: reader.number(cache, 'publishesPerSecondMax', `${path}.`),
        subscriptionsMax: reader.number(cache, 'subscriptionsMax', `${path}.`),
      };
    }),
    storage: reader.list(root, 'storage').map((item, index) => {
      const path = `storage[${index}]`;
      const member = reader.object(item, path);
      return {
        name: reader.text(member, 'name', `${path}.`),
        address: reader.text(member, 'address', `${path}.`),
        incarnation: reader.text(member, 'incarnation', `${path}.`),
      };
    }),
    ring: readNames(reader, root, 'ring', ''),
    ringEpoch: reader.number(root, 'ringEpoch'),
    previousRingEpoch: reader.number(root, 'previousRingEpoch'),
    move: root['move'] === undefined ? undefined : readMove(reader, root['move']),
    settings: {
      messageBytesMax: reader.number(settings, 'messageBytesMax', 'settings.'),
      history: {
        itemsMax: reader.number(history, 'itemsMax', 'settings.history.'),
        bytesMax: reader.number(history, 'bytesMax', 'settings.history.'),
        ageMsMax: reader.number(history, 'ageMsMax', 'settings.history.'),
        idleMsMax: reader.number(history, 'idleMsMax', 'settings.history.'),
      },
      heartbeatMs: reader.number(settings, 'heartbeatMs', 'settings.'),
      resumeZero: readResumeZero(reader, settings),
      routerCapacity: readCapacity(reader, settings, 'routerCapacity'),
      storageCapacity: readCapacity(reader, settings, 'storageCapacity'),
    },
  };
}

function readCapacity(
  reader: JsonReader,
  settings: JsonObject,
  field: 'routerCapacity' | 'storageCapacity',
): topo.Capacity | undefined {
  if (settings[field] === undefined) return undefined;
  const path = `settings.${field}`;
  const capacity = reader.object(settings[field], path);
  return {
    connections: reader.number(capacity, 'connections', `${path}.`),
    streams: reader.number(capacity, 'streams', `${path}.`),
    topics: reader.number(capacity, 'topics', `${path}.`),
    messagesPerSecond: reader.number(capacity, 'messagesPerSecond', `${path}.`),
    egressBytesPerSecond: reader.number(capacity, 'egressBytesPerSecond', `${path}.`),
  };
}

function readMove(reader: JsonReader, value: unknown): topo.Move {
  const move = reader.object(value, 'move');
  const phase = reader.text(move, 'phase', 'move.');
  const isKnown = phase === 'prepare' || phase === 'commit';
  if (!isKnown && phase !== '') {
    reader.problems.push('move.phase must be "prepare" or "commit"');
  }
  return {
    ring: readNames(reader, move, 'ring', 'move.'),
    phase: isKnown ? movePhaseNames[phase] : topo.MovePhase.UNSPECIFIED,
    sources: readNames(reader, move, 'sources', 'move.'),
  };
}

function readNames(
  reader: JsonReader,
  object: JsonObject,
  field: string,
  prefix: string,
): string[] {
  return reader.list(object, field, prefix).map((name, index) => {
    return reader.text({ [index]: name }, `${index}`, `${prefix}${field}.`);
  });
}

function readResumeZero(reader: JsonReader, settings: JsonObject): topo.ResumeZero {
  const name = reader.text(settings, 'resumeZero', 'settings.');
  if (name === 'nothing' || name === 'newest') return resumeZeroNames[name];
  if (name !== '') reader.problems.push('settings.resumeZero must be "nothing" or "newest"');
  return topo.ResumeZero.UNSPECIFIED;
}
