import process from 'node:process';
import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` is pure and fast; `lab` tests the lab, one file after the other; `relay`
 * tests deployed relays, which test/e2e/setup.ts makes once for all files.
 */
const LAB_TESTS = 'test/e2e/lab.test.ts';
/** Several deployments in a row, on a machine that does other things besides. */
const HOST_TEST_MS = 300_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          // A machine that does other things besides must not fail a test.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: [LAB_TESTS],
          fileParallelism: false,
          testTimeout: HOST_TEST_MS,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'relay',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [LAB_TESTS],
          globalSetup: ['test/e2e/setup.ts'],
          // Each has two relays of its own; most of a test is waiting.
          maxWorkers: process.env['CMDEPLOY_TEST_KEEP'] === '1' ? 1 : 2,
          testTimeout: HOST_TEST_MS,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
