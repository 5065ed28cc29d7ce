import { constants, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Cancel, Clock, Logger } from '../../../runtime/index.ts';

export interface CertificateFiles {
  /** PEM: the certificate, then those that lead to its root. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

interface Loaded {
  readonly certificate: string;
  readonly key: string;
  readonly context: SecureContext;
  readonly expiresMs: number;
}

/**
 * A certificate and its key, read again while the process runs, because who renews them writes new files. Connections keep
 * what they began with; new ones get the new. The files are compared and not watched: a mounted Secret is exchanged by a
 * link two levels up. A pair that can't be used, as one of which only one half is written yet, changes nothing.
 */
export class Certificate {
  readonly #files: CertificateFiles;
  readonly #log: Logger;
  readonly #stop: Cancel;
  #loaded: Loaded;
  /** Said once for each thing that is wrong. */
  #problem = '';

  private constructor(
    files: CertificateFiles,
    loaded: Loaded,
    clock: Clock,
    log: Logger,
    checkMs: number,
  ) {
    this.#files = files;
    this.#loaded = loaded;
    this.#log = log;
    this.#stop = clock.every(checkMs, () => void this.check());
  }

  /**
   * @param checkMs from one look at the files to the next
   * @throws when they can't be read or don't belong together
   */
  static async load(
    files: CertificateFiles,
    clock: Clock,
    log: Logger,
    checkMs: number,
  ): Promise<Certificate> {
    return new Certificate(files, await load(files), clock, log, checkMs);
  }

  get context(): SecureContext {
    return this.#loaded.context;
  }

  /** When it is no longer valid, in Unix time. */
  get expiresMs(): number {
    return this.#loaded.expiresMs;
  }

  /** Takes what the files hold now. Never rejects. */
  async check(): Promise<void> {
    try {
      const loaded = await load(this.#files, this.#loaded);
      if (loaded !== this.#loaded) {
        const until = new Date(loaded.expiresMs).toISOString();
        this.#log.info({ ...this.#files, until }, 'a new certificate is in use');
      }
      this.#loaded = loaded;
      this.#problem = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#problem) {
        this.#log.warn({ error: message }, 'the certificate in use was kept');
      }
      this.#problem = message;
    }
  }

  close(): void {
    this.#stop();
  }
}

/** @param before is the result if the files hold the same */
async function load(files: CertificateFiles, before?: Loaded): Promise<Loaded> {
  const certificate = await read('certificate', files.certificate);
  const key = await read('key', files.key);
  if (before?.certificate === certificate && before.key === key) return before;
  try {
    const context = createSecureContext({
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      // Of TLS 1.2: a handshake costs this side far more than the client, and it could ask for one after the other.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
    const expiresMs = Date.parse(new X509Certificate(certificate).validTo);
    return { certificate, key, context, expiresMs };
  } catch (error) {
    throw new Error(
      `the TLS certificate ${files.certificate} and key ${files.key} can't be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

async function read(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`can't read the TLS ${what}: ${(error as Error).message}`, { cause: error });
  }
}
