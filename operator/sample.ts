import { control, type topo } from '../proto/index.ts';
import { type Component, selectorLabels } from './names.ts';
import type { Observed, ObservedMember } from './observe/index.ts';
import { resolveTopicCluster } from './resource/index.ts';
import type { Kinds, Pod } from './store.ts';

/** A TopicCluster `demo` for specs, as a store holds it. */
export function sampleResource(spec: unknown = {}): Kinds['TopicCluster'] {
  return {
    apiVersion: 'topicplane.dev/v1alpha1',
    kind: 'TopicCluster',
    metadata: {
      name: 'demo',
      namespace: 'default',
      uid: 'uid-1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec,
  };
}

/** What is observed of the cluster `demo` with that spec and nothing else there. */
export function sampleObserved(spec: unknown = {}, changes: Partial<Observed> = {}): Observed {
  const resource = sampleResource(spec);
  return {
    key: { namespace: 'default', name: 'demo' },
    resource,
    resolved: resolveTopicCluster(resource),
    sets: { router: undefined, storage: undefined },
    services: [],
    budgets: [],
    serviceAccount: undefined,
    configMap: undefined,
    held: { kind: 'none' },
    routers: [],
    storage: [],
    ...changes,
  };
}

/** A member that is ready and answers; `version` is what it holds. */
export function sampleMember(
  component: Component,
  ordinal: number,
  version?: topo.Version,
  changes: Partial<ObservedMember> = {},
): ObservedMember {
  const name = `demo-${component}-${ordinal}`;
  return {
    name,
    uid: `${name}-uid`,
    component,
    ordinal,
    ready: true,
    leaving: false,
    templateHash: undefined,
    restarts: 0,
    notReadyMessage: undefined,
    controlAddress: `${name}:8082`,
    linkAddress: component === 'storage' ? `${name}:8081` : undefined,
    state: sampleState(name, version),
    stateProblem: undefined,
    ...changes,
  };
}

/** A member whose process is gone. */
export function sampleDead(component: Component, ordinal: number): ObservedMember {
  return sampleMember(component, ordinal, undefined, {
    ready: false,
    notReadyMessage: 'its process ended',
    state: undefined,
    stateProblem: 'it cannot be reached',
  });
}

export function sampleState(
  name: string,
  version?: topo.Version,
  changes: Partial<control.GetStateResponse> = {},
): control.GetStateResponse {
  return {
    name,
    incarnation: `${name}-run-1`,
    phase: control.Phase.IN_ROTATION,
    reason: '',
    version,
    connections: 0,
    subscriptions: 0,
    topics: 0,
    links: 0,
    residentBytes: 0,
    move: undefined,
    failedCheck: '',
    stopping: false,
    standstill: 0,
    liveLinks: [],
    capacity: [],
    ...changes,
  };
}

/** Links of a router to these storage nodes, which hold nothing yet. */
export function sampleLinks(
  members: readonly Pick<topo.Member, 'name' | 'incarnation'>[],
): control.LiveLink[] {
  return members.map(({ name, incarnation }) => {
    return { storage: name, incarnation, version: undefined };
  });
}

/** A pod of the cluster `demo`, ready unless `changes` says otherwise. */
export function samplePod(
  component: Component,
  ordinal: number,
  changes: Partial<Pod['status']> = {},
): Pod {
  const name = `demo-${component}-${ordinal}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `${name}-uid`,
      labels: selectorLabels('demo', component),
      annotations: {
        'address.topicplane.dev/control': `${name}:8082`,
        'address.topicplane.dev/link': `${name}:8081`,
      },
    },
    spec: { containers: [], terminationGracePeriodSeconds: 0 },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...changes },
  };
}
