import { expect, it } from 'vitest';
import type { Metadata, Service } from '../store.ts';
import { encounter } from './encounter.ts';

const label = { 'app.kubernetes.io/managed-by': 'topicplane-operator' };
const ownedBy = (uid: string, controller = true) => {
  return [{ apiVersion: 'x', kind: 'x', name: 'x', uid, controller }];
};
const service = (metadata: Partial<Metadata>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'demo', namespace: 'default', ...metadata },
  spec: { selector: {}, ports: [] },
});
const wanted = service({ labels: label, ownerReferences: ownedBy('this') });

const cases: readonly [string, Partial<Metadata> | undefined, string][] = [
  ['nothing any more', undefined, 'gone'],
  ['one that the watch is about to tell of', wanted.metadata, 'watched'],
  [
    'one of another cluster that is watched',
    { ...wanted.metadata, ownerReferences: [] },
    'watched',
  ],
  ['one of the cluster without a label', { ownerReferences: ownedBy('this') }, 'ours'],
  [
    'one of the cluster that somebody labelled',
    {
      ownerReferences: ownedBy('this'),
      labels: { 'app.kubernetes.io/managed-by': 'me' },
    },
    'ours',
  ],
  ['one of nobody', {}, 'foreign'],
  ['one of another controller', { ownerReferences: ownedBy('that') }, 'foreign'],
  [
    'one that names the cluster but not as its controller',
    { ownerReferences: ownedBy('this', false) },
    'foreign',
  ],
];
it.each(cases)('%s', (_what, there, expected) => {
  expect(encounter(there && service(there), wanted)).toBe(expected);
});
