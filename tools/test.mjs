// npm test: installs what tests need, runs the checks, the unit tests and the end-to-end tests, and sums up on the last line.
// usage: node tools/test.mjs [--long | --unit | --e2e] [filter of vitest ...]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { check } from './check.mjs';
import { installTestPrograms } from './test-programs.mjs';
import { build, install, node, root, run } from './run.mjs';

const argv = process.argv.slice(2);
const flags = new Set(argv.filter((argument) => argument.startsWith('--')));
const filters = argv.filter((argument) => !argument.startsWith('--'));
const all = flags.size === 0;

install();
const sum = { passed: 0, failed: 0 };
const add = ({ passed, failed }) => {
  sum.passed += passed;
  sum.failed += failed;
};

function vitest(...projects) {
  const counts = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'mediamesh-test-')), 'counts.json');
  const args = [
    path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    ...filters,
  ];
  const code = run(node, args, { env: { ...process.env, MEDIAMESH_TEST_COUNTS: counts } });
  let result = { passed: 0, failed: 0 };
  if (fs.existsSync(counts)) result = JSON.parse(fs.readFileSync(counts, 'utf8'));
  // A run that failed without a failed test (it could not start, or found no test) is a failure too.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  add(result);
}

// Side by side: one waits for the network where the other computes.
const programs = installTestPrograms();
if (all) add(await check());
if (!(await programs)) sum.failed++;
if (all || flags.has('--unit')) vitest('unit');
if (all || flags.has('--e2e') || flags.has('--long')) build();
if (all || flags.has('--e2e')) vitest('e2e-beside', 'e2e-alone');
if (flags.has('--long')) vitest('long');

console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exit(sum.failed === 0 ? 0 : 1);
