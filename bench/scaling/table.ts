import { run } from './model.ts';
import { hpa, ours } from './scalers.ts';
import { traces } from './traces.ts';

const target = Number(process.argv[2] ?? 0.7);
const spec = (max: number) => ({
  min: 2,
  max,
  target,
  spare: 1,
  forecast: true,
  oneByOne: false,
  out: {
    paused: false,
    tolerance: 0.05,
    stabilisationMs: 0,
    stepMembers: 4,
    stepPart: 3,
    periodMs: 15_000,
  },
  in: {
    paused: false,
    tolerance: 0.1,
    stabilisationMs: Number(process.argv[3] ?? 300) * 1000,
    stepMembers: 1,
    stepPart: Number(process.argv[4] ?? 0.1),
    periodMs: 60_000,
  },
});
for (const [peak, start] of [
  [10, 45],
  [100, 45],
  [1000, 45],
  [200, 90],
] as const) {
  for (const trace of traces(peak)) {
    const a = run(trace, ours(spec(peak * 2), (start + 35) * 1000), start);
    const b = run(trace, hpa(0.7, 2, peak * 2), start);
    const f = (o: typeof a) =>
      `${o.hours.toFixed(0).padStart(7)}h ${o.secondsOver.toString().padStart(5)}s over ${o.unserved.toFixed(0).padStart(7)} ${o.actions.toString().padStart(4)} acts`;
    row(
      String(peak).padStart(5),
      trace.name.padEnd(24),
      'ours',
      f(a),
      ' hpa',
      f(b),
      a.secondsOver <= b.secondsOver && a.hours <= b.hours
        ? ''
        : a.hours > b.hours
          ? 'HOURS'
          : 'OVER',
    );
  }
}

function row(...cells: readonly string[]): void {
  process.stdout.write(`${cells.join(' ')}\n`);
}
