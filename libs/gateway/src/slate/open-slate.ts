import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { clipTracks } from './clip-tracks.ts';
import { generatedSlate } from './generated-slate.ts';
import type { SlateTrack } from './slate-content.ts';

/** It is kept in memory: some minutes of high definition. */
export const MAX_SLATE_FILE_BYTES = 256 * 1024 * 1024;

/** Path keys in the API's text forms; unknown ones belong to others. */
const pathKeys = z.object({
  alwaysAvailableTracks: z.array(z.object({ codec: z.string(), sampleRate: z.number(), channelCount: z.number(), muLaw: z.boolean() })),
  alwaysAvailableFile: z.string().default(''),
});

/** The content that a path's keys describe. Errors: of the keys, of the content, of the file system. */
export async function openSlate(options: Readonly<Record<string, unknown>>): Promise<readonly SlateTrack[]> {
  const { alwaysAvailableTracks, alwaysAvailableFile } = pathKeys.parse(options);
  if (alwaysAvailableFile === '') return generatedSlate(alwaysAvailableTracks);
  if ((await stat(alwaysAvailableFile)).size > MAX_SLATE_FILE_BYTES) {
    throw new RangeError(`'alwaysAvailableFile' is larger than ${MAX_SLATE_FILE_BYTES} bytes`);
  }
  return clipTracks(await readFile(alwaysAvailableFile));
}
