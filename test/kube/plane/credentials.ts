import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from '../api/index.ts';
import { kubeconfig } from './kubeconfig.ts';

/** Users of the static tokens. All may do everything; the names tell them apart in the audit log. */
export const users = {
  admin: 'admin',
  controllers: 'system:kube-controller-manager',
  kubelet: 'kubelet',
} as const;
export type User = keyof typeof users;

/** Requests of the rig itself are not of interest; everybody else's are. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'None',
      users: [users.controllers, users.kubelet, 'system:apiserver', 'system:anonymous'],
    },
    { level: 'Metadata' },
  ],
};

export const files = {
  tokens: 'tokens.csv',
  serviceAccountKey: 'service-account.key',
  serviceAccountPublicKey: 'service-account.pub',
  auditPolicy: 'audit-policy.json',
  auditLog: 'audit.log',
  controllersConfig: 'controllers.kubeconfig',
  certificates: 'certificates',
  /** What the API server signs for itself at its first start: its certificate and the authority's. */
  certificate: 'certificates/apiserver.crt',
} as const;

/** Writes what the API server reads at its start. Returns the tokens of the static users. */
export function writeCredentials(folder: string): Readonly<Record<User, string>> {
  const write = (name: string, content: string) =>
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  mkdirSync(join(folder, files.certificates));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  write(files.serviceAccountKey, privateKey);
  write(files.serviceAccountPublicKey, publicKey);
  write(files.auditPolicy, JSON.stringify(auditPolicy));
  const tokens = { admin: token(), controllers: token(), kubelet: token() };
  const lines = Object.entries(tokens).map(([user, secret]) => {
    const name = users[user as User];
    return `${secret},${name},${name},"system:masters"\n`;
  });
  write(files.tokens, lines.join(''));
  return tokens;
}

export function writeControllersConfig(folder: string, access: Access): void {
  writeFileSync(join(folder, files.controllersConfig), kubeconfig(access), { mode: 0o600 });
}

function token(): string {
  return randomBytes(24).toString('hex');
}
