/**
 * The header blocks of one client's calls of one method. The first says everything and has it remembered (RFC 7541,
 * section 6.2.1), the others are references, as those of gRPC libraries are: the server's own cost of a call is measured, not
 * that of a first one.
 */
export class RequestHeaders {
  readonly #first: Buffer;
  readonly #again: Buffer;
  #sent = false;

  /** @param path of the method, with both slashes */
  constructor(path: string) {
    const fields = [
      [':path', path],
      [':authority', 'localhost'],
      ['te', 'trailers'],
      ['content-type', 'application/grpc'],
      ['user-agent', 'topicplane-bench'],
      ['authorization', token],
    ] as const;
    const literals = fields.map(([name, value]) =>
      Buffer.concat([Buffer.of(0x40), text(name), text(value)]),
    );
    this.#first = Buffer.concat([Buffer.of(methodPost, schemeHttp), ...literals]);
    const references = fields.map((_, n) => 0x80 | (newestEntry + fields.length - 1 - n));
    this.#again = Buffer.of(methodPost, schemeHttp, ...references);
  }

  next(): Buffer {
    const block = this.#sent ? this.#again : this.#first;
    this.#sent = true;
    return block;
  }
}

/** Of the static table. */
const methodPost = 0x80 | 3;
const schemeHttp = 0x80 | 6;
/** Index of what the dynamic table took last. */
const newestEntry = 62;
/** As long as those of the SDKs are. */
const token = `eyJ${'a'.repeat(177)}`;

function text(value: string): Buffer {
  const { length } = value;
  const head = length < 0x7f ? Buffer.of(length) : Buffer.of(0x7f, length - 0x7f);
  return Buffer.concat([head, Buffer.from(value, 'latin1')]);
}
