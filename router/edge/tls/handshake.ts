import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.ts';

/**
 * Begins TLS on a socket on which the client is about to say, or has said, its hello. `secure` says that it can be read and
 * written, `close` before that, that it failed. A client that breaks TLS afterwards is cut.
 */
export function handshake(socket: Socket, certificate: Certificate): TLSSocket {
  const decrypted = new TLSSocket(socket, {
    isServer: true,
    secureContext: certificate.context,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  // Of a socket that no TLS server made, Node tells what goes wrong only so, and leaves it open: nothing would be read any more.
  decrypted.on('_tlsError', () => decrypted.destroy());
  return decrypted;
}
