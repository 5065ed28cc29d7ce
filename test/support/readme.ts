/**
 * Shell commands that a README promises to work. A block counts when the line before it is `<!-- run -->`:
 *
 *     <!-- run -->
 *     ```sh
 *     npx topicplane publish default greetings hello
 *     ```
 */
export interface ReadmeBlock {
  /** Line of the README, from 1. */
  readonly line: number;
  /** Without comments and empty lines; a line that ends in `\` goes on in the next. */
  readonly commands: readonly string[];
}

/** The blocks of a README that are marked to be run, in order. */
export function readmeBlocks(markdown: string): ReadmeBlock[] {
  const marked = /<!-- run -->\n```(?:sh|bash|console)\n([\s\S]*?)\n```/g;
  return [...markdown.matchAll(marked)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length,
    commands: (match[1] ?? '')
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.replace(/^\$ /, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  }));
}
