import { describe, expect, it } from 'vitest';
import { clearance } from './clearance.ts';

const client = { name: 'client', port: 443, targetPort: 'client' };
const served = { ...client, protocol: 'TCP' };
const other = { name: 'other', port: 444, protocol: 'TCP' };

describe('what goes before an apply', () => {
  it.each([
    [
      'a port that was given another number, and what the server gave it stays',
      { spec: { ports: [client] } },
      { spec: { ports: [other, { ...served, port: 445, nodePort: 30_000 }] } },
      { spec: { ports: [other, { ...served, nodePort: 30_000 }] } },
    ],
    [
      'a port that was given another protocol',
      { spec: { ports: [client] } },
      { spec: { ports: [{ ...served, protocol: 'UDP' }] } },
      { spec: { ports: [served] } },
    ],
    [
      'a port that has the name of ours, which has another',
      { spec: { ports: [client] } },
      {
        spec: {
          ports: [
            { ...served, name: 'x' },
            { ...served, port: 444 },
          ],
        },
      },
      { spec: { ports: [{ ...served, name: 'x' }] } },
    ],
    [
      'the port, a value and a probe of a container, and nothing else of the list',
      {
        containers: [
          {
            name: 'router',
            env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            ports: [{ name: 'admin', containerPort: 8083 }],
            readinessProbe: { httpGet: { path: '/readyz', port: 'admin' }, periodSeconds: 1 },
          },
        ],
      },
      {
        containers: [
          { name: 'sidecar', ports: [{ name: 'admin', containerPort: 9 }] },
          {
            name: 'router',
            image: 'x',
            env: [
              { name: 'OTHER', value: 'x' },
              { name: 'POD_NAME', value: 'x' },
            ],
            ports: [{ name: 'admin', containerPort: 8084, protocol: 'TCP' }],
            readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1, successThreshold: 1 },
          },
        ],
      },
      {
        containers: [
          { name: 'sidecar', ports: [{ name: 'admin', containerPort: 9 }] },
          {
            name: 'router',
            image: 'x',
            env: [
              { name: 'OTHER', value: 'x' },
              { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
            ports: [{ name: 'admin', containerPort: 8083, protocol: 'TCP' }],
            readinessProbe: {
              httpGet: { path: '/readyz', port: 'admin' },
              periodSeconds: 1,
              successThreshold: 1,
            },
          },
        ],
      },
    ],
    [
      'another source of a volume',
      { volumes: [{ name: 'topology', configMap: { name: 'demo' } }] },
      { volumes: [{ name: 'topology', emptyDir: {} }, { name: 'x' }] },
      { volumes: [{ name: 'topology', configMap: { name: 'demo' } }, { name: 'x' }] },
    ],
    [
      'the other bound of a disruption budget',
      { spec: { maxUnavailable: 1, selector: {} } },
      { spec: { minAvailable: 1, selector: {} } },
      { spec: { minAvailable: null, maxUnavailable: 1 } },
    ],
    [
      'what belongs to another update strategy',
      { spec: { updateStrategy: { type: 'OnDelete' } } },
      { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } },
      { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } },
    ],
  ])('is %s', (_, desired, actual, patch) => {
    expect(clearance(desired, actual)).toEqual(patch);
  });

  it.each([
    ['as it is to be', { ports: [client] }, { ports: [served] }],
    ['renamed', { ports: [client] }, { ports: [{ ...served, name: 'x' }] }],
    ['beside ours', { ports: [client] }, { ports: [served, other] }],
    ['of another value', { updateStrategy: { type: 'a' } }, { updateStrategy: { type: 'b' } }],
    ['missing', { ports: [client], env: [{ name: 'a' }] }, {}],
    ['a list that is one value', { args: ['a'] }, { args: ['b', 'c'] }],
    ['what it has not and we neither', { spec: {} }, { spec: { minAvailable: 1 } }],
  ])('is nothing when something is only %s', (_, desired, actual) => {
    expect(clearance(desired, actual)).toBeUndefined();
  });
});
