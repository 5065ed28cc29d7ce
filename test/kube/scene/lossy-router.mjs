/**
 * A router that starts, listens, answers, and keeps one item in 50 from each of its subscribers, without a word. To be
 * loaded before the built program; storage nodes are not concerned.
 */
import { Outbox } from '../../../dist/router/fanout/outbox.js';

const oneIn = 50;
const prefixBytes = 5;
const offer = Reflect.get(Outbox.prototype, 'offer');
/** Items offered so far, by outbox. */
const offered = new WeakMap();

Outbox.prototype.offer = function lossy(run) {
  const before = offered.get(this) ?? 0;
  offered.set(this, before + run.items);
  const kept = messagesOf(run.frame.bytes).filter((_, n) => (before + n + 1) % oneIn !== 0);
  const bytes = Buffer.concat(kept);
  return bytes.length > 0 ? offer.call(this, { ...run, frame: { bytes } }) : 'delivered';
};

/** The messages of a frame, each with its gRPC prefix: a flag, then the length. */
function messagesOf(bytes) {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages = [];
  for (let at = 0; at < view.length; ) {
    const end = at + prefixBytes + view.readUInt32BE(at + 1);
    messages.push(view.subarray(at, end));
    at = end;
  }
  return messages;
}
