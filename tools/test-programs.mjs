// The programs that tests drive: Debian's packages, and what comes as a Python package.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

const DEBIAN_PACKAGES = {
  ffmpeg: ['ffmpeg'],
  'gst-launch-1.0': [
    'gstreamer1.0-tools',
    'gstreamer1.0-plugins-base',
    'gstreamer1.0-plugins-good',
    'gstreamer1.0-plugins-bad',
    'gstreamer1.0-plugins-ugly',
    'gstreamer1.0-libav',
  ],
  'nats-server': ['nats-server'],
  ip: ['iproute2'],
  openssl: ['openssl'],
  nft: ['nftables'],
  turnserver: ['coturn'],
  nginx: ['nginx-light', 'libnginx-mod-rtmp'],
  chromium: ['chromium'],
  python3: ['python3', 'python3-venv'],
  '/usr/lib/python3/dist-packages/gi': ['python3-gi', 'gir1.2-gst-plugins-bad-1.0', 'gstreamer1.0-nice'],
  postgres: ['postgresql'],
};

/** A newer ffmpeg than Debian's, for codecs that Debian's can't carry over RTP; in a folder of its own. */
export const currentFfmpegFolder = path.join(root, '.cache', 'current-ffmpeg');
/** Tries the Control API against its OpenAPI document. */
const schemathesisFolder = path.join(root, '.cache', 'schemathesis');

/** A name is a program, a path a file. */
const found = (program) => {
  if (program.startsWith('/')) return fs.existsSync(program);
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin', ...postgresFolders()];
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)));
};

/** Debian keeps the server's programs out of the path. */
function postgresFolders() {
  const versions = '/usr/lib/postgresql';
  return fs.existsSync(versions) ? fs.readdirSync(versions).map((version) => path.join(versions, version, 'bin')) : [];
}

/** Installs what is missing where it may; says what to install where it may not. */
export function installTestPrograms() {
  const missing = Object.keys(DEBIAN_PACKAGES).filter((program) => !found(program));
  if (missing.length > 0) {
    const packages = missing.flatMap((program) => DEBIAN_PACKAGES[program]);
    if (process.getuid?.() === 0 && found('apt-get')) {
      console.log(`Installing ${packages.join(' ')} (once)…`);
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      run('apt-get', ['update', '-qq'], { env });
      run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const still = missing.filter((program) => !found(program));
    if (still.length > 0) {
      console.error(
        `Tests need ${still.join(', ')}: install the packages ${still.flatMap((program) => DEBIAN_PACKAGES[program]).join(' ')}`,
      );
      return { complete: false };
    }
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
