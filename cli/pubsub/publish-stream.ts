import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { publishing, pubsub } from '../../proto/index.ts';

type Duplex = ClientDuplexStream<publishing.PublishRequest, publishing.PublishResponse>;

/** What ended a publish: the parts of grpc-js's error that say why. */
export type Failure = Pick<ServiceError, 'code' | 'details'>;

export interface PublishStreamOptions {
  /** Begins a call on a connection. */
  readonly open: () => Duplex;
  readonly cache: string;
  readonly topic: string;
  /** Items that may be unacknowledged. */
  readonly waitingMax: number;
  /** An item was accepted. */
  readonly accepted: (value: pubsub.TopicValue) => void;
  /** Nothing more is taken: `finish` tells why. */
  readonly failed: () => void;
}

/**
 * Publishes items in their order on one stream. When the router ends that cleanly, because it goes away, what it did not
 * take is sent on another. After a failure nothing more is sent; what is on its way is waited for.
 */
export class PublishStream {
  readonly #options: PublishStreamOptions;
  /** Sent and not acknowledged on the present call, in order. */
  #waiting: pubsub.TopicValue[] = [];
  #call: Duplex;
  /** Items acknowledged on the present call. */
  #acknowledged = 0;
  /** Numbers, on the present call, of items that were refused and not acknowledged. */
  readonly #refused = new Set<number>();
  #failure: Failure | undefined;
  #finishing = false;
  #over = false;
  #wake: () => void = () => {};

  constructor(options: PublishStreamOptions) {
    this.#options = options;
    this.#call = this.#begin();
  }

  /** Resolves when the next item may be sent. False: after a failure; `finish` tells it. */
  async send(value: pubsub.TopicValue): Promise<boolean> {
    while (this.#waiting.length >= this.#options.waitingMax && !this.#failure) {
      await this.#change();
    }
    if (this.#failure) return false;
    this.#waiting.push(value);
    const { cache, topic } = this.#options;
    if (!this.#call.write({ cache, topic, value: value.kind })) await this.#change();
    return true;
  }

  /** Everything was sent: resolves when it is acknowledged, or with what failed first. */
  async finish(): Promise<Failure | undefined> {
    this.#finishing = true;
    this.#call.end();
    while (!this.#over) await this.#change();
    return this.#failure;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before();
        resolve();
      };
    });
  }

  #fail(failure: Failure): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#options.failed();
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = () => {};
    wake();
  }

  #begin(): Duplex {
    const call = this.#options.open();
    this.#acknowledged = 0;
    call.on('drain', () => this.#changed());
    call.on('data', (answer: publishing.PublishResponse) => this.#answered(answer));
    call.on('end', () => this.#ended());
    call.on('error', (error) => {
      this.#over = true;
      this.#fail(error as ServiceError);
      this.#changed();
    });
    return call;
  }

  #answered({ acknowledged, refused }: publishing.PublishResponse): void {
    for (const { item, code, message } of refused) {
      this.#refused.add(item);
      this.#fail({ code, details: message });
    }
    if (refused.length > 0) this.#call.end();
    for (const value of this.#waiting.splice(0, acknowledged - this.#acknowledged)) {
      this.#acknowledged += 1;
      if (!this.#refused.delete(this.#acknowledged)) this.#options.accepted(value);
    }
    this.#changed();
  }

  /** With status OK: `error` says everything else. */
  #ended(): void {
    const isDone = this.#finishing && this.#waiting.length === 0;
    this.#over = isDone || this.#failure !== undefined;
    if (!this.#over) {
      this.#call = this.#begin();
      const { cache, topic } = this.#options;
      for (const { kind } of this.#waiting) this.#call.write({ cache, topic, value: kind });
      if (this.#finishing) this.#call.end();
    }
    this.#changed();
  }
}
