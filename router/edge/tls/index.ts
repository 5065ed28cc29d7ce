/** TLS on the client port. */
export { Certificate, type CertificateFiles } from './certificate.ts';
export { handshake } from './handshake.ts';
