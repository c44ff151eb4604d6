// The programs that tests drive: Debian's packages, and what comes as a Python package.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, runCollected } from './run.mjs';

/** Where programs are that only administrators run, and those of PostgreSQL. */
const MORE_PROGRAMS = ['/usr/sbin', '/sbin', ...foldersIn('/usr/lib/postgresql').map((version) => path.join(version, 'bin'))];
/** Debian has a folder for each architecture. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib', ...foldersIn('/usr/lib')];

const file = (name) => () => fs.existsSync(name);
const library = (name) => () => LIBRARIES.some((folder) => fs.existsSync(path.join(folder, name)));
const program = (name) => () => {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...MORE_PROGRAMS];
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, name)));
};
const oneOfPythonModules =
  (...names) =>
  () =>
    names.some((name) => spawnSync('python3', ['-c', `import ${name}`]).status === 0);

/** Debian's packages, and whether what tests use of each is there. */
const DEBIAN_PACKAGES = {
  ffmpeg: program('ffmpeg'),
  'gstreamer1.0-tools': program('gst-launch-1.0'),
  'gstreamer1.0-plugins-base': library('gstreamer-1.0/libgsttypefindfunctions.so'),
  'gstreamer1.0-plugins-good': library('gstreamer-1.0/libgstrtsp.so'),
  'gstreamer1.0-plugins-bad': library('gstreamer-1.0/libgstrtmp2.so'),
  'gstreamer1.0-plugins-ugly': library('gstreamer-1.0/libgsta52dec.so'),
  'gstreamer1.0-libav': library('gstreamer-1.0/libgstlibav.so'),
  'gstreamer1.0-nice': library('gstreamer-1.0/libgstnice.so'),
  'gir1.2-gst-plugins-bad-1.0': library('girepository-1.0/GstWebRTC-1.0.typelib'),
  'python3-gi': file('/usr/lib/python3/dist-packages/gi'),
  'nats-server': program('nats-server'),
  iproute2: program('ip'),
  openssl: program('openssl'),
  nftables: program('nft'),
  coturn: program('turnserver'),
  'nginx-light': program('nginx'),
  'libnginx-mod-rtmp': file('/usr/lib/nginx/modules/ngx_rtmp_module.so'),
  chromium: program('chromium'),
  postgresql: program('postgres'),
  python3: program('python3'),
  'python3-venv': oneOfPythonModules('pip', 'ensurepip'),
};

/** A newer ffmpeg than Debian's, for codecs that Debian's can't carry over RTP; in a folder of its own. */
export const currentFfmpegFolder = path.join(root, '.cache', 'current-ffmpeg');
/** Tries the Control API against its OpenAPI document. */
const schemathesisFolder = path.join(root, '.cache', 'schemathesis');

function foldersIn(folder) {
  return fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

const missingPackages = () => Object.keys(DEBIAN_PACKAGES).filter((name) => !DEBIAN_PACKAGES[name]());

/** Installs what is missing where it may, says what to install where it may not; returns whether all is there. */
export async function installTestPrograms() {
  const missing = missingPackages();
  if (missing.length > 0 && process.getuid?.() === 0 && program('apt-get')()) {
    console.log(`Installing ${missing.join(' ')} (once)…`);
    await apt('update', '-qq');
    await apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
  }
  const still = missing.length > 0 ? missingPackages() : [];
  if (still.length > 0) {
    console.error(`Tests need the packages ${still.join(' ')}`);
    return false;
  }
  for (const wanted of PYTHON_PACKAGES) if (!(await installPythonPackage(wanted))) return false;
  return true;
}

async function apt(...args) {
  const { code, output } = await runCollected('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (code !== 0) console.error(`apt-get ${args.join(' ')} ended with ${code}:\n${output}`);
}

/** Python packages that tests use, each in a folder of its own; `found`: what is there once it is installed. */
const PYTHON_PACKAGES = [
  {
    what: 'a current ffmpeg',
    folder: currentFfmpegFolder,
    found: path.join('imageio_ffmpeg', 'binaries'),
    args: ['--no-deps', 'imageio-ffmpeg'],
  },
  { what: 'schemathesis', folder: schemathesisFolder, found: 'schemathesis', args: ['schemathesis>=4.32,<5'] },
];

async function installPythonPackage({ what, folder, found, args }) {
  const isThere = () => fs.existsSync(path.join(folder, found));
  if (isThere()) return true;
  console.log(`Installing ${what} (once)…`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, ...args];
  let { code, output } = await runCollected('python3', pip);
  if (code !== 0) {
    // Debian's python3 comes without pip: a virtual environment brings its own.
    const venv = path.join(root, '.cache', 'venv');
    await runCollected('python3', ['-m', 'venv', venv]);
    ({ code, output } = await runCollected(path.join(venv, 'bin', 'python3'), pip));
  }
  if (code === 0 && isThere()) return true;
  console.error(`Tests need ${what}, from the Python package ${args.at(-1)}:\n${output}`);
  return false;
}
