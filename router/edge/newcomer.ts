import type { Socket } from 'node:net';
import type { SocketRefusal } from './admission.ts';
import type { Timed } from './deadlines.ts';
import { spokenBy } from './preface.ts';
import { type Certificate, handshake } from './tls/index.ts';

/** What became of a newcomer. */
export type Received =
  | { readonly socket: Socket; readonly speaks: 'http1' | 'http2' }
  | { readonly refused: SocketRefusal }
  /** It hung up. */
  | 'gone';

/**
 * A socket that has not said what it speaks.
 *
 *   listening      its first bytes arrive
 *   shaking hands  they begin TLS; afterwards it listens again, to what is decrypted. ALPN tells the client what is spoken
 *                  here; what it then says is what counts
 *   done           told once, as `Received`
 */
export class Newcomer implements Timed {
  readonly socket: Socket;
  readonly #tell: (received: Received) => void;
  #shaking = false;
  #done = false;

  constructor(
    socket: Socket,
    certificate: Certificate | undefined,
    tell: (received: Received) => void,
  ) {
    this.socket = socket;
    this.#tell = tell;
    this.#listen(socket, certificate);
    socket.once('close', () => this.#closed());
  }

  /** It took too long. */
  deadlineDue(): void {
    this.#finish({ refused: this.#shaking ? 'handshake' : 'silent' });
  }

  /** @param certificate undefined: TLS would not be understood */
  #listen(socket: Socket, certificate: Certificate | undefined): void {
    let first: Buffer | undefined;
    const read = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      first = first ? Buffer.concat([first, chunk]) : chunk;
      const spoken = spokenBy(first);
      if (spoken === 'undecided') return;
      socket.off('readable', read);
      socket.off('end', hungUp);
      if (spoken === 'unknown') return this.#finish({ refused: 'unknown-protocol' });
      if (spoken === 'tls' && !certificate) return this.#finish({ refused: 'unknown-protocol' });
      socket.unshift(first);
      first = undefined;
      if (spoken === 'tls') this.#shakeHands(certificate as Certificate);
      else if (certificate && !isOwnMachine(socket)) this.#finish({ refused: 'plain-text' });
      else this.#finish({ socket, speaks: spoken });
    };
    const hungUp = (): void => void this.socket.destroy();
    socket.on('readable', read);
    socket.once('end', hungUp);
  }

  #shakeHands(certificate: Certificate): void {
    this.#shaking = true;
    const decrypted = handshake(this.socket, certificate);
    decrypted.on('error', ignore);
    decrypted.once('close', () => this.#closed());
    decrypted.once('secure', () => {
      this.#shaking = false;
      this.#listen(decrypted, undefined);
    });
  }

  #closed(): void {
    this.#finish(this.#shaking ? { refused: 'handshake' } : 'gone');
  }

  #finish(received: Received): void {
    if (this.#done) return;
    this.#done = true;
    this.#tell(received);
  }
}

/** A router is its own client without TLS, as may be whatever stands before it on the same machine. */
function isOwnMachine({ remoteAddress = '', localAddress }: Socket): boolean {
  const address = remoteAddress.replace(/^::ffff:/, '');
  return remoteAddress === localAddress || address === '::1' || address.startsWith('127.');
}

/** Said again by `close`. */
function ignore(): void {}
