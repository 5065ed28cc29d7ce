import type { Position } from './position.ts';
import { type Publication, TopicRecord } from './publications.ts';
import { type Notice, StreamCheck } from './stream-check.ts';
import { SubscriptionRecord } from './subscription-record.ts';
import type { Verdict, Violation } from './verdict.ts';

/** Violations that are kept word for word. */
const violationsMax = 20;

interface StreamRecord {
  readonly subscription: SubscriptionRecord;
  readonly check: StreamCheck;
  ended: boolean;
}

/**
 * Knows everything that was published and everything that was received, and says whether both fit together
 * (design §9, I1 to I5). It is told events in the order in which one observer saw them; it has no clock and does
 * nothing by itself. Names (publisher, topic, payload, subscription, stream) are the caller's; payload and stream
 * names are unique in the whole history.
 */
export class Oracle {
  #tick = 0;
  #violationsTotal = 0;
  readonly #violations: Violation[] = [];
  readonly #topics = new Map<string, TopicRecord>();
  readonly #publications = new Map<string, Publication>();
  readonly #subscriptions = new Map<string, SubscriptionRecord>();
  readonly #streams = new Map<string, StreamRecord>();
  #delivered = 0;
  #discontinuities = 0;

  publishStarted(publisher: string, topic: string, payload: string): void {
    const known = this.#publications.get(payload);
    if (known) throw new Error(`payload "${payload}" was already published by ${known.publisher}`);
    const publication: Publication = {
      payload,
      publisher,
      topic,
      startedAt: this.#tick++,
      ackedAt: undefined,
      failedAt: undefined,
      position: undefined,
    };
    this.#publications.set(payload, publication);
    this.#topic(topic).publications.push(publication);
  }

  publishAcked(payload: string): void {
    this.#publication(payload).ackedAt = this.#tick++;
  }

  /** The publisher was told that it failed; the item may exist all the same. */
  publishFailed(payload: string): void {
    this.#publication(payload).failedAt = this.#tick++;
  }

  /**
   * A stream of `subscription` begins; the first one begins the subscription too.
   * @param asked the first item wanted; page 0: of whichever page; undefined: from now on.
   */
  streamOpened(
    stream: string,
    subscription: string,
    topic: string,
    asked: Position | undefined,
  ): void {
    if (this.#streams.has(stream)) throw new Error(`stream ${stream} was opened before`);
    let record = this.#subscriptions.get(subscription);
    if (!record) {
      record = new SubscriptionRecord(subscription, this.#topic(topic));
      this.#subscriptions.set(subscription, record);
    }
    this.#streams.set(stream, {
      subscription: record,
      check: new StreamCheck(stream, asked),
      ended: false,
    });
  }

  /** The first message came: from here on the subscription has a claim to everything. */
  attached(stream: string): void {
    this.#stream(stream).subscription.liveFrom ??= this.#tick++;
  }

  item(stream: string, position: Position, payload: string): void {
    const { subscription, check, ended } = this.#stream(stream);
    this.attached(stream);
    this.#tick++;
    this.#delivered++;
    if (ended) this.#note({ invariant: 'I2', message: `${stream} got an item after its end` });
    this.#note(check.item(position));
    const publication = this.#publications.get(payload);
    const misplaced = subscription.topic.place(position, payload, publication);
    this.#note(misplaced);
    if (publication && !misplaced) this.#note(subscription.receive(position, publication));
  }

  discontinuity(stream: string, notice: Notice): void {
    const { subscription, check } = this.#stream(stream);
    this.attached(stream);
    this.#discontinuities++;
    const { violation, after } = check.discontinuity(notice);
    this.#note(violation);
    const upTo = { page: notice.page, sequence: notice.next };
    subscription.gaps.push({ after, upTo, at: this.#tick++ });
  }

  /** Nothing more may come on this stream. The subscription lives on until it is closed. */
  streamEnded(stream: string): void {
    this.#stream(stream).ended = true;
  }

  /** Its user is done with it. */
  subscriptionClosed(subscription: string): void {
    const record = this.#subscriptions.get(subscription);
    if (record) record.closed = true;
  }

  /** Acknowledged items that open subscriptions have neither received nor been told are missing; 0 when settled. */
  owed(): number {
    let owed = 0;
    for (const subscription of this.#subscriptions.values()) {
      if (!subscription.closed) owed += subscription.owed();
    }
    return owed;
  }

  /** Open subscriptions that had heard something when it was published, and that lack it; for probes (I8). */
  lacking(payload: string): string[] {
    const publication = this.#publication(payload);
    const names: string[] = [];
    for (const { name, topic, closed, liveFrom, has } of this.#subscriptions.values()) {
      if (closed || topic.name !== publication.topic || liveFrom === undefined) continue;
      if (liveFrom < publication.startedAt && !has(payload)) names.push(name);
    }
    return names;
  }

  /** Somebody else saw an invariant broken: it is part of the verdict. */
  violated(violation: Violation): void {
    this.#note(violation);
  }

  /** Discontinuities that one subscription got so far. */
  gapsOf(subscription: string): SubscriptionRecord['gaps'] {
    return this.#subscriptions.get(subscription)?.gaps ?? [];
  }

  /** Judges all that was told. What is still on its way counts as lost, so settle first. */
  verdict(): Verdict {
    const violations = [...this.#violations];
    let announcedMissing = 0;
    let silentLosses = 0;
    for (const subscription of this.#subscriptions.values()) {
      for (const { publication, fate } of subscription.fates()) {
        if (fate === 'announced') announcedMissing++;
        if (fate !== 'owed') continue;
        silentLosses++;
        if (violations.length >= violationsMax) continue;
        violations.push({
          invariant: 'I5',
          message: `${subscription.name} never got "${publication.payload}", acknowledged to ${publication.publisher}, and no discontinuity says so`,
        });
      }
    }
    const publications = [...this.#publications.values()];
    return {
      violations,
      counts: {
        published: publications.length,
        acked: publications.filter(({ ackedAt }) => ackedAt !== undefined).length,
        failed: publications.filter(({ failedAt }) => failedAt !== undefined).length,
        subscriptions: this.#subscriptions.size,
        streams: this.#streams.size,
        delivered: this.#delivered,
        discontinuities: this.#discontinuities,
        announcedMissing,
        silentLosses,
      },
    };
  }

  #note(violation: Violation | undefined): void {
    if (!violation) return;
    this.#violationsTotal++;
    if (this.#violationsTotal <= violationsMax) this.#violations.push(violation);
  }

  #topic(name: string): TopicRecord {
    let topic = this.#topics.get(name);
    if (!topic) {
      topic = new TopicRecord(name);
      this.#topics.set(name, topic);
    }
    return topic;
  }

  #publication(payload: string): Publication {
    const publication = this.#publications.get(payload);
    if (!publication) throw new Error(`payload "${payload}" was never published`);
    return publication;
  }

  #stream(name: string): StreamRecord {
    const stream = this.#streams.get(name);
    if (!stream) throw new Error(`stream ${name} was never opened`);
    return stream;
  }
}
