import type { link, topo } from '../../proto/index.ts';
import {
  itemsSize,
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

// Field numbers and wire types of topicplane.link.v1.Handoff, HandoffResult, and what they hold.
const TEXT_1 = 0x0a;
const TEXT_2 = 0x12;
const TEXT_3 = 0x1a;
const NUMBER_1 = 0x08;
const NUMBER_2 = 0x10;
const NUMBER_3 = 0x18;
const NUMBER_4 = 0x20;
const NUMBER_5 = 0x28;
const VERSION = 0x1a;
const HANDOFF_TOPIC = 0x2a;
const HANDOFF_LAST = 0x30;
const STATE_ITEM = 0x2a;
const STATE_AGES = 0x32;
const STATE_ORPHANS = 0x3a;

/** A handoff and what it takes, so that nothing is measured twice. */
export interface MeasuredHandoff {
  readonly handoff: link.Handoff;
  readonly size: number;
  readonly states: readonly { readonly size: number; readonly agesSize: number }[];
}

export function measureHandoff(handoff: link.Handoff): MeasuredHandoff {
  const { from, to, version, number, last } = handoff;
  let size = textSize(from) + textSize(to) + numberSize(number) + (last ? 2 : 0);
  if (version) size += nestedSize(versionSize(version));
  const states = handoff.topics.map((state) => {
    const measured = measureState(state);
    size += nestedSize(measured.size);
    return measured;
  });
  return { handoff, size, states };
}

export function writeHandoff(target: Buffer, offset: number, measured: MeasuredHandoff): number {
  const { handoff, states } = measured;
  let at = writeText(target, offset, TEXT_1, handoff.from);
  at = writeText(target, at, TEXT_2, handoff.to);
  if (handoff.version) at = writeVersion(target, at, handoff.version);
  at = writeNumber(target, at, NUMBER_4, handoff.number);
  for (const [index, state] of handoff.topics.entries()) {
    const { size, agesSize } = states[index] ?? { size: 0, agesSize: 0 };
    at = writeHead(target, at, HANDOFF_TOPIC, size);
    at = writeState(target, at, state, agesSize);
  }
  return writeNumber(target, at, HANDOFF_LAST, handoff.last ? 1 : 0);
}

export function handoffResultSize(result: link.HandoffResult): number {
  const { from, to, version, number, outcome } = result;
  const size = textSize(from) + textSize(to) + numberSize(number) + numberSize(outcome);
  return version ? size + nestedSize(versionSize(version)) : size;
}

export function writeHandoffResult(
  target: Buffer,
  offset: number,
  result: link.HandoffResult,
): number {
  let at = writeText(target, offset, TEXT_1, result.from);
  at = writeText(target, at, TEXT_2, result.to);
  if (result.version) at = writeVersion(target, at, result.version);
  at = writeNumber(target, at, NUMBER_4, result.number);
  return writeNumber(target, at, NUMBER_5, result.outcome);
}

function measureState(state: link.TopicState): { size: number; agesSize: number } {
  const { cache, topic, page, head, items, agesMs, orphans } = state;
  let agesSize = 0;
  for (const ageMs of agesMs) agesSize += varintSize(ageMs);
  let size = textSize(cache) + textSize(topic) + numberSize(page) + numberSize(head);
  size += itemsSize(items) + (agesMs.length > 0 ? nestedSize(agesSize) : 0);
  if (orphans.length > 0) size += nestedSizes(orphans.map(orphansSize));
  return { size, agesSize };
}

function writeState(
  target: Buffer,
  offset: number,
  state: link.TopicState,
  agesSize: number,
): number {
  let at = writeText(target, offset, TEXT_1, state.cache);
  at = writeText(target, at, TEXT_2, state.topic);
  at = writeNumber(target, at, NUMBER_3, state.page);
  at = writeNumber(target, at, NUMBER_4, state.head);
  for (const item of state.items) at = writeBytes(target, at, STATE_ITEM, item);
  if (state.agesMs.length > 0) {
    at = writeHead(target, at, STATE_AGES, agesSize);
    for (const ageMs of state.agesMs) at = writeVarint(target, at, ageMs);
  }
  for (const orphans of state.orphans) {
    at = writeHead(target, at, STATE_ORPHANS, orphansSize(orphans));
    at = writeNumber(target, at, NUMBER_1, orphans.after);
    at = writeNumber(target, at, NUMBER_2, orphans.leftMs);
    at = writeText(target, at, TEXT_3, orphans.router);
  }
  return at;
}

function orphansSize({ after, leftMs, router }: link.Orphans): number {
  return numberSize(after) + numberSize(leftMs) + textSize(router);
}

function versionSize({ term, epoch }: topo.Version): number {
  return numberSize(term) + numberSize(epoch);
}

function writeVersion(target: Buffer, offset: number, version: topo.Version): number {
  const at = writeHead(target, offset, VERSION, versionSize(version));
  return writeNumber(
    target,
    writeNumber(target, at, NUMBER_1, version.term),
    NUMBER_2,
    version.epoch,
  );
}
