/** One line of a panel. */
export interface Line {
  /** Empty: the title of the panel says it. */
  readonly name: string;
  /** Which of the colours. */
  readonly color: 'blue' | 'orange' | 'green';
  /** A value holds until the next one. */
  readonly isStepped?: boolean;
  readonly isDashed?: boolean;
  /** [second, value]; a gap where the value is null. */
  readonly points: readonly (readonly [number, number | null])[];
}

export interface Panel {
  readonly title: string;
  readonly height: number;
  /** The values that the panel reaches over at least. */
  readonly range: readonly [number, number];
  readonly isLogarithmic?: boolean;
  readonly label: (value: number) => string;
  readonly lines: readonly Line[];
}

export interface Plot {
  readonly title: string;
  readonly subtitle: string;
  readonly seconds: number;
  /** Named above the first panel, and marked in all of them. */
  readonly marks: readonly { readonly name: string; readonly second: number }[];
  readonly panels: readonly Panel[];
}

const width = 860;
const left = 76;
const right = 16;
const top = 104;
const marksAt = 68;
const gap = 44;
const bottom = 40;
/** Height of a letter. */
const letter = 4;

/** Of its own background, so that it can be read on any page, light or dark as its reader likes it. */
const style = `
  text { font: 12px system-ui, sans-serif; fill: #59636e }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328 }
  .panel { font-weight: 600; fill: #1f2328 }
  .paper { fill: #ffffff } .grid { stroke: #d1d9e0 } .mark { stroke: #818b98; stroke-dasharray: 2 3 }
  .line { fill: none; stroke-width: 1.75; stroke-linejoin: round } .dashed { stroke-dasharray: 6 4 }
  .blue { stroke: #0969da } .orange { stroke: #bc4c00 } .green { stroke: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title, .panel { fill: #f0f6fc }
    .paper { fill: #0d1117 } .grid { stroke: #2f3742 } .mark { stroke: #656c76 }
    .blue { stroke: #4493f8 } .orange { stroke: #f0883e } .green { stroke: #3fb950 }
  }`;

/** The plot as the text of an SVG file. */
export function svgOf({ title, subtitle, seconds, marks, panels }: Plot): string {
  const height = top + panels.reduce((sum, panel) => sum + panel.height + gap, 0) - gap + bottom;
  const x = (second: number) => left + (second / seconds) * (width - left - right);
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    text(left, 24, 'title', title),
    text(left, 44, '', subtitle),
  ];
  let y = top;
  for (const [n, panel] of panels.entries()) {
    if (n === 0) {
      for (const { name, second } of marks) {
        parts.push(rule(x(second), marksAt - 10, x(second), marksAt + letter, 'mark'));
        parts.push(text(x(second) + 4, marksAt, '', name));
      }
    }
    for (const { second } of marks) {
      parts.push(rule(x(second), y, x(second), y + panel.height, 'mark'));
    }
    parts.push(...panelParts(panel, y, x));
    y += panel.height + gap;
  }
  for (const second of ticks(0, seconds, 10)) {
    const label = `${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}`;
    parts.push(text(x(second), y - gap + 18, '', label, 'middle'));
  }
  return `${[...parts, '</svg>'].join('\n')}\n`;
}

function panelParts(panel: Panel, top: number, x: (second: number) => number): string[] {
  const { lines, isLogarithmic = false, label } = panel;
  const values = [
    ...panel.range,
    ...lines.flatMap(({ points }) => points.map(([, it]) => it ?? 0)),
  ];
  const least = isLogarithmic ? panel.range[0] : Math.min(...values);
  const at = isLogarithmic ? Math.log10 : (value: number) => value;
  const most = isLogarithmic
    ? 10 ** Math.ceil(at(Math.max(...values)))
    : Math.max(...values) * 1.05;
  const y = (value: number) => {
    const share = (at(Math.max(value, least)) - at(least)) / (at(most) - at(least));
    return top + panel.height * (1 - share);
  };
  const marked = isLogarithmic ? decades(least, most) : ticks(least, most, 4);
  const named = lines.filter(({ name }) => name !== '');
  const legend = named.map(({ name, color, isDashed }, n) => {
    const from = left + 190 + n * 130;
    const swatch = rule(from, top - 12, from + 18, top - 12, classOf(color, isDashed));
    return swatch + text(from + 24, top - 12 + letter, '', name);
  });
  return [
    text(left, top - 8, 'panel', panel.title),
    ...legend,
    ...marked.flatMap((value) => [
      rule(left, y(value), width - right, y(value), 'grid'),
      text(left - 8, y(value) + letter, '', label(value), 'end'),
    ]),
    ...lines.map((line) => pathOf(line, x, y)),
  ];
}

function pathOf(
  { points, color, isStepped, isDashed }: Line,
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  let [path, before] = ['', null as number | null];
  for (const [second, value] of points) {
    if (value !== null) {
      const to = `${x(second).toFixed(1)},${y(value).toFixed(1)}`;
      if (before === null) path += `M${to}`;
      else if (isStepped) path += `H${x(second).toFixed(1)}V${y(value).toFixed(1)}`;
      else path += `L${to}`;
    }
    before = value;
  }
  return `<path class="${classOf(color, isDashed)}" d="${path}"/>`;
}

function classOf(color: string, isDashed = false): string {
  return `line ${color}${isDashed ? ' dashed' : ''}`;
}

/** Round numbers between the two, about so many. */
export function ticks(least: number, most: number, count: number): number[] {
  const raw = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 3, 5, 10].find((it) => it * power >= raw) ?? 10) * power;
  const first = Math.ceil(least / step);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) =>
    Number(((first + n) * step).toFixed(6)),
  );
}

function decades(least: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(least)), Math.floor(Math.log10(most) + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, n) => 10 ** (first + n));
}

function text(x: number, y: number, name: string, what: string, anchor = 'start'): string {
  const where = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  return `<text ${where} class="${name}" text-anchor="${anchor}">${escaped(what)}</text>`;
}

function rule(x1: number, y1: number, x2: number, y2: number, name: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((it) => it.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" class="${name}"/>`;
}

function escaped(what: string): string {
  return what.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
