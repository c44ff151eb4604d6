// The programs that tests drive: Debian's packages, and what comes as a Python package.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

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

/** Installs what is missing where it may; says what to install where it may not. */
export function installTestPrograms() {
  const missing = missingPackages();
  if (missing.length > 0 && process.getuid?.() === 0 && program('apt-get')()) {
    console.log(`Installing ${missing.join(' ')} (once)…`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const still = missing.length > 0 ? missingPackages() : [];
  if (still.length > 0) {
    console.error(`Tests need the packages ${still.join(' ')}`);
    return { complete: false };
  }
  return { complete: PYTHON_PACKAGES.every(installPythonPackage) };
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

function installPythonPackage({ what, folder, found: marker, args }) {
  if (fs.existsSync(path.join(folder, marker))) return true;
  console.log(`Installing ${what} (once)…`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, ...args];
  let result = spawnSync('python3', pip, { encoding: 'utf8' });
  if (result.status !== 0) {
    // Debian's python3 comes without pip: a virtual environment brings its own.
    const venv = path.join(root, '.cache', 'venv');
    run('python3', ['-m', 'venv', venv]);
    result = spawnSync(path.join(venv, 'bin', 'python3'), pip, { encoding: 'utf8' });
  }
  if (result.status === 0 && fs.existsSync(path.join(folder, marker))) return true;
  console.error(`Tests need ${what}, from the Python package ${args.at(-1)}: ${result.stderr}`);
  return false;
}
