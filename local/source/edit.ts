import { isDeepStrictEqual } from 'node:util';
import { type ParseResult, parseTopicCluster } from '../../operator/index.ts';

export type Parsed = Extract<ParseResult, { ok: true }>;

export type Edit =
  | {
      readonly kind: 'apply';
      readonly parsed: Parsed;
      /** Whether it asks for anything else than what runs: other than by a comment, or by writing down a default. */
      readonly changes: boolean;
    }
  /** What runs goes on running. One line each, with place. */
  | { readonly kind: 'refuse'; readonly problems: readonly string[] };

/** What a new text of the cluster's file means for the cluster that runs. */
export function readEdit(running: Parsed, text: string, fileName: string): Edit {
  const parsed = parseTopicCluster(text, fileName);
  if (!parsed.ok) return { kind: 'refuse', problems: parsed.problems };
  const problems = (['name', 'namespace'] as const)
    .filter((field) => parsed.object.metadata[field] !== running.object.metadata[field])
    .map(
      (field) =>
        `${fileName}: metadata.${field} can't change while the cluster runs: it is ${running.object.metadata[field]}; stop it and start it again`,
    );
  if (problems.length > 0) return { kind: 'refuse', problems };
  const changes = !isDeepStrictEqual(parsed.cluster.spec, running.cluster.spec);
  return { kind: 'apply', parsed, changes };
}
