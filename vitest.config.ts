import { defineConfig } from 'vitest/config';
import { binariesSource } from './test/kube/tools/index.ts';
import { mutantsPlugin } from './test/simulation/mutants/plugin.ts';

const controlPlane = binariesSource();
if (controlPlane.kind === 'unavailable') {
  const tell = () => process.stderr.write(`\ntest/kube is NOT RUN: ${controlPlane.why}\n\n`);
  tell();
  process.once('exit', tell);
}

/** How long to wait for what must come. Nothing is asserted by it: a machine that is busy elsewhere takes its time. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000, interval: 10 } },
};

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['*/**/*.spec.ts'],
          exclude: [
            '**/node_modules/**',
            'dist/**',
            'test/conformance/**',
            'test/e2e/**',
            'test/fuzz/**',
            'test/kube/**',
            'test/chart/**',
            'test/simulation/**',
          ],
          pool: 'threads',
          isolate: false,
          ...patience,
        },
      },
      {
        // Code with one guard missing, for the specs that have to find that.
        plugins: [mutantsPlugin(import.meta.dirname)],
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.spec.ts'],
          pool: 'threads',
          isolate: false,
          // Nothing in it measures real time; by default one of two cores would idle.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,conformance,fuzz}/**/*.spec.ts'],
          pool: 'forks',
          fileParallelism: false,
          // After the unit tests, not beside them: these measure.
          sequence: { groupOrder: 2 },
          ...patience,
          testTimeout: 300_000,
        },
      },
      ...(controlPlane.kind === 'available'
        ? [
            {
              test: {
                name: 'kube',
                include: ['test/kube/**/*.spec.ts', 'test/chart/**/*.spec.ts'],
                globalSetup: ['test/kube/setup.ts'],
                pool: 'forks' as const,
                fileParallelism: false,
                ...patience,
                testTimeout: 300_000,
                // After the others: they measure times.
                sequence: { groupOrder: 3 },
              },
            },
          ]
        : []),
    ],
  },
});
