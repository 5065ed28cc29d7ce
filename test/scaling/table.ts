import { type Row, verdictOf } from './compare.ts';
import type { Outcome } from './model.ts';

const header = [
  'tier',
  'peak',
  'start',
  'trace',
  'seed',
  'hours',
  'HPA',
  'above ideal',
  'HPA',
  's over',
  'HPA',
  'actions',
  'HPA',
  'goal',
] as const;

/** Columns that end where their numbers do. */
const firstNumber = 4;

export interface TableLook {
  readonly coloured: boolean;
}

/** A line for each row, and one above. */
export function table(rows: readonly Row[], { coloured }: TableLook): readonly string[] {
  const cells = rows.map(cellsOf);
  const widths = header.map((name, column) =>
    Math.max(name.length, ...cells.map((it) => it[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return column < firstNumber || column === header.length - 1
          ? text.padEnd(width)
          : text.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...cells.map((it, index) => tinted(line(it), rows[index], coloured))];
}

/** How many were won, and the sums. */
export function summary(rows: readonly Row[]): string {
  const count = (wanted: string) => rows.filter((row) => verdictOf(row) === wanted).length;
  const sum = (of: (row: Row) => number) => Math.round(rows.reduce((all, row) => all + of(row), 0));
  const sums = (name: string, of: (it: Outcome) => number) =>
    `${name} ${sum((row) => of(row.ours))} (HPA ${sum((row) => of(row.hpa))})`;
  return [
    `${rows.length} traces: ${count('won')} won, ${count('even')} even, ${count('lost')} lost`,
    sums('member-hours', (it) => it.hours),
    sums('of them above the ideal', (it) => it.spareHours),
    sums('seconds over', (it) => it.secondsOver),
    sums('actions', (it) => it.actions),
  ].join('; ');
}

function cellsOf(row: Row): readonly string[] {
  const { tier, peak, startSeconds, trace, seed, ours, hpa } = row;
  const hours = (value: number) => value.toFixed(value < 100 ? 1 : 0);
  return [
    tier,
    String(peak),
    `${startSeconds} s`,
    trace,
    String(seed),
    ...[hours(ours.hours), hours(hpa.hours)],
    ...[hours(ours.spareHours), hours(hpa.spareHours)],
    ...[String(ours.secondsOver), String(hpa.secondsOver)],
    ...[String(ours.actions), String(hpa.actions)],
    verdictOf(row),
  ];
}

function tinted(line: string, row: Row | undefined, coloured: boolean): string {
  if (!coloured || !row) return line;
  const colour = { won: 32, even: 33, lost: 31 }[verdictOf(row)];
  return `\u001b[${colour}m${line}\u001b[0m`;
}
