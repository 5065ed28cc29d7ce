import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All as PEM. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for a spec, and a certificate of it for 127.0.0.1. Made by openssl: Node can't sign any. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'topicplane-certificates-'));
  try {
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    };
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-x509'];
    const ca = ['-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=authority of a spec'];
    openssl('req', ...fresh, ...ca);
    const leaf = ['-keyout', 'leaf.key', '-out', 'leaf.crt', '-subj', '/CN=server of a spec'];
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
    openssl('req', ...fresh, ...leaf, ...signed, '-addext', 'subjectAltName=IP:127.0.0.1');
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    return { ca: read('ca.crt'), cert: read('leaf.crt'), key: read('leaf.key') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
