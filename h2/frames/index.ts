/** Frames of HTTP/2 (RFC 9113 sections 4 and 6), read and written. Pure. */
export {
  clientPreface,
  type ErrorCode,
  errorCodes,
  flags,
  frameHeaderBytes,
  framePayloadBytes,
  framePayloadBytesLimit,
  frameTypes,
  initialWindowBytes,
  settingIds,
  streamIdMax,
  windowBytesMax,
} from './numbers.ts';
export { FrameReader, type FrameSink, uint32At } from './reader.ts';
export { type HeadersPayload, headersPayload, unpadded } from './unpad.ts';
export {
  frameOf,
  goawayFrame,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  settingsFrame,
  windowUpdateFrame,
  writeFrameHeader,
} from './writer.ts';
