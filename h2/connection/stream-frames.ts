import {
  type ErrorCode,
  errorCodes,
  flags,
  headersPayload,
  initialWindowBytes,
  streamIdMax,
  uint32At,
  unpadded,
} from '../frames/index.ts';
import { type Field, HpackDecoder } from '../hpack/index.ts';
import type { LimitHit, Limits, Nuisance } from '../limits.ts';
import { HeaderBlock } from './header-block.ts';
import type { Receiving } from './receiving.ts';
import { RequestBody } from './request-body.ts';
import { requestHead, trailersProblem } from './request-head.ts';
import type { Sending } from './sending.ts';
import type { Stream } from './stream.ts';
import type { Streams } from './streams.ts';

/** The connection, as the frames of its streams need it. */
export interface StreamFramesOwner {
  readonly sending: Sending;
  readonly receiving: Receiving;
  readonly streams: Streams;
  /** A connection error (RFC 9113 section 5.4.1). */
  fail(code: ErrorCode, reason: string): void;
  /** A stream error (RFC 9113 section 5.4.2). */
  failStream(id: number, code: ErrorCode): void;
  /** The client did it once more. False: once too often, and the connection is over. */
  bears(nuisance: Nuisance): boolean;
  /** The client reached a limit: one request is refused. */
  hit(limit: LimitHit): void;
  /** The client reached a limit: the connection is over. */
  expel(limit: LimitHit): void;
  /** A request that is well-formed. Undefined: it comes after the last that is served. */
  opened(id: number, method: string, path: string, request: RequestBody): Stream | undefined;
  /** The client gave it up. */
  abandoned(stream: Stream): void;
}

/** What a client says on its streams (RFC 9113 sections 5.1, 6.1 to 6.4, 6.9, 6.10, 8.1). */
export class StreamFrames {
  readonly #owner: StreamFramesOwner;
  readonly #streams: Streams;
  readonly #limits: Limits;
  readonly #decoder: HpackDecoder;
  #block: HeaderBlock | undefined;

  constructor(owner: StreamFramesOwner, limits: Limits) {
    this.#owner = owner;
    this.#streams = owner.streams;
    this.#limits = limits;
    this.#decoder = new HpackDecoder({
      tableBytesMax: limits.headerTableBytesMax,
      listBytesMax: limits.headerListBytesMax,
    });
  }

  /** The header block that has begun: nothing but its CONTINUATION may come. */
  get begun(): HeaderBlock | undefined {
    return this.#block;
  }

  data(id: number, flagBits: number, payload: Uint8Array): void {
    if (this.#streams.isIdle(id)) return this.#broken('DATA on a stream that is not open');
    const data = unpadded(flagBits, payload);
    if (data === undefined) return this.#broken('DATA has more padding than bytes');
    const { receiving } = this.#owner;
    const size = payload.length;
    if (!receiving.arrived(size)) {
      return this.#owner.fail(errorCodes.flowControlError, 'more DATA than the connection takes');
    }
    const stream = this.#streams.get(id);
    const request = stream?.request;
    const isLast = (flagBits & flags.endStream) !== 0;
    if (data.length === 0 && !isLast && !this.#owner.bears('empty-data')) return;
    const problem = this.#dataProblem(id, stream, data.length, size, isLast);
    if (problem !== undefined || stream === undefined || request === undefined) {
      receiving.giveBack(size);
      if (isLast) this.#streams.endedLate(id);
      if (problem !== undefined && problem !== 'late') this.#owner.failStream(id, problem);
      return;
    }
    request.isComplete = isLast;
    receiving.body(stream, request, data, size);
  }

  /** @returns `late` for what was under way when we ended the stream */
  #dataProblem(
    id: number,
    stream: Stream | undefined,
    dataBytes: number,
    frameBytes: number,
    isLast: boolean,
  ): ErrorCode | 'late' | undefined {
    if (stream === undefined || stream.isOver) {
      return this.#streams.closedBy(id) === 'us' ? 'late' : errorCodes.streamClosed;
    }
    const { request } = stream;
    if (request === undefined || request.isComplete) return errorCodes.streamClosed;
    request.window -= frameBytes;
    if (request.window < 0) return errorCodes.flowControlError;
    return request.fits(dataBytes, isLast) ? undefined : errorCodes.protocolError;
  }

  headers(id: number, flagBits: number, payload: Uint8Array): void {
    if ((id & 1) === 0) return this.#broken(`HEADERS on stream ${id}, which is no client's`);
    const read = headersPayload(flagBits, payload);
    if (read === 'padding') return this.#broken('HEADERS has more padding than bytes');
    if (read === 'too short') return this.#badSize('HEADERS', payload);
    const endsStream = (flagBits & flags.endStream) !== 0;
    const block = new HeaderBlock(id, endsStream, read.dependsOn, this.#limits);
    this.#addTo(block, flagBits, read.block);
  }

  continuation(id: number, flagBits: number, payload: Uint8Array): void {
    if (this.#block?.stream !== id) return this.#broken('CONTINUATION continues nothing');
    this.#addTo(this.#block, flagBits, payload);
  }

  priority(id: number, payload: Uint8Array): void {
    if (id === 0) return this.#broken('PRIORITY on stream 0');
    // Otherwise ignored, RFC 9113 section 5.3.2.
    if (payload.length !== 5) return this.#owner.failStream(id, errorCodes.frameSizeError);
    if ((uint32At(payload, 0) & streamIdMax) === id) {
      this.#owner.failStream(id, errorCodes.protocolError);
    }
  }

  rstStream(id: number, payload: Uint8Array): void {
    if (payload.length !== 4) return this.#badSize('RST_STREAM', payload);
    if (this.#streams.isIdle(id)) return this.#broken('RST_STREAM on a stream that is not open');
    const stream = this.#streams.get(id);
    this.#streams.endedLate(id);
    if (stream !== undefined) this.#owner.abandoned(stream);
  }

  windowUpdate(id: number, payload: Uint8Array): void {
    if (payload.length !== 4) return this.#badSize('WINDOW_UPDATE', payload);
    const bytes = uint32At(payload, 0) & 0x7fff_ffff;
    const { sending } = this.#owner;
    if (id === 0) {
      if (bytes === 0) return this.#broken('WINDOW_UPDATE by 0');
      if (sending.widen(bytes)) return;
      return this.#owner.fail(errorCodes.flowControlError, 'WINDOW_UPDATE over the limit');
    }
    if (this.#streams.isIdle(id)) return this.#broken('WINDOW_UPDATE on a stream that is not open');
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.isOver) return;
    if (bytes === 0) return this.#owner.failStream(id, errorCodes.protocolError);
    if (!sending.widenStream(stream, bytes)) {
      this.#owner.failStream(id, errorCodes.flowControlError);
    }
  }

  /** Lets go of what is incomplete. */
  stop(): void {
    this.#block = undefined;
  }

  #addTo(block: HeaderBlock, flagBits: number, fragment: Uint8Array): void {
    const hit = block.add(fragment);
    if (hit !== undefined) return this.#owner.expel(hit);
    const isWhole = (flagBits & flags.endHeaders) !== 0;
    this.#block = isWhole ? undefined : block;
    if (isWhole) this.#whole(block);
  }

  /** A header block is complete. It is decoded whatever becomes of it: the next one may build on it. */
  #whole(block: HeaderBlock): void {
    const decoded = this.#decoder.decode(block.whole());
    const isProblem = 'problem' in decoded;
    if (isProblem && decoded.problem === 'compression') {
      return this.#owner.fail(errorCodes.compressionError, decoded.detail);
    }
    const fields = isProblem ? undefined : decoded;
    const { stream: id } = block;
    const stream = this.#streams.get(id);
    if (stream?.isOver === false) return this.#trailers(stream, block.endsStream, fields);
    if (id > this.#streams.last) return this.#request(block, fields);
    const by = this.#streams.closedBy(id);
    // Under way when we ended it.
    if (by === 'us') {
      if (block.endsStream) this.#streams.endedLate(id);
      return;
    }
    if (by === 'both') {
      return this.#owner.fail(errorCodes.streamClosed, `HEADERS on stream ${id}, which is closed`);
    }
    this.#broken(`stream ${id} is opened after stream ${this.#streams.last}`);
  }

  #trailers(stream: Stream, endsStream: boolean, fields: readonly Field[] | undefined): void {
    const { request } = stream;
    if (request === undefined || request.isComplete) {
      return this.#owner.failStream(stream.id, errorCodes.streamClosed);
    }
    if (!endsStream || fields === undefined || trailersProblem(fields) || !request.fits(0, true)) {
      return this.#owner.failStream(stream.id, errorCodes.protocolError);
    }
    request.isComplete = true;
    this.#owner.receiving.ended(stream, request);
  }

  #request(block: HeaderBlock, fields: readonly Field[] | undefined): void {
    const { stream: id } = block;
    this.#streams.last = id;
    if (this.#streams.size >= this.#limits.exchangesPerConnectionMax) {
      this.#owner.hit('streams');
      return this.#owner.failStream(id, errorCodes.refusedStream);
    }
    if (fields === undefined) {
      this.#owner.hit('header-list');
      return this.#owner.failStream(id, errorCodes.enhanceYourCalm);
    }
    const head = requestHead(fields);
    if ('malformed' in head || block.dependsOn === id) {
      return this.#owner.failStream(id, errorCodes.protocolError);
    }
    const window = Math.max(initialWindowBytes, this.#limits.receiveWindowBytes);
    const request = new RequestBody(fields, head.contentLength, window);
    if (block.endsStream && !request.fits(0, true)) {
      return this.#owner.failStream(id, errorCodes.protocolError);
    }
    request.isComplete = block.endsStream;
    const stream = this.#owner.opened(id, head.method, head.path, request);
    if (stream && block.endsStream) this.#owner.receiving.ended(stream, request);
  }

  #broken(reason: string): void {
    this.#owner.fail(errorCodes.protocolError, reason);
  }

  #badSize(what: string, payload: Uint8Array): void {
    this.#owner.fail(errorCodes.frameSizeError, `${what} of ${payload.length} bytes`);
  }
}
