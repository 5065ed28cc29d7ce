import type { Sample, ScaleResult } from './result.ts';
import { type Plot, svgOf } from './svg.ts';

const percent = (value: number) => `${Math.round(value * 100)} %`;
const whole = (value: number) => String(value);

/** What happened, as a picture: the text of an SVG file. */
export function plotOf(result: ScaleResult): string {
  const { options, phases, samples } = result;
  const over = (of: (sample: Sample) => number | null) =>
    samples.map((sample) => [sample.second, of(sample)] as const);
  const seconds = samples.at(-1)?.second ?? options.seconds;
  const plot: Plot = {
    title: 'Routers that follow their load',
    subtitle: inWords(result),
    seconds,
    marks: phases.map(({ name, fromSecond }) => ({ name, second: fromSecond })),
    panels: [
      {
        ...{ title: 'Subscriptions', height: 130, range: [0, 1], label: whole },
        lines: [
          { name: 'of clients', color: 'blue', points: over((it) => it.subscriptions) },
          {
            ...{ name: 'that the routers in rotation carry', color: 'green' },
            ...{ isStepped: true, isDashed: true },
            points: over((it) => it.inRotation * options.streamsPerRouter),
          },
        ],
      },
      {
        ...{ title: 'Utilisation', height: 110, range: [0, 1], label: percent },
        lines: [
          { name: 'in rotation', color: 'blue', points: over((it) => it.utilisation) },
          {
            ...{ name: 'target', color: 'orange', isDashed: true },
            points: [
              [0, options.targetPercent / 100],
              [seconds, options.targetPercent / 100],
            ],
          },
        ],
      },
      {
        ...{ title: 'Routers', height: 110, range: [0, options.max], label: whole },
        lines: [
          { name: 'desired', color: 'orange', isStepped: true, points: over((it) => it.desired) },
          {
            ...{ name: 'in rotation', color: 'green', isStepped: true },
            points: over((it) => it.inRotation),
          },
          { name: 'warming', color: 'blue', isStepped: true, points: over((it) => it.warming) },
        ],
      },
      {
        ...{ title: 'Deliveries a second', height: 80, range: [0, 1], label: whole },
        lines: [{ name: '', color: 'blue', points: over((it) => it.deliveriesPerSecond) }],
      },
      {
        ...{ title: 'Delivery, p99 of each second', height: 110, range: [1, 100] },
        ...{ isLogarithmic: true, label: (ms: number) => `${ms} ms` },
        lines: [{ name: '', color: 'blue', points: over((it) => it.deliveryMsP99) }],
      },
    ],
  };
  return svgOf(plot);
}

/** The totals, in one line. */
export function inWords({ totals, options }: ScaleResult): string {
  const { delivered, lost, discontinuities, failedPublishes, published } = totals;
  return (
    `${delivered} deliveries, ${lost} lost, ${discontinuities} discontinuities; ` +
    `${failedPublishes} of ${published} publishes failed; delivery p50 ${totals.deliveryMsP50.toFixed(1)} ms, ` +
    `p99 ${totals.deliveryMsP99.toFixed(1)} ms; load from ${options.prometheus ? 'Prometheus' : 'the routers'}`
  );
}
