/** A Markdown table; empty without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const ruler = head.map((_, n) => (n === 0 ? '---' : '--:'));
  return [line(head), line(ruler), ...rows.map(line)].join('\n');
}

const barCharacters = 10;
const barMax = 2.5;

/** 1 is ten characters long. */
export function bar(ratio: number): string {
  const length = Math.max(1, Math.round(Math.min(ratio, barMax) * barCharacters));
  return `${'█'.repeat(length)} ${ratio.toFixed(2)}`;
}

/** Three digits that count. */
export function short(value: number): string {
  if (Number.isNaN(value)) return '-';
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function optional(value: number | undefined): string {
  return value === undefined ? '-' : short(value);
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
