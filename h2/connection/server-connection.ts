import type { Connection, Exchange, ExchangeHandler, Headers } from '../engine.ts';
import {
  clientPreface,
  type ErrorCode,
  errorCodes,
  FrameReader,
  type FrameSink,
  flags,
  framePayloadBytes,
  frameTypes,
  goawayFrame,
  pingFrame,
  rstStreamFrame,
  settingsAckFrame,
  streamIdMax,
} from '../frames/index.ts';
import { HpackEncoder } from '../hpack/index.ts';
import type { LimitHit, Limits, Nuisance } from '../limits.ts';
import { Conduct } from './conduct.ts';
import { Patience } from './patience.ts';
import { peerSettings } from './peer-settings.ts';
import { Receiving } from './receiving.ts';
import type { RequestBody } from './request-body.ts';
import type { Runs } from './run.ts';
import { Sending, type SendingHost } from './sending.ts';
import { Stream } from './stream.ts';
import { StreamFrames, type StreamFramesOwner } from './stream-frames.ts';
import { Streams } from './streams.ts';

/** What a connection asks of whoever has its socket. */
export interface ConnectionHost {
  /** There is something to send, or to be told, when the turn is over. */
  sendSoon(): void;
  /** There is much to send: it is to be taken at once. */
  sendNow(): void;
  exchange(exchange: Exchange): ExchangeHandler;
  exchangeClosed(): void;
  /** A handler threw. */
  fault(error: unknown): void;
  /** The client reached a limit. */
  limitHit(limit: LimitHit): void;
  /** GOAWAY was said for the first time: `goawayOverdue` is to be called after a while. */
  departing(): void;
  /** The last word is in what is to be sent: the socket is to be ended after it. In peace: the client is to hear it all. */
  hangUp(inPeace: boolean): void;
  /** The socket is to be closed at once. */
  cut(): void;
}

/** PINGs that a connection sends itself; who answers one is there, or has heard the GOAWAY before it. */
const keepalivePing: Uint8Array = pingFrame(Buffer.from('anybody?'), false);
const goawayOpaque = Buffer.from('lastone?');
const goawayPing: Uint8Array = pingFrame(goawayOpaque, false);
const firstGoaway: Uint8Array = goawayFrame(streamIdMax, errorCodes.noError);

/**
 * The server's side of one connection (RFC 9113), as a state machine: bytes in, by `receive`; calls of handlers, and bytes
 * out, by `sending`. It knows no socket and no clock.
 *
 *   open      takes requests
 *   warned    GOAWAY was said without a last stream; what comes before the client has heard it is served
 *   leaving   the last stream was said; what comes after it is passed over as not processed
 *   over      the last word was said, in peace or not; nothing is read any more
 *
 * Handlers are told of an exchange's end when the turn is over (`sent`), never from within what they call.
 */
export class ServerConnection implements Connection, FrameSink, SendingHost, StreamFramesOwner {
  readonly id: number;
  readonly remote: string;
  readonly sending: Sending;
  readonly receiving: Receiving;
  readonly streams = new Streams();
  readonly #host: ConnectionHost;
  readonly #reader: FrameReader;
  readonly #encoder = new HpackEncoder();
  readonly #streamFrames: StreamFrames;
  readonly #conduct: Conduct;
  readonly #patience: Patience;
  /** Closed, but their handlers were not told. */
  #finished: Stream[] = [];
  #phase: 'open' | 'warned' | 'leaving' | 'over' = 'open';
  /** Bytes of the preface that came. */
  #prefaceBytes = 0;
  #isSettled = false;
  #clientLeaves = false;

  constructor(id: number, remote: string, host: ConnectionHost, runs: Runs, limits: Limits) {
    this.id = id;
    this.remote = remote;
    this.#host = host;
    this.sending = new Sending(this, runs, limits);
    this.receiving = new Receiving(this.sending, limits);
    this.#reader = new FrameReader(this, framePayloadBytes);
    this.#streamFrames = new StreamFrames(this, limits);
    this.#conduct = new Conduct(limits);
    this.#patience = new Patience(limits);
  }

  get exchanges(): number {
    return this.streams.size;
  }

  goaway(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'warned';
    this.sending.frame(firstGoaway);
    this.sending.frame(goawayPing);
    this.#host.departing();
  }

  close(): void {
    this.#phase = 'over';
    this.#reader.stop();
    this.#streamFrames.stop();
    this.#host.cut();
  }

  // For the socket's driver.

  receive(chunk: Uint8Array): void {
    if (this.#phase === 'over') return;
    if (this.#prefaceBytes === clientPreface.length) return this.#reader.push(chunk);
    let at = 0;
    for (; this.#prefaceBytes < clientPreface.length && at < chunk.length; at += 1) {
      if (chunk[at] !== clientPreface[this.#prefaceBytes]) {
        return this.fail(errorCodes.protocolError, 'this is not the preface of HTTP/2');
      }
      this.#prefaceBytes += 1;
    }
    if (at < chunk.length) this.#reader.push(chunk.subarray(at));
  }

  /** Asks whether somebody is there. */
  ping(): void {
    this.sending.frame(keepalivePing);
  }

  /** The client doesn't say that it has heard the GOAWAY; it had its time. */
  goawayOverdue(): void {
    this.#sayLastStream();
    this.#endIfLast();
  }

  /** What was to be sent is on its way, and the turn is over. */
  sent(): void {
    if (this.#finished.length === 0) return;
    const finished = this.#finished;
    this.#finished = [];
    for (const stream of finished) this.#forget(stream);
    this.#endIfLast();
  }

  /** Time has passed: what takes too long is ended. */
  pass(ms: number): void {
    if (this.#phase === 'over') return;
    this.#conduct.pass(ms);
    for (const id of this.streams.overdue()) this.#refuseRest(id);
    for (const stream of this.#patience.stalledStreams(ms, this.streams)) {
      this.hit('stalled-stream');
      this.resetStream(stream, errorCodes.enhanceYourCalm);
    }
    const limit = this.#patience.pass(ms, this.streams, this.sending, this.#streamFrames.begun);
    if (limit === undefined) return;
    if (limit !== 'idle') return this.expel(limit);
    if (this.#phase !== 'open') return;
    this.hit(limit);
    this.goaway();
  }

  /** What waits for the client to read it, and what of the client's waits for handlers. */
  get unreadBytes(): number {
    return this.sending.unsentBytes + this.receiving.heldBytes;
  }

  /** There is no socket any more. */
  lost(): void {
    this.#phase = 'over';
    this.#reader.stop();
    this.#streamFrames.stop();
    for (const stream of this.streams.all()) this.#forget(stream);
  }

  /** A connection error (RFC 9113 section 5.4.1). */
  fail(code: ErrorCode, reason: string): void {
    if (this.#phase === 'over') return;
    this.sending.frame(goawayFrame(this.streams.lastServed, code, reason));
    for (const stream of this.streams.all()) {
      stream.giveUp();
      this.#finish(stream);
    }
    this.#end(false);
  }

  // For its streams.

  headers(stream: Stream, headers: Headers, isLast: boolean): void {
    this.sending.headers(stream.id, this.#encoder.encode(headers), isLast);
  }

  /** Its response is complete. The rest of a request that isn't is passed over. */
  responded(stream: Stream): void {
    stream.isOver = true;
    const isEarly = stream.request !== undefined && !stream.request.isComplete;
    if (!isEarly) this.streams.closed(stream.id, 'both');
    else if (!this.streams.closedEarly(stream.id)) this.#refuseRest(stream.id);
    this.#finish(stream);
  }

  #refuseRest(id: number): void {
    this.sending.frame(rstStreamFrame(id, errorCodes.noError));
  }

  resetStream(stream: Stream, code: ErrorCode): void {
    if (stream.isOver) return;
    this.sending.frame(rstStreamFrame(stream.id, code));
    this.streams.closed(stream.id, 'us');
    stream.giveUp();
    this.#finish(stream);
  }

  bears(nuisance: Nuisance): boolean {
    if (this.#conduct.count(nuisance)) return true;
    this.expel(nuisance);
    return false;
  }

  hit(limit: LimitHit): void {
    this.#host.limitHit(limit);
  }

  expel(limit: LimitHit): void {
    if (this.#phase === 'over') return;
    this.hit(limit);
    this.fail(errorCodes.enhanceYourCalm, `over the limit: ${limit}`);
  }

  resume(stream: Stream, request: RequestBody): void {
    this.receiving.resume(stream, request);
  }

  // For what it sends.

  sendSoon(): void {
    this.#host.sendSoon();
  }

  sendNow(): void {
    this.#host.sendNow();
  }

  overflowed(): void {
    if (this.#phase === 'over') return;
    this.hit('unsent');
    this.#phase = 'over';
    this.#reader.stop();
    this.#host.cut();
  }

  // Frames, as they come.

  oversized(type: number, _stream: number, payloadBytes: number): void {
    const what = `a frame of type ${type} has ${payloadBytes} bytes, at most ${framePayloadBytes} are taken`;
    this.fail(errorCodes.frameSizeError, what);
  }

  frame(type: number, flagBits: number, stream: number, payload: Uint8Array): void {
    if (!this.#isSettled && (type !== frameTypes.settings || (flagBits & flags.ack) !== 0)) {
      return this.#broken('SETTINGS has to come first');
    }
    const { begun } = this.#streamFrames;
    if (begun !== undefined && (type !== frameTypes.continuation || stream !== begun.stream)) {
      return this.#broken('a header block was interrupted');
    }
    switch (type) {
      case frameTypes.data:
        return this.#streamFrames.data(stream, flagBits, payload);
      case frameTypes.headers:
        return this.#streamFrames.headers(stream, flagBits, payload);
      case frameTypes.priority:
        if (this.bears('priorities')) this.#streamFrames.priority(stream, payload);
        return;
      case frameTypes.rstStream:
        if (this.bears('resets')) this.#streamFrames.rstStream(stream, payload);
        return;
      case frameTypes.settings:
        if (this.bears('settings')) this.#settings(stream, flagBits, payload);
        return;
      case frameTypes.pushPromise:
        return this.#broken('a client may not push');
      case frameTypes.ping:
        if (this.bears('pings')) this.#ping(stream, flagBits, payload);
        return;
      case frameTypes.goaway:
        if (this.bears('unknown-frames')) this.#goaway(stream, payload);
        return;
      case frameTypes.windowUpdate:
        if (this.sending.expectsUpdate() || this.bears('window-updates')) {
          this.#streamFrames.windowUpdate(stream, payload);
        }
        return;
      case frameTypes.continuation:
        return this.#streamFrames.continuation(stream, flagBits, payload);
      default:
        // RFC 9113 section 5.5: ignored.
        this.bears('unknown-frames');
    }
  }

  opened(id: number, method: string, path: string, request: RequestBody): Stream | undefined {
    if (this.#phase === 'leaving') {
      this.streams.closed(id, 'us');
      return undefined;
    }
    this.streams.lastServed = id;
    const stream = new Stream(this, id, method, path, request);
    this.streams.add(stream);
    request.isBusy = true;
    stream.handler = this.#host.exchange(stream);
    request.isBusy = false;
    return stream;
  }

  abandoned(stream: Stream): void {
    if (!stream.isOver) this.streams.closed(stream.id, 'both');
    this.#forget(stream);
    this.#endIfLast();
  }

  failStream(id: number, code: ErrorCode): void {
    if (this.streams.isIdle(id)) {
      return this.fail(code, `a frame on stream ${id}, which is not open`);
    }
    // Each makes us work and costs the client a frame, as a reset of its own does.
    if (!this.bears('resets')) return;
    const stream = this.streams.get(id);
    if (stream?.isOver === false) return this.resetStream(stream, code);
    // Said once: what the client said before it heard of it is no news.
    if (this.streams.closedBy(id) === 'us') return;
    this.sending.frame(rstStreamFrame(id, code));
    this.streams.closed(id, 'us');
  }

  #settings(id: number, flagBits: number, payload: Uint8Array): void {
    if (id !== 0) return this.#broken(`SETTINGS on stream ${id}`);
    if ((flagBits & flags.ack) !== 0) {
      if (payload.length > 0) this.#badSize('an acknowledgement of SETTINGS', payload);
      return;
    }
    const settings = peerSettings(payload);
    if ('code' in settings) return this.fail(settings.code, settings.reason);
    this.#isSettled = true;
    this.sending.frame(settingsAckFrame);
    const { headerTableSize, initialWindowSize } = settings;
    if (headerTableSize !== undefined) this.#encoder.peerTableBytes(headerTableSize);
    if (initialWindowSize === undefined) return;
    if (!this.sending.resizeStreams(initialWindowSize, this.streams.all())) {
      this.fail(errorCodes.flowControlError, 'SETTINGS make a window too large');
    }
  }

  #ping(id: number, flagBits: number, payload: Uint8Array): void {
    if (payload.length !== 8) return this.#badSize('PING', payload);
    if (id !== 0) return this.#broken(`PING on stream ${id}`);
    if ((flagBits & flags.ack) === 0) return this.sending.frame(pingFrame(payload, true));
    if (this.#phase !== 'warned' || !goawayOpaque.equals(payload)) return;
    this.#sayLastStream();
    this.#endIfLast();
  }

  /** The client opens nothing more here; what is open goes on. */
  #goaway(id: number, payload: Uint8Array): void {
    if (id !== 0) return this.#broken(`GOAWAY on stream ${id}`);
    if (payload.length < 8) return this.#badSize('GOAWAY', payload);
    this.#clientLeaves = true;
    this.#endIfLast();
  }

  // Ends.

  #broken(reason: string): void {
    this.fail(errorCodes.protocolError, reason);
  }

  #badSize(what: string, payload: Uint8Array): void {
    this.fail(errorCodes.frameSizeError, `${what} of ${payload.length} bytes`);
  }

  #finish(stream: Stream): void {
    this.#finished.push(stream);
    this.#host.sendSoon();
  }

  #forget(stream: Stream): void {
    if (!this.streams.delete(stream)) return;
    // After the last word nothing is given back.
    if (stream.request && this.#phase !== 'over') this.receiving.drop(stream.request);
    this.#host.exchangeClosed();
    try {
      stream.close();
    } catch (error) {
      this.#host.fault(error);
    }
  }

  #sayLastStream(): void {
    if (this.#phase === 'leaving' || this.#phase === 'over') return;
    this.#phase = 'leaving';
    this.sending.frame(goawayFrame(this.streams.lastServed, errorCodes.noError));
  }

  #endIfLast(): void {
    if (this.streams.size > 0 || this.#phase === 'over') return;
    if (this.#clientLeaves) this.#sayLastStream();
    if (this.#phase === 'leaving') this.#end(true);
  }

  #end(inPeace: boolean): void {
    this.#phase = 'over';
    this.#reader.stop();
    this.#streamFrames.stop();
    this.#host.hangUp(inPeace);
  }
}
