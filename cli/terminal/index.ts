export { LiveLine } from './live-line.ts';
export { type Colour, type Paint, paintFor, plain } from './paint.ts';
export { ignoreBrokenPipe, quitOnBrokenPipe } from './pipe.ts';
export { count, table } from './table.ts';
