import type { Sample } from '../scale/index.ts';
import { labelsOf, ratioMetric } from './prometheus-query.ts';
import type { CapacityWant } from './source.ts';

export type ParsedAnswer =
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** `why` is for people: what is wrong with the answer, with what the server says of it, which may be long. */
  | { readonly kind: 'failed'; readonly why: string };

/**
 * The newest sample of each member and dimension. Series of others are dropped, whatever was asked for. What Prometheus
 * calls NaN or infinite stays so, and any other text that is no number is NaN: whoever judges knows that the member is
 * there and its load isn't.
 */
export function parseAnswer(body: string, want: CapacityWant): ParsedAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return failed('the answer is no JSON');
  }
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
  const newest = new Map<string, Sample>();
  for (const series of data['result'] as readonly unknown[]) {
    const sample = newestOf(series, want);
    if (sample === 'malformed') return failed('a series in the answer has not the form of one');
    if (sample === 'foreign') continue;
    const key = JSON.stringify([sample.member, sample.dimension]);
    const other = newest.get(key);
    if (!other || isLater(sample, other)) newest.set(key, sample);
  }
  return { kind: 'samples', samples: [...newest.values()] };
}

/** What Prometheus says when it doesn't answer; undefined: it isn't an error in its form. */
export function refusalOf(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    return isRecord(answer) ? refusalIn(answer) : undefined;
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
