import type { link } from '../../../proto/index.ts';
import type { LinkStream } from '../../../router/index.ts';
import {
  decodeBatch as decodeStorageBatch,
  encodeBatch as encodeRouterBatch,
} from '../../../router/link/index.ts';
import type { RouterStream } from '../../../storage/index.ts';
import { decodeBatch as decodeRouterBatch } from '../../../storage/serve/decode-batch.ts';
import { encodeBatch } from '../../../storage/serve/encode-batch.ts';
import { type Network, Pipe } from './network.ts';
import { told } from './operators.ts';
import type { SimProcess } from './process.ts';
import type { Trace } from './trace.ts';

/** Somebody who takes links. */
export interface Listener {
  readonly process: SimProcess;
  accept(stream: RouterStream): void;
}

type LinkPipe = Pipe<link.RouterBatch, link.StorageBatch>;

/** Streams between routers and storage nodes. */
export class LinkNetwork {
  readonly #network: Network;
  readonly #trace: Trace;
  /** Batches go as bytes, as they do in earnest. */
  readonly #encoded: boolean;
  readonly #listeners = new Map<string, Listener>();
  readonly #pipes = new Set<LinkPipe>();
  /** That were sent by their sources, oldest first. */
  readonly handoffs: link.Handoff[] = [];

  constructor(network: Network, encoded: boolean, trace: Trace) {
    this.#network = network;
    this.#trace = trace;
    this.#encoded = encoded;
  }

  listen(address: string, listener: Listener): void {
    this.#listeners.set(address, listener);
    listener.process.onEnd(() => {
      if (this.#listeners.get(address) === listener) this.#listeners.delete(address);
    });
  }

  dial(from: SimProcess, address: string): LinkStream {
    const listener = this.#listeners.get(address);
    if (!listener) return this.#nobody(from, address);
    const pipe: LinkPipe = new Pipe(this.#network, from, listener.process);
    this.#pipes.add(pipe);
    const forget = () => {
      if (!pipe.near.open && !pipe.far.open) this.#pipes.delete(pipe);
    };
    this.#serve(pipe, listener, forget);
    const { near } = pipe;
    return {
      write: (batch, written) => {
        near.send(this.#encoded ? decodeRouterBatch(encodeRouterBatch(batch)) : batch);
        queueMicrotask(written);
      },
      onBatch: (take) => {
        near.onMessage = take;
      },
      onEnd: (ended) => {
        near.onOver = (reason) => {
          forget();
          ended(reason);
        };
      },
      cancel: () => {
        near.close('the router ended the link');
        forget();
      },
    };
  }

  /** A handoff comes to its target over a link that is up, whoever sent it and when. */
  bring(handoff: link.Handoff, choice: number): void {
    const pipes = this.all.filter(({ near, far }) => {
      return near.open && far.open && nameOf(far.process) === handoff.to;
    });
    const pipe = pipes[Math.floor(choice * pipes.length)];
    pipe?.near.send({ ...nothing, handoffs: [handoff] });
  }

  /** Those that were lost silently end as if they were reset. */
  resetLost(): void {
    for (const pipe of this.#pipes) pipe.reset();
  }

  get all(): readonly LinkPipe[] {
    return [...this.#pipes];
  }

  /** Batches that say nothing are not told. */
  #note(from: SimProcess, to: SimProcess, tell: () => string): void {
    if (!this.#trace.recording) return;
    const said = tell();
    if (said !== '')
      this.#trace.tell(this.#network.timeline.nowMs, from.host, `> ${to.host}: ${said}`);
  }

  #nobody(from: SimProcess, address: string): LinkStream {
    let over = false;
    let tell: (reason: string) => void = () => {};
    this.#network.timeline.after(this.#network.delayMs(), from, () => {
      if (!over) tell(`nobody listens at ${address}`);
    });
    return {
      write: (_batch, written) => queueMicrotask(written),
      onBatch: () => {},
      onEnd: (ended) => {
        tell = ended;
      },
      cancel: () => {
        over = true;
      },
    };
  }

  /** The first batch brings the connection. */
  #serve(pipe: LinkPipe, listener: Listener, forget: () => void): void {
    const { far } = pipe;
    let take: ((batch: link.RouterBatch) => void) | undefined;
    const stream: RouterStream = {
      peer: pipe.near.process.host,
      write: (batch, written) => {
        this.#note(pipe.far.process, pipe.near.process, () => toldByStorage(batch));
        this.handoffs.push(...batch.handoffs);
        far.send(this.#encoded ? decodeStorageBatch(encodeBatch(batch)) : batch);
        queueMicrotask(written);
      },
      onBatch: (handle) => {
        take = handle;
      },
      onEnd: (ended) => {
        far.onOver = (reason) => {
          forget();
          ended(reason);
        };
      },
      end: (status) => {
        far.close(status?.details ?? 'the storage node ended the link');
        forget();
      },
    };
    far.onOver = forget;
    far.onMessage = (batch) => {
      if (!take) listener.accept(stream);
      this.#note(pipe.near.process, pipe.far.process, () => toldByRouter(batch));
      take?.(batch);
    };
  }
}

const nothing: link.RouterBatch = {
  hello: undefined,
  withdrawals: [],
  interests: [],
  publishes: [],
  replays: [],
  leaving: false,
  handoffs: [],
  handoffResults: [],
  topology: undefined,
  asksTopology: false,
};

/** Of the member that runs there. */
function nameOf({ host }: SimProcess): string {
  return host.split('/')[0] ?? host;
}

function toldByRouter(batch: link.RouterBatch): string {
  return words([
    batch.hello && 'hello',
    ...batch.withdrawals.map((feed) => `withdraws ${feed}`),
    ...batch.interests.map(
      (it) => `feed ${it.feed} of ${it.topic} at ${it.page}/${it.nextSequence}`,
    ),
    ...batch.publishes.map((it) => `publish ${it.request} "${Buffer.from(it.payload).toString()}"`),
    ...batch.replays.map((it) => `replay ${it.request} of ${it.topic} from ${it.fromSequence}`),
    batch.leaving && 'leaving',
    ...batch.handoffs.map(toldHandoff),
    ...batch.handoffResults.map((it) => `${it.from}'s handoff ${it.number}: ${it.outcome}`),
    batch.asksTopology && 'asks for its topology',
    batch.topology && `gives ${told(batch.topology)}`,
  ]);
}

function toldByStorage(batch: link.StorageBatch): string {
  return words([
    batch.welcome && 'welcome',
    batch.version && `holds ${batch.version.term}.${batch.version.epoch}`,
    ...batch.results.map((it) => `result ${it.request}: ${it.outcome} ${it.page}/${it.sequence}`),
    ...batch.feeds.map((it) => {
      const start = it.start ? ` starts ${it.start.page}/${it.start.sequence}` : '';
      const items = it.items.length > 0 ? ` ${it.items.length} from ${it.firstSequence}` : '';
      const orphans = it.orphanedAfter ? ` orphaned after ${it.orphanedAfter.sequence}` : '';
      return `feed ${it.feed}${start}${items}${orphans}${it.moved ? ' moved' : ''}`;
    }),
    ...batch.replays.map(
      (it) => `replay ${it.request}: ${it.items.length} from ${it.firstSequence}`,
    ),
    ...batch.handoffs.map(toldHandoff),
    ...batch.handoffResults.map((it) => `${it.from}'s handoff ${it.number}: ${it.outcome}`),
    batch.topology && `gives ${told(batch.topology)}`,
  ]);
}

function toldHandoff({ from, to, number, topics, last, version }: link.Handoff): string {
  const states = topics.map((it) => `${it.topic} ${it.page}/${it.head}`).join(' ');
  return `handoff ${number} ${from}>${to} ${version?.term}.${version?.epoch} ${states}${last ? ' last' : ''}`;
}

function words(said: readonly (string | false | undefined)[]): string {
  return said.filter(Boolean).join(', ');
}
