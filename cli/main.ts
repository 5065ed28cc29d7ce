import { failureOf } from './exit.ts';
import { buildProgram } from './program.ts';
import { paintFor } from './terminal/index.ts';

try {
  await buildProgram().parseAsync();
} catch (error) {
  const { exitCode, message } = failureOf(error);
  const paint = paintFor(process.stderr, process.env);
  const text = message === '' ? '' : `${paint('red', 'error:')} ${message}\n`;
  // What was half started may hold the process.
  process.stderr.write(text, () => process.exit(exitCode));
}
