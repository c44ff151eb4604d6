import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { formatLogLine } from './log-line.ts';
import type { LogEntry, LogForm } from './log-line.ts';

/** Where log lines go. Neither method ever throws: logging must not end a stream. */
export interface LogSink {
  write(entry: LogEntry): void;
  /** Writes what waits, without the event loop: the process may end afterwards. */
  flush(): void;
  close(): void;
}

/** Lines that wait for a stalled pipe or a full disk; later ones are dropped and counted. */
export const MAX_WAITING_LOG_BYTES = 1024 * 1024;
/** `process.stdout` would cost start-up time, and writes as it likes. */
const STDOUT_FD = 1;
const RETRY_MS = 20;
/** How long the end of the process waits for a reader of our output that takes nothing. */
const MAX_FLUSH_STALL_MS = 2000;
const FLUSH_PAUSE_MS = 5;

/**
 * Lines to a file descriptor, each in its own system call.
 * Pipes are written without blocking, so that a stalled reader of our output never stalls media.
 */
export class DescriptorSink implements LogSink {
  readonly #fd: number;
  readonly #owned: boolean;
  readonly #form: LogForm;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(fd: number, owned: boolean, form: LogForm) {
    this.#fd = fd;
    this.#owned = owned;
    this.#form = form;
  }

  static stdout(structured: boolean): DescriptorSink {
    const form = structured ? 'structured' : isatty(STDOUT_FD) ? 'coloured' : 'plain';
    return DescriptorSink.descriptor(STDOUT_FD, form);
  }

  /** Of a descriptor that stays the caller's. */
  static descriptor(fd: number, form: LogForm): DescriptorSink {
    const pipe = openPipeAgain(fd);
    return pipe === undefined ? new DescriptorSink(fd, false, form) : new DescriptorSink(pipe, true, form);
  }

  /** Appends. @throws Error of node:fs when it cannot be opened: fatal at start, as in MediaMTX. */
  static file(path: string, structured: boolean): DescriptorSink {
    return new DescriptorSink(openSync(path, 'a', 0o644), true, structured ? 'structured' : 'plain');
  }

  write(entry: LogEntry): void {
    if (this.#closed) return;
    const line = Buffer.from(formatLogLine(entry, this.#form));
    if (this.#waitingBytes + line.length > MAX_WAITING_LOG_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#timer === undefined) this.#writeWaiting();
  }

  flush(): void {
    let stalledSinceMs: number | undefined;
    while (!this.#closed && this.#waiting.length > 0) {
      const failure = this.#tryWrite();
      if (failure === undefined) {
        stalledSinceMs = undefined;
        continue;
      }
      stalledSinceMs ??= Date.now();
      if (failure !== 'EAGAIN' || Date.now() - stalledSinceMs >= MAX_FLUSH_STALL_MS) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FLUSH_PAUSE_MS);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#end();
  }

  #writeWaiting(): void {
    this.#timer = undefined;
    while (!this.#closed && this.#waiting.length > 0) {
      const failure = this.#tryWrite();
      if (failure === undefined) continue;
      if (failure === 'EPIPE' || failure === 'EBADF') {
        this.#end();
        return;
      }
      // A stalled reader or a full disk may recover.
      this.#timer = setTimeout(() => this.#writeWaiting(), RETRY_MS).unref();
      return;
    }
    if (this.#dropped > 0) this.#confessDropped();
  }

  #confessDropped(): void {
    const message = `${this.#dropped} log lines were dropped: this destination was full or too slow`;
    this.#dropped = 0;
    this.write({ timeMs: Date.now(), level: 'warn', message });
  }

  /** Writes of the first line what goes; returns the error's code. */
  #tryWrite(): string | undefined {
    const line = this.#waiting[0];
    if (line === undefined) return undefined;
    let written: number;
    try {
      written = writeSync(this.#fd, line);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    }
    this.#waitingBytes -= written;
    if (written < line.length) this.#waiting[0] = line.subarray(written);
    else this.#waiting.shift();
    return undefined;
  }

  #end(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    if (!this.#owned) return;
    try {
      closeSync(this.#fd);
    } catch {
      // It is closed already, and there is nobody to tell.
    }
  }
}

/**
 * A descriptor of the same pipe that does not block; setting the flag on the inherited one would change it for other processes too.
 * Undefined for anything but a pipe, and where /proc is missing.
 */
function openPipeAgain(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO()) return undefined;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
