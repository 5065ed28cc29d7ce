import {
  type Component,
  clientServiceName,
  components,
  headlessServiceName,
  objectLabels,
  selectorLabels,
} from '../names.ts';
import type { Service } from '../store.ts';
import { type Owner, ownerReferences } from './owner.ts';
import { ports } from './ports.ts';

/** Where SDKs expect a service to be. */
export const clientPort = 443;

/** The Service that clients dial, and a headless one for each component. */
export function buildServices(owner: Owner): readonly Service[] {
  return [buildClientService(owner), ...components.map((it) => buildHeadlessService(owner, it))];
}

/** Only routers that are ready. */
function buildClientService(owner: Owner): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: clientServiceName(owner.name),
      namespace: owner.namespace,
      labels: objectLabels(owner.name, 'router'),
      ownerReferences: ownerReferences(owner),
    },
    spec: {
      selector: selectorLabels(owner.name, 'router'),
      ports: [{ name: 'client', port: clientPort, targetPort: 'client' }],
    },
  };
}

/** DNS names of pods; also of those that aren't ready, because they must be reached to become so. */
function buildHeadlessService(owner: Owner, component: Component): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: headlessServiceName(owner.name, component),
      namespace: owner.namespace,
      labels: objectLabels(owner.name, component),
      ownerReferences: ownerReferences(owner),
    },
    spec: {
      selector: selectorLabels(owner.name, component),
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      ports: ports[component].map(({ name, containerPort }) => {
        return { name, port: containerPort, targetPort: name };
      }),
    },
  };
}
