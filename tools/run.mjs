// What start, check and test share: runs on the machine's own Node (20 or later), without dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** The Node that the product runs on, installed by npm. */
export const node = path.join(root, 'node_modules', 'node', 'bin', 'node');

/** Runs a command to its end, output passed through; returns its exit code. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

export function runOrExit(command, args, options = {}) {
  const code = run(command, args, options);
  if (code !== 0) {
    console.error(`${path.basename(command)} ${args.join(' ')} ended with ${code}`);
    process.exit(code);
  }
}

/** Like `run`, but without blocking: output is collected and printed at the end of each command. */
export function runCollected(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

const hash = (text) => createHash('sha256').update(text).digest('hex');

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Installs a folder unless what is installed matches: `npm ci` by the lock file, or `npm install` by exact versions where there is none. */
export function install(folder = root) {
  const lock = readIfThere(path.join(folder, 'package-lock.json'));
  const stamp = path.join(folder, 'node_modules', '.mediamesh-install');
  const wanted = hash(`${lock ?? readIfThere(path.join(folder, 'package.json'))} ${process.platform} ${process.arch}`);
  if (readIfThere(stamp) === wanted) return;
  console.log(folder === root ? 'Installing dependencies (once)…' : `Installing ${path.relative(root, folder)} (once)…`);
  const npm = process.env['npm_execpath'];
  const args = [lock === undefined ? 'install' : 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm) runOrExit(process.execPath, [npm, ...args], { cwd: folder });
  else runOrExit('npm', args, { cwd: folder });
  fs.writeFileSync(stamp, wanted);
}

function* sources(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name === 'testdata') continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(full);
    else if (/\.(ts|json)$/.test(entry.name)) yield full;
  }
}

/** Compiles everything and bundles the standalone server, unless no source has changed since the last build. */
export function build() {
  const files = ['tsconfig.json', 'tsconfig.base.json', 'tsconfig.formats.json', 'package-lock.json', 'tools/bundle.mjs'].map((name) =>
    path.join(root, name),
  );
  for (const folder of ['libs', 'services']) files.push(...sources(path.join(root, folder)));
  const state = files.map((file) => {
    const stat = fs.statSync(file);
    return `${path.relative(root, file)} ${stat.size} ${stat.mtimeMs}`;
  });
  const stamp = path.join(root, '.cache', 'build');
  const wanted = hash(state.join('\n'));
  if (readIfThere(stamp) === wanted) return;
  console.log('Building…');
  runOrExit(node, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  runOrExit(node, [path.join(root, 'tools', 'bundle.mjs')]);
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, wanted);
}
