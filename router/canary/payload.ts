/** What one canary item carries. */
export type Payload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

/** Most are small, as most items are; a few are large enough to fill more than one HTTP/2 frame. */
const sizes = [40, 40, 200, 40, 1_000, 40, 200, 40, 4_000, 40, 200, 40, 1_000, 40, 200, 20_000];

const filling = 'canary '.repeat(Math.ceil(Math.max(...sizes) / 7));

/**
 * The item with number `n` of the process `run`. Sizes and kinds are mixed.
 * @param bytesMax what the cluster takes; an item is never smaller than its name
 */
export function payloadOf(run: string, n: number, bytesMax: number): Payload {
  return payloadOfSize(run, n, Math.min(sizes[n % sizes.length] ?? 0, bytesMax));
}

/** What an item says of itself: its number, and whether it is, byte for byte, what was sent. */
export interface Read {
  readonly n: number;
  readonly intact: boolean;
}

/** Reads an item of the process `run`; undefined: another process's. */
export function readPayload(run: string, got: Payload): Read | undefined {
  const start = got.kind === 'text' ? got.text : startOf(got.bytes);
  const [from, n, size] = start.slice(0, nameBytesMax).split(' ', 3);
  if (from !== run || !isNumber(n) || !isNumber(size)) return undefined;
  const sent = payloadOfSize(run, Number(n), Number(size));
  return { n: Number(n), intact: isSame(sent, got) };
}

const nameBytesMax = 64;

function payloadOfSize(run: string, n: number, size: number): Payload {
  const name = `${run} ${n} ${size} `;
  const text = name + filling.slice(0, Math.max(0, size - name.length));
  return n % 2 === 0 ? { kind: 'text', text } : { kind: 'binary', bytes: Buffer.from(text) };
}

function isSame(sent: Payload, got: Payload): boolean {
  if (sent.kind === 'text') return got.kind === 'text' && got.text === sent.text;
  return got.kind === 'binary' && Buffer.compare(got.bytes, sent.bytes) === 0;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,9}$/.test(text);
}

function startOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, nameBytesMax)).toString('latin1');
}
