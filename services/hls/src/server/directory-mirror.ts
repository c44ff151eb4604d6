import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { mediaPlaylistName } from '@mediamesh/hls';
import type { FromStream } from '../from-stream.ts';

/** Who lists the folder sees complete files only. */
const UNFINISHED = '.tmp';

export interface DirectoryMirrorOptions {
  /** Key `hlsDirectory`. */
  readonly directory: string;
  readonly path: string;
  readonly stream: FromStream;
  warn(message: string): void;
}

/**
 * Key `hlsDirectory`: what a muxer serves, in a folder named after its path, for whatever serves files: segments, parts, init files,
 * and the playlists of variants whose requests do not wait.
 *
 * Order:  files before the playlists that name them; what left the muxer goes after that.
 * Errors: none leave: a file that cannot be written is a warning, once, and the stream goes on.
 */
export class DirectoryMirror {
  private readonly options: DirectoryMirrorOptions;
  private readonly folder: string;
  private readonly written = new Set<string>();
  private work: Promise<void> = Promise.resolve();
  private isWaiting = false;
  private hasWarned = false;

  constructor(options: DirectoryMirrorOptions) {
    this.options = options;
    const root = resolve(options.directory);
    this.folder = resolve(root, options.path);
    if (!this.folder.startsWith(root + sep)) throw new Error(`the path '${options.path}' leads out of the HLS directory`);
  }

  /** There is more, or less. What is asked for while files are being written is done once. */
  update(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.work = this.work.then(() => this.attempt());
  }

  /** Removes the files, and the folder when nothing else is in it. */
  async close(): Promise<void> {
    await this.work;
    for (const name of this.written) await rm(join(this.folder, name), { force: true }).catch(() => {});
    await rmdir(this.folder).catch(() => {}); // somebody else's files are in it
  }

  private async attempt(): Promise<void> {
    this.isWaiting = false;
    try {
      await this.write();
    } catch (error) {
      if (!this.hasWarned)
        this.options.warn(`cannot write into the HLS directory: ${error instanceof Error ? error.message : String(error)}`);
      this.hasWarned = true;
    }
  }

  private async write(): Promise<void> {
    const { stream } = this.options;
    const { muxer } = stream;
    const names = new Set(muxer.fileNames());
    const playlists = muxer.variant !== 'lowLatency' && muxer.hasContent ? this.playlists() : new Map<string, string>();
    if (names.size === 0) return;
    await mkdir(this.folder, { recursive: true });
    for (const name of names) {
      const file = this.written.has(name) ? undefined : muxer.file(name);
      if (file !== undefined) await this.put(name, file.chunks);
    }
    for (const [name, text] of playlists) await this.put(name, [Buffer.from(text, 'latin1')]);
    for (const name of this.written) {
      if (names.has(name) || playlists.has(name)) continue;
      this.written.delete(name);
      await rm(join(this.folder, name), { force: true });
    }
  }

  /** As they are now: files that leave the muxer while others are written are named by none of them. */
  private playlists(): ReadonlyMap<string, string> {
    const { stream } = this.options;
    const playlists = new Map<string, string>();
    for (const [index, media] of stream.muxer.streams.entries()) {
      playlists.set(mediaPlaylistName(media), stream.media(index, false).withQuery(''));
    }
    return playlists.set('index.m3u8', stream.multivariant().withQuery(''));
  }

  private async put(name: string, chunks: readonly Uint8Array[]): Promise<void> {
    this.written.add(name);
    const target = join(this.folder, name);
    await writeFile(target + UNFINISHED, chunks);
    await rename(target + UNFINISHED, target);
  }
}
