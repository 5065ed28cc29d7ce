import { HeaderBlock } from '../connection/header-block.ts';
import { peerSettings } from '../connection/peer-settings.ts';
import type { Headers } from '../engine.ts';
import {
  clientPreface,
  type ErrorCode,
  errorCodes,
  FrameReader,
  type FrameSink,
  flags,
  frameOf,
  framePayloadBytes,
  frameTypes,
  goawayFrame,
  headersPayload,
  initialWindowBytes,
  pingFrame,
  settingIds,
  settingsAckFrame,
  settingsFrame,
  uint32At,
  unpadded,
  windowUpdateFrame,
} from '../frames/index.ts';
import { type Field, HpackDecoder, HpackEncoder } from '../hpack/index.ts';
import type { ClientBounds } from './bounds.ts';
import { Sending } from './sending.ts';

/** How a stream ended. */
export type StreamEnd =
  /** The server ended the response; after one without a body, these are its headers. */
  | { readonly is: 'complete'; readonly trailers: readonly Field[] }
  /** The server gave it up, with an HTTP/2 error code. */
  | { readonly is: 'reset'; readonly code: number }
  /** The connection is lost or can't be used; for people. */
  | { readonly is: 'broken'; readonly reason: string };

export interface StreamEvents {
  /** The response's headers; not of one that has no body. */
  headers(fields: readonly Field[]): void;
  /** A piece of the response's body, never empty. It may be kept. */
  data(bytes: Uint8Array): void;
  /** Once; nothing follows. */
  ended(end: StreamEnd): void;
}

/** The only stream of its connection. */
const own = 1;

/**
 * A client's end of a connection that carries one stream: a request whose body goes on while the response's does (RFC 9113).
 * Bytes in, events and bytes out; no socket.
 *
 *     opening --SETTINGS--> open --headers--> answered --END_STREAM--> ended
 *        |                    '---------------------------------------^ ^
 *        '------ RST_STREAM, GOAWAY that passes it over, a broken rule -'
 *
 * Frames of the connection are answered in every state but ended.
 */
export class ClientStream implements FrameSink {
  readonly #bounds: ClientBounds;
  readonly #events: StreamEvents;
  readonly #reader = new FrameReader(this, framePayloadBytes);
  readonly #decoder: HpackDecoder;
  readonly #sending = new Sending(initialWindowBytes);
  #state: 'opening' | 'open' | 'answered' | 'ended' = 'opening';
  /** What the server may still send; it is given back before it is used up, as nothing is held. */
  #receiveRoom: number;
  /** Of HEADERS whose CONTINUATION is to come. */
  #block: HeaderBlock | undefined;

  constructor(request: Headers, bounds: ClientBounds, events: StreamEvents) {
    this.#bounds = bounds;
    this.#events = events;
    this.#receiveRoom = bounds.receiveWindowBytes;
    this.#decoder = new HpackDecoder({
      tableBytesMax: 4_096,
      listBytesMax: bounds.headerListBytesMax,
    });
    const block = new HpackEncoder().encode(request);
    this.#sending.control(clientPreface);
    this.#sending.control(
      settingsFrame([
        [settingIds.enablePush, 0],
        [settingIds.initialWindowSize, bounds.receiveWindowBytes],
        [settingIds.maxHeaderListSize, bounds.headerListBytesMax],
      ]),
    );
    const beyond = bounds.receiveWindowBytes - initialWindowBytes;
    if (beyond > 0) this.#sending.control(windowUpdateFrame(0, beyond));
    this.#sending.control(frameOf(frameTypes.headers, flags.endHeaders, own, block));
  }

  /** Sends a piece of the request's body as flow control allows; `taken` is called when all of it is in the output. */
  write(bytes: Uint8Array, taken: () => void): void {
    if (this.#state !== 'ended') this.#sending.body(bytes, taken);
  }

  /** What is to be sent now. */
  takeOutput(): Uint8Array[] {
    return this.#sending.take();
  }

  receive(chunk: Uint8Array): void {
    if (this.#state !== 'ended') this.#reader.push(chunk);
  }

  /** The connection is gone. */
  lost(reason: string): void {
    this.#end({ is: 'broken', reason });
  }

  frame(type: number, flagBits: number, stream: number, payload: Uint8Array): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'opening' && type !== frameTypes.settings) {
      return this.#fail(errorCodes.protocolError, 'the server does not begin with SETTINGS');
    }
    if (this.#block && type !== frameTypes.continuation) {
      return this.#fail(errorCodes.protocolError, 'a header block is interrupted');
    }
    switch (type) {
      case frameTypes.data:
        return this.#data(flagBits, stream, payload);
      case frameTypes.headers:
        return this.#headers(flagBits, stream, payload);
      case frameTypes.continuation:
        return this.#continuation(flagBits, stream, payload);
      case frameTypes.settings:
        return this.#settings(flagBits, stream, payload);
      case frameTypes.windowUpdate:
        return this.#windowUpdate(stream, payload);
      case frameTypes.ping:
        return this.#ping(flagBits, stream, payload);
      case frameTypes.rstStream:
        return this.#reset(stream, payload);
      case frameTypes.goaway:
        return this.#goaway(payload);
      case frameTypes.pushPromise:
        return this.#fail(errorCodes.protocolError, 'the server pushes, which it was asked not to');
      default:
        // PRIORITY does nothing; frames of extensions are passed over (RFC 9113 section 5.5).
        return undefined;
    }
  }

  oversized(_type: number, _stream: number, payloadBytes: number): void {
    this.#fail(errorCodes.frameSizeError, `a frame of ${payloadBytes} bytes`);
  }

  #data(flagBits: number, stream: number, payload: Uint8Array): void {
    if (stream !== own || this.#state !== 'answered') {
      return this.#fail(errorCodes.protocolError, `DATA on stream ${stream} before its headers`);
    }
    this.#receiveRoom -= payload.length;
    const body = unpadded(flagBits, payload);
    if (body === undefined) {
      return this.#fail(errorCodes.protocolError, 'DATA has more padding than bytes');
    }
    this.#openWindow();
    if (body.length > 0) this.#events.data(body);
    if ((flagBits & flags.endStream) !== 0) this.#end({ is: 'complete', trailers: [] });
  }

  #openWindow(): void {
    const { receiveWindowBytes } = this.#bounds;
    if (this.#receiveRoom > receiveWindowBytes / 2) return;
    const bytes = receiveWindowBytes - this.#receiveRoom;
    this.#receiveRoom = receiveWindowBytes;
    this.#sending.control(windowUpdateFrame(0, bytes));
    this.#sending.control(windowUpdateFrame(own, bytes));
  }

  #headers(flagBits: number, stream: number, payload: Uint8Array): void {
    if (stream !== own) {
      return this.#fail(errorCodes.protocolError, `HEADERS on stream ${stream}, which is not open`);
    }
    const read = headersPayload(flagBits, payload);
    if (typeof read === 'string') {
      return this.#fail(errorCodes.frameSizeError, `HEADERS: ${read}`);
    }
    const endsStream = (flagBits & flags.endStream) !== 0;
    const block = new HeaderBlock(stream, endsStream, read.dependsOn, this.#bounds);
    this.#collect(block, flagBits, read.block);
  }

  #continuation(flagBits: number, stream: number, payload: Uint8Array): void {
    if (!this.#block || stream !== own) {
      return this.#fail(errorCodes.protocolError, 'CONTINUATION without HEADERS');
    }
    this.#collect(this.#block, flagBits, payload);
  }

  #collect(block: HeaderBlock, flagBits: number, part: Uint8Array): void {
    if (block.add(part) !== undefined) {
      return this.#fail(errorCodes.enhanceYourCalm, 'headers are larger than allowed');
    }
    this.#block = block;
    if ((flagBits & flags.endHeaders) === 0) return;
    this.#block = undefined;
    const decoded = this.#decoder.decode(block.whole());
    if (!('problem' in decoded)) return this.#answered(decoded, block.endsStream);
    if (decoded.problem === 'compression') {
      return this.#fail(errorCodes.compressionError, decoded.detail);
    }
    this.#fail(errorCodes.enhanceYourCalm, `headers of ${decoded.listBytes} bytes`);
  }

  #answered(fields: readonly Field[], endsStream: boolean): void {
    if (endsStream) return this.#end({ is: 'complete', trailers: fields });
    if (this.#state === 'answered') {
      return this.#fail(errorCodes.protocolError, 'trailers do not end the stream');
    }
    const isInterim = fields.some(({ name, value }) => name === ':status' && value.startsWith('1'));
    if (isInterim) return;
    this.#state = 'answered';
    this.#events.headers(fields);
  }

  #settings(flagBits: number, stream: number, payload: Uint8Array): void {
    if (stream !== 0) return this.#fail(errorCodes.protocolError, 'SETTINGS on a stream');
    if ((flagBits & flags.ack) !== 0) return;
    const settings = peerSettings(payload);
    if ('code' in settings) return this.#fail(settings.code, settings.reason);
    if (settings.initialWindowSize !== undefined) {
      this.#sending.initialWindow(settings.initialWindowSize);
    }
    if (this.#state === 'opening') this.#state = 'open';
    this.#sending.control(settingsAckFrame);
  }

  #windowUpdate(stream: number, payload: Uint8Array): void {
    if (payload.length !== 4) {
      return this.#fail(errorCodes.frameSizeError, 'WINDOW_UPDATE is not 4 bytes long');
    }
    const bytes = uint32At(payload, 0) & 0x7fff_ffff;
    if (bytes === 0) return this.#fail(errorCodes.protocolError, 'WINDOW_UPDATE by nothing');
    if (stream !== 0 && stream !== own) return;
    const fits = stream === 0 ? this.#sending.openConnection(bytes) : this.#sending.open(bytes);
    if (!fits) this.#fail(errorCodes.flowControlError, 'a window beyond 2^31 - 1');
  }

  #ping(flagBits: number, stream: number, payload: Uint8Array): void {
    if (stream !== 0) return this.#fail(errorCodes.protocolError, 'PING on a stream');
    if (payload.length !== 8) return this.#fail(errorCodes.frameSizeError, 'PING is not 8 bytes');
    if ((flagBits & flags.ack) === 0) this.#sending.control(pingFrame(payload, true));
  }

  #reset(stream: number, payload: Uint8Array): void {
    if (payload.length !== 4) {
      return this.#fail(errorCodes.frameSizeError, 'RST_STREAM is not 4 bytes long');
    }
    if (stream === own) this.#end({ is: 'reset', code: uint32At(payload, 0) });
  }

  /** One that takes this stream leaves it to its end. */
  #goaway(payload: Uint8Array): void {
    if (payload.length < 8) return this.#fail(errorCodes.frameSizeError, 'GOAWAY is cut off');
    const last = uint32At(payload, 0) & 0x7fff_ffff;
    const code = uint32At(payload, 4);
    if (last >= own && code === errorCodes.noError) return;
    const words = Buffer.from(payload.subarray(8)).toString('latin1');
    const why = words === '' ? `HTTP/2 error ${code}` : `${words} (HTTP/2 error ${code})`;
    this.#end({ is: 'broken', reason: `the server ends the connection: ${why}` });
  }

  /** The server broke the protocol; it is told. */
  #fail(code: ErrorCode, reason: string): void {
    this.#sending.control(goawayFrame(0, code, reason));
    this.#end({ is: 'broken', reason: `the server breaks HTTP/2: ${reason}` });
  }

  #end(end: StreamEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#reader.stop();
    this.#sending.close();
    this.#events.ended(end);
  }
}
