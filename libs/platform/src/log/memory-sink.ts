import type { LogSink } from './descriptor-sink.ts';
import { formatLogLine } from './log-line.ts';
import type { LogEntry } from './log-line.ts';

/** Keeps what is logged: for tests. */
export class MemorySink implements LogSink {
  readonly entries: LogEntry[] = [];

  get text(): string {
    return this.entries.map((entry) => formatLogLine(entry, 'plain')).join('');
  }

  write(entry: LogEntry): void {
    this.entries.push(entry);
  }

  flush(): void {
    // Everything is there.
  }

  close(): void {
    // Nothing is open.
  }
}
