import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { MAX_WAITING_LOG_BYTES } from './descriptor-sink.ts';
import type { LogSink } from './descriptor-sink.ts';
import type { LogEntry, LogLevel } from './log-line.ts';

/** Facility daemon (3 << 3) and the severity. Source: RFC 5424 6.2.1. */
const PRIORITIES: Record<LogLevel, number> = { debug: 31, info: 30, warn: 28, error: 27 };

/** logger(1) cuts lines at 1 KiB otherwise; one of ours has at most 16 Ki characters. */
const MAX_LINE_BYTES = 64 * 1024;

/** Where systems have their log, as Go's log/syslog looks for it. */
const SOCKETS: readonly string[] = ['/dev/log', '/var/run/syslog', '/var/run/log'];

/**
 * The system's log. Node has no datagram sockets of the unix family, which /dev/log is,
 * so lines go through logger(1) of util-linux, which every Linux with a syslog has.
 */
export class SyslogSink implements LogSink {
  readonly #child: ChildProcessByStdio<Writable, null, null>;
  #closed = false;

  private constructor(child: ChildProcessByStdio<Writable, null, null>) {
    this.#child = child;
  }

  /**
   * `failed` hears once when the system's log cannot be reached any more.
   * @throws Error when there is none: fatal at start, as in MediaMTX.
   */
  static open(tag: string, failed: (reason: string) => void, sockets = SOCKETS): SyslogSink {
    if (process.platform !== 'linux') throw new Error('logDestinations: syslog is possible on Linux only');
    const socket = sockets.find((path) => existsSync(path));
    if (socket === undefined) throw new Error(`logDestinations: there is no syslog (looked for ${sockets.join(', ')})`);
    const args = ['--socket', socket, '--prio-prefix', '--tag', tag, `--id=${process.pid}`, '--size', String(MAX_LINE_BYTES)];
    const child = spawn('logger', args, { stdio: ['pipe', 'ignore', 'ignore'] });
    const sink = new SyslogSink(child);
    child.once('error', (error) => sink.#fail(failed, error.message));
    child.once('exit', (code) => sink.#fail(failed, `logger ended with ${String(code)}`));
    child.stdin.on('error', () => undefined);
    child.unref();
    return sink;
  }

  write(entry: LogEntry): void {
    if (this.#closed || this.#child.stdin.writableLength > MAX_WAITING_LOG_BYTES) return;
    const priority = `<${PRIORITIES[entry.level]}>`;
    this.#child.stdin.write(`${priority}${entry.message.replaceAll('\n', `\n${priority}`)}\n`);
  }

  flush(): void {
    // Pipes to children are written at once, as long as the child reads.
  }

  close(): void {
    this.#closed = true;
    this.#child.stdin.end();
  }

  #fail(failed: (reason: string) => void, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    failed(`syslog cannot be reached: ${reason}`);
  }
}
