// npm run check: format, lint, types, boundaries, generated files. Exits with 1 when anything is wrong.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, node, root, runCollected } from './run.mjs';

const bin = (...parts) => path.join(root, ...parts);
const lint = bin('tools', 'lint');

const script = (...args) => ({ command: node, args });
const sources = (file) => script('--conditions=@mediamesh/source', file, '--check');

/** Two at a time: each list in its order. What is compiled is what the tests' types are checked with. */
const LANES = [
  {
    'types of the packages': script(bin('node_modules', 'typescript', 'bin', 'tsc'), '-b'),
    'types of the tests': script(bin('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json'),
    boundaries: script('tools/arch/check.mjs'),
    'generated files': sources('libs/config/scripts/generate.ts'),
    'generated OpenAPI document': sources('services/api/scripts/generate-openapi.ts'),
    'generated dashboard': script('tools/grafana-dashboard.mjs', '--check'),
  },
  {
    format: script(bin('node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'),
    lint: {
      command: path.join(lint, 'node_modules', '.bin', 'oxlint'),
      args: ['-c', 'tools/lint/oxlintrc.json', '--type-aware', '--deny-warnings', 'libs', 'services', 'e2e', 'bench', 'tools'],
      env: { OXLINT_TSGOLINT_PATH: path.join(lint, 'node_modules', '.bin', 'tsgolint') },
    },
  },
];

/** Runs every check; returns how many passed and failed. */
export async function check() {
  install();
  install(lint);
  const counts = { passed: 0, failed: 0 };
  await Promise.all(LANES.map((lane) => runLane(lane, counts)));
  return counts;
}

async function runLane(lane, counts) {
  // npx and scripts of tools start `node` from the path: let that be ours.
  const PATH = `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`;
  for (const [name, { command, args, env }] of Object.entries(lane)) {
    const { code, output } = await runCollected(command, args, { env: { ...process.env, PATH, ...env } });
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} check: ${name}`);
    if (code !== 0) console.log(output);
    counts[code === 0 ? 'passed' : 'failed']++;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) || fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { failed } = await check();
  process.exit(failed === 0 ? 0 : 1);
}
