import { readFileSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** Writers need a moment between the first byte and the last. */
const SETTLE_MS = 100;

/** The configuration file, as it changes. */
export class ConfigFile {
  private readonly path: string;
  /** As it was loaded or refused. */
  private content: string | undefined;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** It has been loaded just now. */
  constructor(path: string) {
    this.path = path;
    this.content = this.read();
  }

  /** `settled`: it may have changed. Its folder is watched, since editors replace files. */
  watch(settled: () => void, failed: (error: Error) => void): void {
    this.watcher = watch(dirname(this.path), { persistent: false }, () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(settled, SETTLE_MS);
    });
    this.watcher.on('error', failed);
  }

  /** Since it was asked for last. */
  hasChanged(): boolean {
    const before = this.content;
    this.content = this.read();
    return this.content !== before;
  }

  close(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
  }

  private read(): string | undefined {
    try {
      return readFileSync(this.path, 'latin1');
    } catch {
      return undefined; // gone for a moment, while an editor replaces it
    }
  }
}
