import { isRefusal, type Refusal, type Router, type Subscription } from '../../../router/index.ts';
import { published } from '../../../router/testing/index.ts';
import { type ClientPipe, cache, type ToClient, type ToRouter } from './connections.ts';
import type { PipeEnd } from './network.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';

type ClientEnd = PipeEnd<ToClient, ToRouter>;

/** Frames on their way to a client beyond which its stream asks for a pause. */
const WINDOW_BYTES = 600;

/** From telling storage nodes until the first client is moved. */
const MARK_MS = 100;

/** Stands where the edge of a router does: connections of clients, and moving them elsewhere. */
export class PlayedEdge {
  readonly #router: Router;
  readonly #process: SimProcess;
  readonly #connections = new Set<ClientEnd>();
  readonly #streams = new Set<Stream>();
  #publishes = 0;
  #leaving = false;

  constructor(router: Router, process: SimProcess) {
    this.#router = router;
    this.#process = process;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Nobody is connected, nothing is owed to anybody. */
  get empty(): boolean {
    return this.#connections.size === 0 && this.#publishes === 0;
  }

  accept(pipe: ClientPipe): void {
    const end = pipe.far;
    let stream: Stream | undefined;
    this.#connections.add(end);
    end.onMessage = (message) => {
      if (message.is === 'subscribe') stream = this.#subscribe(end, message);
      else if (message.is === 'read') stream?.read(message.bytes);
      else void this.#publish(end, message);
    };
    end.onOver = () => {
      this.#connections.delete(end);
      stream?.gone();
      if (stream) this.#streams.delete(stream);
    };
    if (this.#leaving) end.send({ is: 'leave' });
  }

  /** Moves all clients, spread over `withinMs`; who comes from now on is moved too. */
  leave(withinMs: number, random: Random): void {
    this.#leaving = true;
    for (const end of this.#connections) end.send({ is: 'leave' });
    for (const stream of this.#streams) this.#finish(stream, random.between(0, withinMs));
  }

  /** Moves so many connections that hold streams, the oldest first; the router stays in the rotation. */
  shed(connections: number, withinMs: number, random: Random): number {
    const chosen = [...this.#streams].slice(0, connections);
    if (chosen.length > 0) this.#router.shedding();
    for (const stream of chosen) this.#finish(stream, MARK_MS + random.between(0, withinMs));
    return chosen.length;
  }

  #finish(stream: Stream, inMs: number): void {
    this.#process.clock.after(inMs, () => stream.finish());
  }

  #subscribe(end: ClientEnd, { topic, start }: ToRouter & { is: 'subscribe' }): Stream | undefined {
    const stream = new Stream(end, () => this.#streams.delete(stream));
    const outcome = this.#router.subscribe({ cache, topic }, start, stream);
    if (isRefusal(outcome)) {
      end.send({ is: 'ended', refusal: outcome });
      return undefined;
    }
    stream.subscription = outcome;
    this.#streams.add(stream);
    if (this.#leaving) stream.finish();
    return stream;
  }

  async #publish(end: ClientEnd, { id, topic, text }: ToRouter & { is: 'publish' }): Promise<void> {
    this.#publishes += 1;
    const payload = Buffer.from(text);
    const request = { cache, topic, payload, text: true, publisherId: '' };
    const result = await published(this.#router, request);
    this.#publishes -= 1;
    if (!this.#process.ended) end.send({ is: 'answer', id, result });
  }
}

/** One subscription on the router's side. It can't be ended with OK before something was sent. */
class Stream {
  readonly #end: ClientEnd;
  readonly #onEnded: () => void;
  subscription: Subscription | undefined;
  #unreadBytes = 0;
  #paused = false;
  #flowing = false;
  #finishing = false;
  #ended = false;

  constructor(end: ClientEnd, onEnded: () => void) {
    this.#end = end;
    this.#onEnded = onEnded;
  }

  write(frame: { readonly bytes: Uint8Array }): boolean {
    if (this.#ended) throw new Error('a frame was written after the end');
    if (this.#paused) throw new Error('a frame was written to a sink that asked for a pause');
    this.#end.send({ is: 'frame', frame });
    this.#unreadBytes += frame.bytes.length;
    this.#paused = this.#unreadBytes > WINDOW_BYTES;
    const isFirst = !this.#flowing;
    this.#flowing = true;
    if (isFirst && this.#finishing) queueMicrotask(() => this.finish());
    return !this.#paused;
  }

  /** By the router. */
  end(refusal: Refusal | undefined): void {
    this.#over(refusal);
  }

  read(bytes: number): void {
    this.#unreadBytes -= bytes;
    if (!this.#paused || this.#unreadBytes > WINDOW_BYTES / 2) return;
    this.#paused = false;
    if (!this.#ended) this.subscription?.drained();
  }

  /** By the edge, with OK. */
  finish(): void {
    this.#finishing = true;
    if (!this.#flowing || this.#ended) return;
    this.subscription?.close();
    this.#over(undefined);
  }

  /** By the client. */
  gone(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.subscription?.close();
  }

  #over(refusal: Refusal | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#end.send({ is: 'ended', refusal });
    this.#onEnded();
  }
}
