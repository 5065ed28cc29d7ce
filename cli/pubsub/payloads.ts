import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { pubsub } from '../../proto/index.ts';
import { CliError, exitCodes } from '../exit.ts';

export interface Source {
  /** The text given on the command line. */
  readonly text: string | undefined;
  /** Path of a file that is one item. */
  readonly file: string | undefined;
  /** All of the input is one item of bytes. */
  readonly binary: boolean;
  readonly input: Readable;
  /** Aborted: no more lines are wanted. One that has not arrived whole is dropped. */
  readonly signal: AbortSignal;
}

/** The items to publish, in order: the argument, the file, or what comes in. Throws CliError on wrong use. */
export async function* payloads(source: Source): AsyncGenerator<pubsub.TopicValue> {
  const { text, file, binary, input, signal } = source;
  if (text !== undefined && (file !== undefined || binary)) {
    throw new CliError(exitCodes.usage, 'give the text, or --file, or --binary: not several');
  }
  if (text !== undefined) yield textValue(text);
  else if (file !== undefined) yield binaryValue(await read(file));
  else if (binary) yield binaryValue(await all(input));
  else {
    const crlfDelay = Number.POSITIVE_INFINITY;
    for await (const line of createInterface({ input, crlfDelay, signal })) {
      if (signal.aborted) return;
      yield textValue(line);
    }
  }
}

/** Bytes of a payload. */
export function sizeOf({ kind }: pubsub.TopicValue): number {
  return kind?.$case === 'text' ? Buffer.byteLength(kind.value) : (kind?.value.length ?? 0);
}

function textValue(value: string): pubsub.TopicValue {
  return { kind: { $case: 'text', value } };
}

function binaryValue(value: Uint8Array): pubsub.TopicValue {
  return { kind: { $case: 'binary', value } };
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CliError(exitCodes.usage, `can't read the payload: ${(error as Error).message}`);
  }
}

async function all(input: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
