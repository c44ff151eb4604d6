// npm run check: format, lint, types, boundaries, generated files. Exits with 1 when anything is wrong.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, node, root, runCollected } from './run.mjs';

const bin = (...parts) => path.join(root, ...parts);
const lint = bin('tools', 'lint');

const CHECKS = [
  { name: 'types of the packages', command: node, args: [bin('node_modules', 'typescript', 'bin', 'tsc'), '-b'] },
  { name: 'types of the tests', command: node, args: [bin('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'format', command: node, args: [bin('node_modules', 'prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
  {
    name: 'lint',
    command: path.join(lint, 'node_modules', '.bin', 'oxlint'),
    args: ['-c', 'tools/lint/oxlintrc.json', '--type-aware', '--deny-warnings', 'libs', 'services', 'e2e', 'bench', 'tools'],
    env: { OXLINT_TSGOLINT_PATH: path.join(lint, 'node_modules', '.bin', 'tsgolint') },
  },
  { name: 'boundaries', command: node, args: ['tools/arch/check.mjs'] },
  {
    name: 'generated files',
    command: node,
    args: ['--conditions=@mediamesh/source', 'libs/config/scripts/generate.ts', '--check'],
  },
  {
    name: 'generated OpenAPI document',
    command: node,
    args: ['--conditions=@mediamesh/source', 'services/api/scripts/generate-openapi.ts', '--check'],
  },
  {
    name: 'generated dashboard',
    command: node,
    args: ['tools/grafana-dashboard.mjs', '--check'],
  },
];

/** Runs every check; returns how many passed and failed. */
export async function check() {
  install();
  install(lint);
  const counts = { passed: 0, failed: 0 };
  for (const { name, command, args, env } of CHECKS) {
    // npx and scripts of tools start `node` from the path: let that be ours.
    const PATH = `${path.dirname(node)}${path.delimiter}${process.env['PATH']}`;
    const { code, output } = await runCollected(command, args, { env: { ...process.env, PATH, ...env } });
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} check: ${name}`);
    if (code !== 0) console.log(output);
    counts[code === 0 ? 'passed' : 'failed']++;
  }
  return counts;
}

if (process.argv[1] === fileURLToPath(import.meta.url) || fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { failed } = await check();
  process.exit(failed === 0 ? 0 : 1);
}
