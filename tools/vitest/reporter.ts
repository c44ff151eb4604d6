import fs from 'node:fs';
import type { Reporter, TestModule, SerializedError } from 'vitest/node';

/** Counts what a run did, failures outside of tests included, and leaves the sum where tools/test.mjs adds it up. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state !== 'skipped') failed++;
      }
    }
    const file = process.env['MEDIAMESH_TEST_COUNTS'];
    if (file) fs.writeFileSync(file, JSON.stringify({ passed, failed }));
  }
}
