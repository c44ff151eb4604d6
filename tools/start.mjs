// npm start: installs and builds what is missing, then runs the standalone server with mediamtx.yml.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { build, install, node, root } from './run.mjs';

install();
build();

// Its own process group: signals reach the server through us, once. npm passes on what the terminal has sent to all of us already.
const main = path.join(root, 'services', 'standalone', 'dist', 'mediamesh.js');
const argv = process.argv.length > 2 ? process.argv.slice(2) : [path.join(root, 'mediamtx.yml')];
const server = spawn(node, [main, ...argv], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true });

const SAME_SIGNAL_MS = 200;
let lastSignalAt = 0;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    const now = Date.now();
    if (now - lastSignalAt > SAME_SIGNAL_MS) server.kill(signal);
    lastSignalAt = now;
  });
}
process.on('SIGHUP', () => server.kill('SIGTERM'));
// A shell between npm and us may die without a word.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) server.kill('SIGTERM');
}, 1_000).unref();
server.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
