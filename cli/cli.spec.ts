import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { LocalError } from '../local/index.ts';
import { CliError, exitCodes, failureOf } from './exit.ts';
import { dialled, integer, listened } from './options.ts';
import { buildProgram } from './program.ts';
import { version } from './version.ts';

/** Parses without running, and says what came of it. */
async function parse(...args: string[]): Promise<{ exitCode: number; text: string }> {
  const program = buildProgram();
  let text = '';
  const output = {
    writeOut: (part: string) => {
      text += part;
    },
    writeErr: (part: string) => {
      text += part;
    },
  };
  program.configureOutput(output);
  for (const command of program.commands) command.configureOutput(output);
  try {
    await program.parseAsync(args, { from: 'user' });
    return { exitCode: 0, text };
  } catch (error) {
    const failure = failureOf(error);
    return { exitCode: failure.exitCode, text: text + failure.message };
  }
}

describe('the command line', () => {
  test('has the subcommands that its help lists', async () => {
    const { exitCode, text } = await parse('--help');
    expect(exitCode).toBe(0);
    for (const name of [
      'local',
      'router',
      'storage',
      'operator',
      'publish',
      'subscribe',
      'status',
    ]) {
      expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(text).toContain('3  no such cache');
  });

  test('shows examples and exit codes with each command that people use', async () => {
    for (const name of ['local', 'publish', 'subscribe']) {
      const { text } = await parse(name, '--help');
      expect(text).toContain('Examples:');
      expect(text).toContain('Exit codes:');
    }
  });

  test.each([
    ['an unknown command', ['pubish'], 'Did you mean publish?'],
    ['a missing argument', ['subscribe'], "missing required argument 'topic'"],
    ['a value that is no number', ['local', '--port', 'x'], 'whole number from 0 to 65535'],
    ['a value out of range', ['local', '--port', '70000'], 'whole number from 0 to 65535'],
    ['an endpoint without a port', ['publish', 't', 'x', '--endpoint', 'here'], 'host:port'],
    ['a page without a sequence', ['subscribe', 't', '--page', '3'], 'give both'],
    ['a member without its name', ['router'], "option '--name <name>' not specified"],
    ['an unknown option of the operator', ['operator', '--any'], "unknown option '--any'"],
    [
      'an operator of one namespace and of all',
      ['operator', '-A', '-n', 'here'],
      'give --namespace or --all-namespaces',
    ],
    [
      'a renew deadline that is too long',
      ['operator', '--renew-deadline', '15'],
      'shorter than the lease duration',
    ],
    [
      'a namespace that can not be one',
      ['operator', '-n', 'Bad_NS'],
      'It must be a name of a namespace',
    ],
    ['one of the status', ['status', '-n', 'Bad_NS'], 'It must be a name of a namespace'],
    ['one of the Lease', ['operator', '--lease-namespace', 'a.b'], 'a name of a namespace'],
    ['a Lease that can not be one', ['operator', '--lease-name', 'My Lease'], 'name of an object'],
    ['a cluster that can not be one', ['status', 'my/cluster'], 'It must be a name of an object'],
    ['an image that is none', ['operator', '--image', 'foo bar'], 'without white space'],
    [
      'a kubeconfig that is not there',
      ['operator', '--kubeconfig', '/nowhere'],
      "can't read the kubeconfig /nowhere",
    ],
  ])('takes %s for wrong usage, and says so', async (_what, args, message) => {
    const { exitCode, text } = await parse(...args);
    expect(text).toContain(message);
    expect(exitCode).toBe(exitCodes.usage);
  });
});

test('the operator takes every log level that the chart takes, and no other', () => {
  const path = new URL('../charts/topicplane/values.schema.json', import.meta.url);
  const { properties } = JSON.parse(readFileSync(path, 'utf8')) as {
    properties: { logLevel: { enum: string[] } };
  };
  const operator = buildProgram().commands.find((command) => command.name() === 'operator');
  const option = operator?.options.find(({ long }) => long === '--log-level');
  expect(option?.argChoices).toEqual(properties.logLevel.enum);
});

test('the help of each command tells a default once, and of whose log it speaks', async () => {
  const program = buildProgram();
  for (const { name } of program.commands.map((command) => ({ name: command.name() }))) {
    const { text } = await parse(name, '--help');
    expect(text).not.toMatch(/\(default: [^)]*\)\s+\(default:/);
  }
  const { text } = await parse('operator', '--help');
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(/more than once \(default: that of the context, or/);
  expect(text).toMatch(/--log-level <level> +how much it logs/);
});

describe('a member that a newer operator starts', () => {
  test.each([
    ['storage', 'link'],
    ['router', 'client'],
  ])('%s passes over what it does not know, and says so', async (role, port) => {
    const program = buildProgram();
    const command = program.commands.find((each) => each.name() === role);
    let text = '';
    let started: unknown;
    command?.configureOutput({ writeErr: (part) => (text += part) });
    command?.action((flags) => {
      started = flags;
    });
    const known = ['--name', 'a-0', '--cluster=ns/a/uid', '--control-address', '127.0.0.1:1'];
    const ports = ['--admin-address', '127.0.0.1:2', `--${port}-address`, '127.0.0.1:3'];
    await program.parseAsync([role, '--newer', '7', ...known, '--newest=x', ...ports], {
      from: 'user',
    });
    expect(started).toMatchObject({ name: 'a-0', [`${port}Address`]: '127.0.0.1:3' });
    expect(text).toBe(`warning: ${role} does not know, and passes over: --newer 7 --newest=x\n`);
  });
});

describe('the exit code', () => {
  test('says what kind of failure it was', () => {
    const codeOf = (error: unknown): number => failureOf(error).exitCode;
    expect(codeOf(new CliError(exitCodes.cacheNotFound, ''))).toBe(3);
    expect(codeOf(new LocalError('bad-file', ''))).toBe(2);
    expect(codeOf(new LocalError('port-in-use', ''))).toBe(5);
    expect(codeOf(new LocalError('data-dir', ''))).toBe(5);
    expect(codeOf(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(0);
    expect(codeOf(new CommanderError(1, 'commander.unknownOption', ''))).toBe(2);
    expect(codeOf(new Error('anything else'))).toBe(1);
  });

  const main = new URL('../dist/cli/main.js', import.meta.url).pathname;
  test.runIf(existsSync(main))('reaches the shell', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, 'publish', 'topic', 'text', '--endpoint', '127.0.0.1:1'],
      { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    expect(stderr).toMatch(/^error: nothing answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/);
    expect(status).toBe(exitCodes.notAnswering);
  });
});

describe('a value', () => {
  test('of an address is host:port; port 0 only to listen on', () => {
    expect(dialled('[::1]:80')).toBe('[::1]:80');
    expect(listened('0.0.0.0:0')).toBe('0.0.0.0:0');
    expect(() => dialled('host:0')).toThrow();
    expect(() => listened('host')).toThrow();
  });
  test('of a number is whole and in range', () => {
    expect(integer(1, 5)('5')).toBe(5);
    for (const text of ['0', '6', '1.5', '-1', '', '1e0']) {
      expect(() => integer(1, 5)(text)).toThrow('whole number from 1 to 5');
    }
  });
});

test('the version is that of the package', () => {
  expect(version()).toMatch(/^\d+\.\d+\.\d+/);
});
