import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { repository } from '../support/command.ts';
import { readmeBlocks } from '../support/readme.ts';
import { ReadmeReader } from '../support/readme-reader.ts';

const blocks = readmeBlocks(readFileSync(join(repository, 'README.md'), 'utf8'));
const reader = new ReadmeReader();
afterAll(() => reader.close());

it('README.md marks what can be run', () => {
  expect(blocks.length).toBeGreaterThan(2);
  const commands = blocks.flatMap((block) => block.commands);
  expect(commands.some((command) => command.includes('npm start'))).toBe(true);
  expect(commands.some((command) => command.includes('topicplane publish'))).toBe(true);
});

it.each(blocks)('README.md, line $line: $commands', async ({ commands }) => {
  for (const command of commands) await reader.type(command);
});

it('what the README publishes, its subscriber prints', async () => {
  await reader.sawItsItem();
});
