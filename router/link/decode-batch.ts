import { link, topo } from '../../proto/index.ts';
import { delimitedTag, varintTag, WireReader } from '../../proto/wire/index.ts';

// Fields of topicplane.link.v1.StorageBatch and of what is hot in it.
const welcome = delimitedTag(1);
const version = delimitedTag(2);
const result = delimitedTag(3);
const feed = delimitedTag(4);
const replay = delimitedTag(5);
const handoff = delimitedTag(6);
const handoffResult = delimitedTag(7);
const topology = delimitedTag(8);

const resultRequest = varintTag(1);
const resultOutcome = varintTag(2);
const resultPage = varintTag(3);
const resultSequence = varintTag(4);

const feedNumber = varintTag(1);
const feedStart = delimitedTag(2);
const feedFirst = varintTag(3);
const feedItem = delimitedTag(4);
const feedMoved = varintTag(5);
const feedOrphaned = delimitedTag(6);

/**
 * Decodes what a storage node says; its items are views of `bytes`. What is not said for every item and answer is left
 * to the generated code.
 * @throws when the bytes are no such message
 */
export function decodeBatch(bytes: Uint8Array): link.StorageBatch {
  const reader = new WireReader(bytes);
  const batch: link.StorageBatch = {
    welcome: undefined,
    version: undefined,
    results: [],
    feeds: [],
    replays: [],
    handoffs: [],
    handoffResults: [],
    topology: undefined,
  };
  while (reader.more) {
    const tag = reader.tag();
    if (tag === result) batch.results.push(readResult(reader));
    else if (tag === feed) batch.feeds.push(readFeed(reader));
    else if (tag === replay) batch.replays.push(link.ReplayResult.decode(reader.bytes()));
    else if (tag === welcome) batch.welcome = link.Welcome.decode(reader.bytes());
    else if (tag === version) batch.version = topo.Version.decode(reader.bytes());
    else if (tag === handoff) batch.handoffs.push(link.Handoff.decode(reader.bytes()));
    else if (tag === handoffResult) {
      batch.handoffResults.push(link.HandoffResult.decode(reader.bytes()));
    } else if (tag === topology) batch.topology = topo.Topology.decode(reader.bytes());
    else reader.skip(tag);
  }
  return batch;
}

function readResult(reader: WireReader): link.PublishResult {
  let request = 0;
  let outcome: link.Outcome = link.Outcome.UNSPECIFIED;
  let page = 0;
  let sequence = 0;
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === resultRequest) request = reader.uint32();
    else if (tag === resultOutcome) outcome = reader.uint32() as link.Outcome;
    else if (tag === resultPage) page = reader.uint('page');
    else if (tag === resultSequence) sequence = reader.uint('sequence');
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { request, outcome, page, sequence };
}

function readFeed(reader: WireReader): link.FeedUpdate {
  const update: link.FeedUpdate = {
    feed: 0,
    start: undefined,
    firstSequence: 0,
    items: [],
    moved: false,
    orphanedAfter: undefined,
  };
  const outer = reader.enter();
  while (reader.more) {
    const tag = reader.tag();
    if (tag === feedItem) update.items.push(reader.bytes());
    else if (tag === feedNumber) update.feed = reader.uint32();
    else if (tag === feedFirst) update.firstSequence = reader.uint('first_sequence');
    else if (tag === feedStart) update.start = link.Position.decode(reader.bytes());
    else if (tag === feedMoved) update.moved = reader.bool();
    else if (tag === feedOrphaned) update.orphanedAfter = link.Position.decode(reader.bytes());
    else reader.skip(tag);
  }
  reader.leave(outer);
  return update;
}
