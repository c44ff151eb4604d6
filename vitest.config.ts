import { defineConfig } from 'vitest/config';

const conditions = ['@mediamesh/source', 'module', 'node', 'development|production'];

/** `unit`: beside the code, in parallel. `e2e`: whole topologies with real clients, one at a time. `long`: what takes minutes. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: 'node',
    reporters: ['default', './tools/vitest/reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['libs/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/scenarios/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          maxConcurrency: 6, // of tests that say so: they wait for media
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: ['e2e/long/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
