// Loaded into the members of a test cluster (node --import): routers that start while the file named by BROKEN_BUILD is
// there are of a build that starts, listens and delivers, but keeps one of 50 items to itself, and says nothing.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const one = 50;
const prefixBytes = 5;
const [, program, role] = process.argv;
const flag = process.env['BROKEN_BUILD'];

if (role === 'router' && flag !== undefined && existsSync(flag)) {
  const { Outbox } = await import(new URL('../router/fanout/outbox.js', pathToFileURL(program)));
  const { offer } = Outbox.prototype;
  let items = 0;
  Outbox.prototype.offer = function (run) {
    const kept = [];
    for (const message of messagesOf(run.frame.bytes)) if (++items % one !== 0) kept.push(message);
    return offer.call(this, { ...run, frame: { bytes: Buffer.concat(kept) } });
  };
}

/** Each with its gRPC prefix. */
function* messagesOf(bytes) {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < all.length; ) {
    const end = at + prefixBytes + all.readUInt32BE(at + 1);
    yield all.subarray(at, end);
    at = end;
  }
}
