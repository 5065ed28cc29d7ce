import { messagePrefixBytes, writeMessagePrefix } from '../../h2/grpc/index.ts';
import { link, topo } from '../../proto/index.ts';
import {
  itemsSize,
  nestedSize,
  nestedSizes,
  numberSize,
  writeBytes,
  writeHead,
  writeNumber,
} from '../../proto/wire/index.ts';
import {
  handoffResultSize,
  measureHandoff,
  writeHandoff,
  writeHandoffResult,
} from './encode-handoff.ts';

// Field numbers and wire types of topicplane.link.v1.StorageBatch and what it holds.
const WELCOME = 0x0a;
const VERSION = 0x12;
const RESULT = 0x1a;
const FEED = 0x22;
const REPLAY = 0x2a;
const HANDOFF = 0x32;
const HANDOFF_RESULT = 0x3a;
const TOPOLOGY = 0x42;
const NUMBER_1 = 0x08;
const NUMBER_2 = 0x10;
const NUMBER_3 = 0x18;
const NUMBER_4 = 0x20;
const NUMBER_5 = 0x28;
const FEED_START = 0x12;
const FEED_ITEM = 0x22;
const FEED_ORPHANED = 0x32;
const REPLAY_ITEM = 0x2a;

/** Encodes a batch into one buffer of its exact size: the same bytes as `link.StorageBatch.encode`, with one copy. */
export function encodeBatch(batch: link.StorageBatch): Buffer {
  return encodeAfter(0, batch);
}

/** The same as a gRPC message. */
export function encodeMessage(batch: link.StorageBatch): Buffer {
  const target = encodeAfter(messagePrefixBytes, batch);
  writeMessagePrefix(target, 0, target.length - messagePrefixBytes);
  return target;
}

/** @param start bytes that are left free before it */
function encodeAfter(start: number, batch: link.StorageBatch): Buffer {
  const welcome = batch.welcome && link.Welcome.encode(batch.welcome).finish();
  const version = batch.version && topo.Version.encode(batch.version).finish();
  const topology = batch.topology && topo.Topology.encode(batch.topology).finish();
  const resultSizes = batch.results.map(resultSize);
  const feedSizes = batch.feeds.map(feedSize);
  const replaySizes = batch.replays.map(replaySize);
  const handoffs = batch.handoffs.map(measureHandoff);
  const handoffResultSizes = batch.handoffResults.map(handoffResultSize);
  let size = nestedSizes(resultSizes) + nestedSizes(feedSizes) + nestedSizes(replaySizes);
  for (const handoff of handoffs) size += nestedSize(handoff.size);
  size += nestedSizes(handoffResultSizes);
  if (welcome) size += nestedSize(welcome.length);
  if (version) size += nestedSize(version.length);
  if (topology) size += nestedSize(topology.length);

  const target = Buffer.allocUnsafe(start + size);
  let at = start;
  if (welcome) at = writeBytes(target, at, WELCOME, welcome);
  if (version) at = writeBytes(target, at, VERSION, version);
  for (let index = 0; index < batch.results.length; index++) {
    at = writeHead(target, at, RESULT, resultSizes[index] ?? 0);
    at = writeResult(target, at, batch.results[index] as link.PublishResult);
  }
  for (let index = 0; index < batch.feeds.length; index++) {
    at = writeHead(target, at, FEED, feedSizes[index] ?? 0);
    at = writeFeed(target, at, batch.feeds[index] as link.FeedUpdate);
  }
  for (let index = 0; index < batch.replays.length; index++) {
    at = writeHead(target, at, REPLAY, replaySizes[index] ?? 0);
    at = writeReplay(target, at, batch.replays[index] as link.ReplayResult);
  }
  for (const handoff of handoffs) {
    at = writeHead(target, at, HANDOFF, handoff.size);
    at = writeHandoff(target, at, handoff);
  }
  for (let index = 0; index < batch.handoffResults.length; index++) {
    at = writeHead(target, at, HANDOFF_RESULT, handoffResultSizes[index] ?? 0);
    at = writeHandoffResult(target, at, batch.handoffResults[index] as link.HandoffResult);
  }
  if (topology) writeBytes(target, at, TOPOLOGY, topology);
  return target;
}

function resultSize({ request, outcome, page, sequence }: link.PublishResult): number {
  return numberSize(request) + numberSize(outcome) + numberSize(page) + numberSize(sequence);
}

function writeResult(target: Buffer, offset: number, result: link.PublishResult): number {
  let at = writeNumber(target, offset, NUMBER_1, result.request);
  at = writeNumber(target, at, NUMBER_2, result.outcome);
  at = writeNumber(target, at, NUMBER_3, result.page);
  return writeNumber(target, at, NUMBER_4, result.sequence);
}

function feedSize(update: link.FeedUpdate): number {
  const { feed, start, firstSequence, items, moved, orphanedAfter } = update;
  let size = numberSize(feed) + numberSize(firstSequence) + itemsSize(items) + (moved ? 2 : 0);
  if (start) size += nestedSize(positionSize(start));
  if (orphanedAfter) size += nestedSize(positionSize(orphanedAfter));
  return size;
}

function writeFeed(target: Buffer, offset: number, update: link.FeedUpdate): number {
  let at = writeNumber(target, offset, NUMBER_1, update.feed);
  if (update.start) at = writePosition(target, at, FEED_START, update.start);
  at = writeNumber(target, at, NUMBER_3, update.firstSequence);
  for (const item of update.items) at = writeBytes(target, at, FEED_ITEM, item);
  at = writeNumber(target, at, NUMBER_5, update.moved ? 1 : 0);
  return update.orphanedAfter ? writePosition(target, at, FEED_ORPHANED, update.orphanedAfter) : at;
}

function writePosition(
  target: Buffer,
  offset: number,
  tag: number,
  position: link.Position,
): number {
  let at = writeHead(target, offset, tag, positionSize(position));
  at = writeNumber(target, at, NUMBER_1, position.page);
  return writeNumber(target, at, NUMBER_2, position.sequence);
}

function replaySize({ request, outcome, page, firstSequence, items }: link.ReplayResult): number {
  return (
    numberSize(request) +
    numberSize(outcome) +
    numberSize(page) +
    numberSize(firstSequence) +
    itemsSize(items)
  );
}

function writeReplay(target: Buffer, offset: number, result: link.ReplayResult): number {
  let at = writeNumber(target, offset, NUMBER_1, result.request);
  at = writeNumber(target, at, NUMBER_2, result.outcome);
  at = writeNumber(target, at, NUMBER_3, result.page);
  at = writeNumber(target, at, NUMBER_4, result.firstSequence);
  for (const item of result.items) at = writeBytes(target, at, REPLAY_ITEM, item);
  return at;
}

function positionSize({ page, sequence }: link.Position): number {
  return numberSize(page) + numberSize(sequence);
}
