import { describe, expect, it } from 'vitest';
import { belongsTo, objectLabels, ordinalOf, selectorLabels } from './names.ts';

describe('ordinalOf', () => {
  it('reads back the ordinal of a pod', () => {
    expect(ordinalOf('demo-storage-12', 'demo-storage')).toBe(12);
  });

  it.each([
    'demo-storage',
    'demo-storage-',
    'demo-storage-01',
    'demo-storage-x',
    'demo-storage-1-2',
    'demo-router-1',
    'other-storage-1',
  ])('takes %s for no pod of the set', (name) =>
    expect(ordinalOf(name, 'demo-storage')).toBeUndefined(),
  );
});

describe('belongsTo', () => {
  const metadata = (labels?: Record<string, string>) => ({
    name: 'x',
    namespace: 'y',
    ...(labels && { labels }),
  });

  it('goes by the labels of the cluster and the component', () => {
    expect(belongsTo(metadata(objectLabels('demo', 'router')), 'demo', 'router')).toBe(true);
    expect(belongsTo(metadata(selectorLabels('demo', 'router')), 'demo', 'storage')).toBe(false);
    expect(belongsTo(metadata(selectorLabels('other', 'router')), 'demo', 'router')).toBe(false);
    expect(belongsTo(metadata(), 'demo', 'router')).toBe(false);
  });
});
