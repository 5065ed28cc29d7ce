import { messagePrefixBytes, writeMessagePrefix } from '../../h2/grpc/index.ts';
import { link, topo } from '../../proto/index.ts';
import {
  nestedSize,
  nestedSizes,
  numberSize,
  textSize,
  varintSize,
  writeBytes,
  writeHead,
  writeNumber,
  writeText,
  writeVarint,
} from '../../proto/wire/index.ts';

// Field numbers and wire types of topicplane.link.v1.RouterBatch and of Publish.
const HELLO = 0x0a;
const WITHDRAWALS = 0x12;
const INTEREST = 0x1a;
const PUBLISH = 0x22;
const REPLAY = 0x2a;
const LEAVING = 0x30;
const HANDOFF = 0x3a;
const HANDOFF_RESULT = 0x42;
const TOPOLOGY = 0x4a;
const ASKS_TOPOLOGY = 0x50;
const PUBLISH_REQUEST = 0x08;
const PUBLISH_CACHE = 0x12;
const PUBLISH_TOPIC = 0x1a;
const PUBLISH_PAYLOAD = 0x22;
const PUBLISH_TEXT = 0x28;
const PUBLISH_PUBLISHER = 0x32;

/**
 * Encodes a batch into one buffer of its exact size: the same bytes as `link.RouterBatch.encode`, each payload copied
 * once. What is not said for every publish is left to the generated code.
 */
export function encodeBatch(batch: link.RouterBatch): Buffer {
  return encodeAfter(0, batch);
}

/** The same as a gRPC message. */
export function encodeMessage(batch: link.RouterBatch): Buffer {
  const target = encodeAfter(messagePrefixBytes, batch);
  writeMessagePrefix(target, 0, target.length - messagePrefixBytes);
  return target;
}

/** @param start bytes that are left free before it */
function encodeAfter(start: number, batch: link.RouterBatch): Buffer {
  const { publishes, withdrawals } = batch;
  const publishSizes = publishes.map(publishSize);
  const before = batch.hello ? [field(HELLO, link.Hello.encode(batch.hello))] : [];
  const interests = batch.interests.map((it) => field(INTEREST, link.Interest.encode(it)));
  const after = [
    ...batch.replays.map((it) => field(REPLAY, link.Replay.encode(it))),
    ...(batch.leaving ? [leaving] : []),
    ...batch.handoffs.map((it) => field(HANDOFF, link.Handoff.encode(it))),
    ...batch.handoffResults.map((it) => field(HANDOFF_RESULT, link.HandoffResult.encode(it))),
    ...(batch.topology ? [field(TOPOLOGY, topo.Topology.encode(batch.topology))] : []),
    ...(batch.asksTopology ? [asksTopology] : []),
  ];
  let withdrawalsSize = 0;
  for (const number of withdrawals) withdrawalsSize += varintSize(number);
  let size = nestedSizes(publishSizes) + bytesOf(before) + bytesOf(interests) + bytesOf(after);
  if (withdrawalsSize > 0) size += nestedSize(withdrawalsSize);

  const target = Buffer.allocUnsafe(start + size);
  let at = put(target, start, before);
  if (withdrawalsSize > 0) {
    at = writeHead(target, at, WITHDRAWALS, withdrawalsSize);
    for (const number of withdrawals) at = writeVarint(target, at, number);
  }
  at = put(target, at, interests);
  for (let index = 0; index < publishes.length; index++) {
    at = writeHead(target, at, PUBLISH, publishSizes[index] ?? 0);
    at = writePublish(target, at, publishes[index] as link.Publish);
  }
  put(target, at, after);
  return target;
}

const leaving = Uint8Array.of(LEAVING, 1);
const asksTopology = Uint8Array.of(ASKS_TOPOLOGY, 1);

/** A field with its tag and length, for what is rare. */
function field(tag: number, message: { finish(): Uint8Array }): Uint8Array {
  const body = message.finish();
  const target = Buffer.allocUnsafe(nestedSize(body.length));
  writeBytes(target, 0, tag, body);
  return target;
}

function bytesOf(fields: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const each of fields) bytes += each.length;
  return bytes;
}

function put(target: Buffer, offset: number, fields: readonly Uint8Array[]): number {
  let at = offset;
  for (const each of fields) {
    target.set(each, at);
    at += each.length;
  }
  return at;
}

function publishSize({ request, cache, topic, payload, text, publisherId }: link.Publish): number {
  let size = numberSize(request) + textSize(cache) + textSize(topic) + textSize(publisherId);
  if (payload.length > 0) size += nestedSize(payload.length);
  return text ? size + 2 : size;
}

function writePublish(target: Buffer, offset: number, publish: link.Publish): number {
  let at = writeNumber(target, offset, PUBLISH_REQUEST, publish.request);
  at = writeText(target, at, PUBLISH_CACHE, publish.cache);
  at = writeText(target, at, PUBLISH_TOPIC, publish.topic);
  if (publish.payload.length > 0) at = writeBytes(target, at, PUBLISH_PAYLOAD, publish.payload);
  at = writeNumber(target, at, PUBLISH_TEXT, publish.text ? 1 : 0);
  return writeText(target, at, PUBLISH_PUBLISHER, publish.publisherId);
}
