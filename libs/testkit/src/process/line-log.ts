import { within } from '../wait-for.ts';

/** More than this is kept of no program: the oldest lines go. */
const MAX_LINES = 50_000;
const SHOWN_LINES = 40;
/** Long enough for a busy machine: who waits in vain fails, so it costs nothing else. */
const DEADLINE_MS = 30_000;

/** Lines that programs wrote, to look at and to wait for. */
export class LineLog {
  readonly lines: string[] = [];
  private readonly watchers = new Set<(line: string) => void>();

  /** Takes text in any chunking; the returned function is called per stream of a program. */
  writer(prefix = ''): (chunk: Buffer) => void {
    const decoder = new TextDecoder();
    let rest = '';
    return (chunk) => {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop()!;
      for (const part of parts) this.add(prefix + part.replace(/\r$/, ''));
    };
  }

  add(line: string): void {
    if (this.lines.length >= MAX_LINES) this.lines.splice(0, MAX_LINES / 2);
    this.lines.push(line);
    for (const watcher of [...this.watchers]) watcher(line);
  }

  matching(pattern: RegExp): readonly string[] {
    return this.lines.filter((line) => pattern.test(line));
  }

  /** Waits for `count` lines that match, those that are there included. Errors: names the pattern and shows the last lines. */
  async waitForLine(pattern: RegExp, options: { readonly deadlineMs?: number; readonly count?: number } = {}): Promise<string> {
    const { deadlineMs = DEADLINE_MS, count = 1 } = options;
    const found = this.matching(pattern);
    if (found.length >= count) return found[count - 1]!;
    let seen = found.length;
    let watcher: (line: string) => void = () => {};
    const line = new Promise<string>((resolve) => {
      watcher = (text) => {
        if (pattern.test(text) && ++seen >= count) resolve(text);
      };
      this.watchers.add(watcher);
    });
    try {
      return await within(line, { deadlineMs, what: `line ${String(pattern)}` });
    } catch (error) {
      throw new Error(`${(error as Error).message}; last lines:\n${this.tail()}`, { cause: error });
    } finally {
      this.watchers.delete(watcher);
    }
  }

  tail(count = SHOWN_LINES): string {
    return this.lines.slice(-count).join('\n');
  }
}
