import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';

/**
 * Begins TLS on a socket on which the client is about to say, or has said, its hello. `secure` says that it can be read and
 * written, `close` before that, that it failed.
 */
export function handshake(socket: Socket, certificate: Certificate): TLSSocket {
  return new TLSSocket(socket, {
    isServer: true,
    secureContext: certificate.context,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
}
