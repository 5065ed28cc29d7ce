import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** For a mount namespace of its own: the folder of the first argument is there for the command of the others only. */
const script = `
set -e
mount -t tmpfs tmpfs "$(readlink -f /var/run)"
mkdir -p ${mountPath}
mount --bind "$1" ${mountPath}
shift
exec "$@"`;

export interface Account {
  readonly token: string;
  /** PEM of the authority of the API server. */
  readonly certificate: string;
  readonly namespace: string;
}

/** A ServiceAccount as a kubelet mounts it into a pod, for a process of the tests. */
export class AccountMount {
  readonly #folder = mkdtempSync(join(tmpdir(), 'topicplane-account-'));
  #writes = 0;

  constructor(account: Account) {
    this.write(account);
    for (const file of ['token', 'ca.crt', 'namespace']) {
      symlinkSync(join('..data', file), join(this.#folder, file));
    }
  }

  /** Before the command and arguments of a process that is to see it at its place. Root is needed, or user namespaces. */
  get command(): readonly string[] {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    return ['unshare', ...user, '--mount', 'sh', '-c', script, 'sh', this.#folder];
  }

  /** All of it at once, as a kubelet does it when it renews a token: by another folder behind a link. */
  write({ token, certificate, namespace }: Account): void {
    this.#writes += 1;
    const data = `..${this.#writes}`;
    mkdirSync(join(this.#folder, data));
    const files = { token, 'ca.crt': certificate, namespace };
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(join(this.#folder, data, file), content, { mode: 0o600 });
    }
    symlinkSync(data, join(this.#folder, '..next'));
    renameSync(join(this.#folder, '..next'), join(this.#folder, '..data'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
