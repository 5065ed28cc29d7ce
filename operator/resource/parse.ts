import { type Document, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Kinds } from '../store.ts';
import { documentMetadata, documentProblems } from './document.ts';
import { locate } from './locate.ts';
import { checkedTopicCluster, formatProblem, type TopicCluster } from './topic-cluster.ts';
import type { Problem } from './validate.ts';
import { isObject } from './value.ts';

/** Larger texts aren't looked into. */
const textLengthMax = 4 * 1024 * 1024;

export type ParseResult =
  | {
      readonly ok: true;
      /** As the user wrote it; what belongs in the store. */
      readonly object: Kinds['TopicCluster'];
      /** With every default filled in. */
      readonly cluster: TopicCluster;
    }
  /** All of them, one line each for people: `cluster.yaml:7:15: spec.router.replicas: must be ...`. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the one TopicCluster of a YAML (or JSON) text. `fileName` is only for messages. Never throws. */
export function parseTopicCluster(text: string, fileName: string): ParseResult {
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${fileName}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const failed = (...problems: string[]): ParseResult => ({ ok: false, problems });

  if (text.length > textLengthMax) {
    return failed(`${fileName}: is longer than ${textLengthMax} characters`);
  }
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    return failed(
      ...errors.map((error) => `${at(error.pos[0])}: not valid YAML: ${error.message}`),
    );
  }
  const [document, another] = documents.filter((candidate) => !isEmpty(candidate));
  if (!document) return failed(`${at(0)}: is empty; it should hold a TopicCluster`);
  if (another) {
    const where = at(another.contents?.range?.[0] ?? 0);
    return failed(`${where}: a second document begins here; a file holds one TopicCluster`);
  }

  const value = toValue(document);
  if ('problem' in value) return failed(`${at(0)}: not valid YAML: ${value.problem}`);
  const problems = documentProblems(value.value);
  if (problems.length > 0) return failed(...located(document, problems, at));
  const cluster = checkedTopicCluster(documentMetadata(value.value), specOf(value.value));
  return { ok: true, cluster, object: { ...cluster, spec: specOf(value.value) } };
}

function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

/** Aliases are resolved here; too many of them (a "billion laughs") are refused. */
function toValue(document: Document): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function specOf(value: unknown): unknown {
  return (isObject(value) ? value['spec'] : undefined) ?? {};
}

/** In the order of the file. */
function located(
  document: Document,
  problems: readonly Problem[],
  at: (offset: number) => string,
): string[] {
  return problems
    .map((problem) => ({ problem, offset: locate(document, problem) }))
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => `${at(offset)}: ${formatProblem(problem)}`);
}
