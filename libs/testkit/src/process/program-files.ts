import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Root of the repository. */
export const REPOSITORY = join(import.meta.dirname, '..', '..', '..', '..');

const NODE = join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];
const POSTGRES_VERSIONS = '/usr/lib/postgresql';

/** Debian's packages of Python modules are for it alone. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

/** The Node that the product runs on. */
export function nodeFile(): string {
  return existsSync(NODE) ? NODE : process.execPath;
}

/** The current ffmpeg, beside Debian's: `npm test` installs it. */
export function currentFfmpegFile(): string {
  const folder = join(REPOSITORY, '.cache', 'current-ffmpeg', 'imageio_ffmpeg', 'binaries');
  const name = existsSync(folder) ? readdirSync(folder).find((file) => file.startsWith('ffmpeg-')) : undefined;
  if (name === undefined) throw new Error('there is no current ffmpeg: npm test installs it');
  return join(folder, name);
}

/** Folder of the Python packages of schemathesis: `npm test` installs it. */
export function schemathesisFolder(): string {
  const folder = join(REPOSITORY, '.cache', 'schemathesis');
  if (!existsSync(join(folder, 'schemathesis'))) throw new Error('there is no schemathesis: npm test installs it');
  return folder;
}

/** A program of the system. Errors: says that `npm test` installs what is missing. */
export function systemFile(
  program:
    'ffmpeg' | 'ffprobe' | 'gst-launch-1.0' | 'nats-server' | 'nginx' | 'ip' | 'nft' | 'chromium' | 'python3' | 'initdb' | 'postgres',
): string {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS, ...postgresFolders()]) {
    if (folder !== '' && existsSync(join(folder, program))) return join(folder, program);
  }
  throw new Error(`there is no ${program}: npm test installs it`);
}

/** Debian keeps the server's programs out of the path. */
function postgresFolders(): readonly string[] {
  return existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS).map((version) => join(POSTGRES_VERSIONS, version, 'bin')) : [];
}
