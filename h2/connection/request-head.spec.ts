import { describe, expect, it } from 'vitest';
import { HpackDecoder } from '../hpack/index.ts';
import { requestHead, trailersProblem } from './request-head.ts';

/** Fields as they come from a block, so that names and values may be anything. */
function fieldsOf(text: string) {
  const fields = text.split(' ').filter((field) => field !== '');
  const block = fields.map((field) => {
    const [name = '', value = ''] = field.split('=').map((part) => part.replaceAll('~', ' '));
    const [to, from] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
    return Buffer.concat([Buffer.of(0, to.length), to, Buffer.of(from.length), from]);
  });
  const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 10_000 });
  const decoded = decoder.decode(Buffer.concat(block));
  if ('problem' in decoded) throw new Error(decoded.problem);
  return decoded;
}

const plain = ':method=POST :scheme=http :path=/a';

describe('the head of a request', () => {
  it.each([
    [plain, { method: 'POST', path: '/a' }],
    [`${plain} :authority=x host=X te=trailers`, { method: 'POST', path: '/a' }],
    [`${plain} content-length=12 content-length=12`, { contentLength: 12 }],
    [':method=CONNECT :authority=x:1', { method: 'CONNECT', path: '' }],
    [':method=OPTIONS :scheme=http :path=*', { path: '*' }],
  ])('of %s is read', (text, head) => {
    expect(requestHead(fieldsOf(text))).toMatchObject(head);
  });

  it.each([
    [':scheme=http :path=/a', ':method is missing'],
    [':method=GET :path=/a', ':scheme is missing'],
    [':method=GET :scheme=http', ':path is missing'],
    [':method=GET :scheme=http :path=', ':path is missing'],
    [`${plain} :path=/b`, ':path is there twice'],
    [`${plain} :status=200`, ':status is not known'],
    [`x=y ${plain}`, ':method follows a regular field'],
    [`${plain} Upper=x`, 'may not be sent'],
    [`${plain} x=a\nb`, 'may not be sent'],
    [`${plain} x=~a`, 'may not be sent'],
    [`${plain} connection=close`, 'connection may not be sent'],
    [`${plain} transfer-encoding=chunked`, 'transfer-encoding may not be sent'],
    [`${plain} keep-alive=1`, 'keep-alive may not be sent'],
    [`${plain} proxy-connection=close`, 'proxy-connection may not be sent'],
    [`${plain} upgrade=h2c`, 'upgrade may not be sent'],
    [`${plain} te=gzip`, 'te may not be sent'],
    [`${plain} content-length=1 content-length=2`, 'content-length is not one number'],
    [`${plain} content-length=-1`, 'content-length is not one number'],
    [`${plain} :authority=x host=y`, 'host and :authority differ'],
    [':method=CONNECT :path=/a :authority=x', 'CONNECT takes :authority alone'],
    [':method=CONNECT', 'CONNECT takes :authority alone'],
  ])('of %s is malformed', (text, malformed) => {
    expect(requestHead(fieldsOf(text))).toEqual({
      malformed: expect.stringContaining(malformed) as string,
    });
  });
});

describe('trailers', () => {
  it('may be anything but pseudo-headers and what concerns the connection', () => {
    expect(trailersProblem(fieldsOf('x=y grpc-status=0'))).toBeUndefined();
    for (const wrong of [':path=/', 'Upper=x', 'connection=close', 'te=gzip']) {
      expect(trailersProblem(fieldsOf(`x=y ${wrong}`)), wrong).toBeDefined();
    }
  });
});
