/**
 * HPACK, header compression of HTTP/2 (RFC 7541). Pure.
 *
 *   const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax });    one a connection
 *   const decoded = decoder.decode(block);                                      each block, in order, also of refused streams
 *   if ('problem' in decoded) ...                                               'compression' | 'list-too-large'
 *   else for (const { name, value, valid, neverIndexed } of decoded) ...
 *
 *   const encoder = new HpackEncoder();                                         one a connection
 *   encoder.peerTableBytes(settings.headerTableSize);                           when the peer's SETTINGS say it
 *   encoder.encode(headers)                                                     a block to be cut into frames
 */
export { HpackDecoder, type HpackDecoderBounds, type HpackProblem } from './decoder.ts';
export { HpackEncoder } from './encoder.ts';
export type { Field } from './field.ts';
