import type { Sample } from '../scale/index.ts';
import { labelsOf, ratioMetric } from './prometheus-query.ts';
import { SeriesCutter } from './series-cutter.ts';
import type { CapacityWant } from './source.ts';

export type ParsedAnswer =
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** `why` is for people: what is wrong with the answer, with what the server says of it, which may be long. */
  | { readonly kind: 'failed'; readonly why: string };

/** Many more than the largest tier has members and dimensions. */
const samplesMax = 20_000;

const noJson = 'the answer is no JSON';
const noSeries = 'a series in the answer has not the form of one';

/**
 * Reads the answer to a query while it comes in: the newest sample of each member and dimension. Series of others are
 * dropped, whatever was asked for. What Prometheus calls NaN or infinite stays so, and any other text that is no number
 * is NaN: whoever judges knows that the member is there and its load isn't.
 */
export class AnswerReader {
  readonly #want: CapacityWant;
  readonly #cutter = new SeriesCutter((text) => this.#take(text));
  readonly #newest = new Map<string, Sample>();
  #why: string | undefined;

  constructor(want: CapacityWant) {
    this.#want = want;
  }

  /** False: the rest isn't needed to know what is wrong with it. */
  push(chunk: Buffer): boolean {
    if (!this.#cutter.push(chunk))
      this.#why ??= 'the answer has a part that is too long for samples';
    return this.#why === undefined;
  }

  /** To be called once no more comes. */
  finish(): ParsedAnswer {
    if (this.#why !== undefined) return failed(this.#why);
    const { text, series } = this.#cutter.rest;
    const answer = parsed(text);
    if (answer === undefined) return failed(noJson);
    if (!isRecord(answer)) return failed('the answer is no object');
    const refusal = refusalIn(answer);
    if (refusal !== undefined) return failed(refusal);
    if (answer['status'] !== 'success') return failed('the answer is not the one of a query');
    if (isSaid(answer['warnings'])) {
      return failed(`it warns that the answer may lack something: ${wordsOf(answer['warnings'])}`);
    }
    // VictoriaMetrics.
    if (answer['isPartial'] === true) return failed('it has only a part of the answer');
    const data = answer['data'];
    if (!isRecord(data) || data['resultType'] !== 'matrix' || !Array.isArray(data['result'])) {
      return failed('the answer is no range of samples');
    }
    // A 0 for each series that was cut out.
    const result = data['result'] as readonly unknown[];
    if (result.length !== series || result.some((each) => each !== 0)) return failed(noSeries);
    return { kind: 'samples', samples: [...this.#newest.values()] };
  }

  #take(text: string): boolean {
    const sample = newestOf(parsed(text), this.#want);
    if (sample === 'malformed') this.#why = noSeries;
    if (typeof sample === 'string') return sample === 'foreign';
    const key = JSON.stringify([sample.member, sample.dimension]);
    const other = this.#newest.get(key);
    if (!other || isLater(sample, other)) this.#newest.set(key, sample);
    if (this.#newest.size <= samplesMax) return true;
    this.#why = 'the answer has more members and dimensions than a tier can have';
    return false;
  }
}

/** What Prometheus says when it doesn't answer; undefined: it isn't an error in its form. */
export function refusalOf(body: string): string | undefined {
  const answer = parsed(body);
  return isRecord(answer) ? refusalIn(answer) : undefined;
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalIn({
  status,
  errorType,
  error,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (status !== 'error') return undefined;
  return `it says ${wordsOf(errorType)}: ${wordsOf(error)}`;
}

function newestOf(series: unknown, want: CapacityWant): Sample | 'foreign' | 'malformed' {
  if (!isRecord(series) || !isRecord(series['metric']) || !Array.isArray(series['values'])) {
    return 'malformed';
  }
  const { metric, values } = series;
  const { name, dimension } = metric;
  const wanted = Object.entries({ __name__: ratioMetric, ...labelsOf(want) });
  if (wanted.some(([label, value]) => metric[label] !== value)) return 'foreign';
  if (typeof name !== 'string' || typeof dimension !== 'string') return 'foreign';
  let newest: Sample | undefined;
  for (const value of values as readonly unknown[]) {
    if (!Array.isArray(value) || value.length !== 2) return 'malformed';
    const [seconds, text] = value as readonly unknown[];
    if (typeof seconds !== 'number' || typeof text !== 'string') return 'malformed';
    const sample = { member: name, dimension, ratio: numberOf(text), atMs: seconds * 1000 };
    if (!newest || isLater(sample, newest)) newest = sample;
  }
  return newest ?? 'malformed';
}

/** Of two that were scraped at the same time, the one that is fuller. */
function isLater(one: Sample, other: Sample): boolean {
  if (one.atMs !== other.atMs) return one.atMs > other.atMs;
  return one.ratio > other.ratio || Number.isNaN(other.ratio);
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  // Number() would take an empty text for 0.
  return /^[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
}

function isSaid(warnings: unknown): boolean {
  return Array.isArray(warnings)
    ? warnings.length > 0
    : warnings !== undefined && warnings !== null;
}

/** What a server says, in one line. */
function wordsOf(value: unknown): string {
  const text = Array.isArray(value) ? value.join('; ') : String(value);
  return text.replace(/[^\x20-\x7e]+/g, ' ');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failed(why: string): ParsedAnswer {
  return { kind: 'failed', why };
}
