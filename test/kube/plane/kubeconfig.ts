import { stringify } from 'yaml';
import type { Access } from '../api/index.ts';

/** The text of a kubeconfig. @param namespace what its user works in when nothing is said. */
export function kubeconfig({ server, certificate, token }: Access, namespace = 'default'): string {
  const data = Buffer.from(certificate).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rig', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'user', namespace } }],
    'current-context': 'rig',
  });
}
