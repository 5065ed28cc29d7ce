#!/usr/bin/env node
// The installed command. It is a file of its own because what the compiler writes is not executable.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main);
} else {
  process.stderr.write(
    'error: topicplane is not built yet: run `npm run build` or `npm start` first\n',
  );
  process.exitCode = 1;
}
