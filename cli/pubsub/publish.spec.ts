import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { pubsub } from '../../proto/index.ts';
import { payloads, type Source } from './payloads.ts';

const source = (parts: Partial<Source>): Source => ({
  text: undefined,
  file: undefined,
  binary: false,
  input: Readable.from([]),
  signal: new AbortController().signal,
  ...parts,
});

async function valuesOf(iterable: AsyncIterable<pubsub.TopicValue>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { kind } of iterable) {
    values.push(kind?.$case === 'binary' ? [...kind.value] : kind?.value);
  }
  return values;
}

describe('what is published', () => {
  test('is the argument, also when it is empty', async () => {
    expect(await valuesOf(payloads(source({ text: '' })))).toEqual(['']);
  });
  test('is each line of the input, empty ones included, with or without a last newline', async () => {
    const input = Readable.from([Buffer.from('one\n\ntw'), Buffer.from('o\r\nthree')]);
    expect(await valuesOf(payloads(source({ input })))).toEqual(['one', '', 'two', 'three']);
  });
  test('is no line that was not whole when there are to be no more', async () => {
    const input = new PassThrough();
    const stop = new AbortController();
    input.write('one\ntwo\nhal');
    const lines = payloads(source({ input, signal: stop.signal }));
    const texts = [await lines.next(), await lines.next()].map(({ value }) => value?.kind?.value);
    expect(texts).toEqual(['one', 'two']);
    const next = lines.next();
    stop.abort();
    expect((await next).done).toBe(true);
  });
  test('is the whole input as bytes with --binary', async () => {
    const input = Readable.from([Buffer.from([0, 10]), Buffer.from([255])]);
    expect(await valuesOf(payloads(source({ input, binary: true })))).toEqual([[0, 10, 255]]);
  });
  test('is a file as bytes with --file, or a clear error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-publish-'));
    const file = join(folder, 'payload');
    writeFileSync(file, Buffer.from([1, 2]));
    expect(await valuesOf(payloads(source({ file })))).toEqual([[1, 2]]);
    rmSync(folder, { recursive: true });
    await expect(valuesOf(payloads(source({ file })))).rejects.toThrow(/can't read the payload/);
  });
  test('is not several of these', async () => {
    await expect(valuesOf(payloads(source({ text: 'a', file: 'b' })))).rejects.toThrow(
      /not several/,
    );
  });
});
