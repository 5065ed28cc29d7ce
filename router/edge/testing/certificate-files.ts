import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Another certificate in the same files. */
  renew(name: string): void;
  remove(): void;
}

/** A self-signed certificate for `localhost` and 127.0.0.1, made by openssl, which must be installed. */
export function makeCertificate(name = 'first'): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'topicplane-tls-'));
  const certificate = join(folder, 'tls.crt');
  const key = join(folder, 'tls.key');
  const renew = (subject: string): void => {
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const what = ['-days', '2', '-subj', `/CN=${subject}`, '-addext', names];
    const files = ['-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', ...kind, ...what, ...files], { stdio: 'pipe' });
  };
  renew(name);
  return {
    certificate,
    key,
    renew,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
