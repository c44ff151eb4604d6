import { defineConfig } from 'vitest/config';

const conditions = ['@mediamesh/source', 'module', 'node', 'development|production'];

/** Scenarios that measure stalls, rates or first pictures, or keep two cores busy by themselves: nothing runs beside them. */
const ALONE = [
  'codecs',
  'config-kills',
  'faults-*',
  'hls-page',
  'hls-read',
  'hls-replicas',
  'hostile-input',
  'hot-reload',
  'instant-start',
  'on-demand-burst',
  'operator-page',
  'slow-reader',
  'take-over',
  'webrtc-*',
].map((name) => `e2e/scenarios/${name}.test.ts`);
const SCENARIOS = ['e2e/scenarios/**/*.test.ts'];
const scenario = { testTimeout: 90_000, hookTimeout: 60_000 };

/**
 * `unit`: beside the code, in parallel. `e2e`: whole topologies with real clients, one at a time, for use by hand. `e2e-beside` and
 * `e2e-alone`: the same as `npm test` runs them, two at a time where they mostly wait for media. `long`: what takes minutes.
 */
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
          setupFiles: ['./tools/vitest/fuzz-seed.ts'],
          testTimeout: 60_000,
          // All cores: by itself it would leave one, of two.
          maxWorkers: '100%',
        },
      },
      { extends: true, test: { ...scenario, name: 'e2e', include: SCENARIOS, fileParallelism: false } },
      {
        extends: true,
        test: { ...scenario, name: 'e2e-beside', include: SCENARIOS, exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      { extends: true, test: { ...scenario, name: 'e2e-alone', include: ALONE, fileParallelism: false } },
      {
        extends: true,
        test: { ...scenario, name: 'long', include: ['e2e/long/**/*.test.ts'], testTimeout: 1_800_000, fileParallelism: false },
      },
    ],
  },
});
