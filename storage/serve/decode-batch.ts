import { link, topo } from '../../proto/index.ts';
import { delimitedTag, TextMemo, varintTag, WireReader } from '../../proto/wire/index.ts';

// Fields of topicplane.link.v1.RouterBatch and of Publish.
const hello = delimitedTag(1);
const withdrawals = delimitedTag(2);
const withdrawal = varintTag(2);
const interest = delimitedTag(3);
const publish = delimitedTag(4);
const replay = delimitedTag(5);
const leaving = varintTag(6);
const handoff = delimitedTag(7);
const handoffResult = delimitedTag(8);
const topology = delimitedTag(9);
const asksTopology = varintTag(10);

const publishRequest = varintTag(1);
const publishCache = delimitedTag(2);
const publishTopic = delimitedTag(3);
const publishPayload = delimitedTag(4);
const publishText = varintTag(5);
const publishPublisher = delimitedTag(6);

const nothing = new Uint8Array(0);
/** Caches, topics and publishers that came before. */
const names = new TextMemo();

/**
 * Decodes what a router says; its payloads are views of `bytes`. What is not said for every publish is left to the
 * generated code.
 * @throws when the bytes are no such message
 */
export function decodeBatch(bytes: Uint8Array): link.RouterBatch {
  const reader = new WireReader(bytes);
  const batch: link.RouterBatch = {
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
  while (reader.more) {
    const tag = reader.tag();
    if (tag === publish) batch.publishes.push(readPublish(reader));
    else if (tag === interest) batch.interests.push(link.Interest.decode(reader.bytes()));
    else if (tag === withdrawals) readWithdrawals(reader, batch.withdrawals);
    else if (tag === withdrawal) batch.withdrawals.push(reader.uint32());
    else if (tag === replay) batch.replays.push(link.Replay.decode(reader.bytes()));
    else if (tag === leaving) batch.leaving = reader.bool();
    else if (tag === hello) batch.hello = link.Hello.decode(reader.bytes());
    else if (tag === handoff) batch.handoffs.push(link.Handoff.decode(reader.bytes()));
    else if (tag === handoffResult) {
      batch.handoffResults.push(link.HandoffResult.decode(reader.bytes()));
    } else if (tag === topology) batch.topology = topo.Topology.decode(reader.bytes());
    else if (tag === asksTopology) batch.asksTopology = reader.bool();
    else reader.skip(tag);
  }
  return batch;
}

function readWithdrawals(reader: WireReader, into: number[]): void {
  const outer = reader.enter();
  while (reader.more) into.push(reader.uint32());
  reader.leave(outer);
}

function readPublish(reader: WireReader): link.Publish {
  let request = 0;
  let cache = '';
  let topic = '';
  let payload: Uint8Array = nothing;
  let text = false;
  let publisherId = '';
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === publishRequest) request = reader.uint32();
    else if (tag === publishCache) cache = reader.text('cache', names);
    else if (tag === publishTopic) topic = reader.text('topic', names);
    else if (tag === publishPayload) payload = reader.bytes();
    else if (tag === publishText) text = reader.bool();
    else if (tag === publishPublisher) publisherId = reader.text('publisher_id', names);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { request, cache, topic, payload, text, publisherId };
}
