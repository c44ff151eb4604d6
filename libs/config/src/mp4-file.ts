import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

const FTYP = [0x66, 0x74, 0x79, 0x70];

/**
 * Refuses a file whose bytes 4 to 7 are not `ftyp`.
 *
 * Errors:  ConfigError with the bytes in decimal; those of the file system.
 */
export function checkMp4File(file: string): void {
  const head = readHead(file, 8);
  if (head.length < 8) throw new ConfigError('unexpected EOF');
  const magic = [...head.subarray(4, 8)];
  if (!FTYP.every((byte, i) => byte === magic[i])) throw new ConfigError(`file is not MP4, magic bytes are [${magic.join(' ')}]`);
}

function readHead(file: string, count: number): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = new Uint8Array(count);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, count, 0));
  } finally {
    closeSync(descriptor);
  }
}
