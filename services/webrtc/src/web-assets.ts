import { readFileSync } from 'node:fs';

/**
 * A file of the browser's side. This module is as deep below `services` as the bundle of the standalone server is: the same relative
 * path leads to the files from both.
 */
export function webAsset(name: 'read.html' | 'reader.js' | 'publish.html' | 'publisher.js'): Uint8Array {
  return readFileSync(new URL(`../../webrtc/web/${name}`, import.meta.url));
}
