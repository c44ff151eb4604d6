import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLogLine, isoLocalTime, localTime } from './log-line.ts';
import { reconfigureLogging } from './configure-logging.ts';
import { Logging, MAX_LOG_MESSAGE_LENGTH } from './logger.ts';
import { MemorySink } from './memory-sink.ts';
import { openLogSinks } from './open-log-sinks.ts';
import { REDACT_CASES } from './redact.cases.ts';
import { redactSecrets } from './redact.ts';
import { SyslogSink } from './syslog-sink.ts';

const TIME_MS = new Date(2026, 7, 22, 10, 11, 12, 120).getTime();
const DEADLINE_MS = 5000;

const SYSTEM_LOG = `
import json, socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
print('listens')
while True: print(json.dumps(log.recv(1000000).decode()))
`;

describe('log lines', () => {
  test.each([
    ['debug', '2026/08/22 10:11:12 DEB [RTSP] text\n'],
    ['info', '2026/08/22 10:11:12 INF [RTSP] text\n'],
    ['warn', '2026/08/22 10:11:12 WAR [RTSP] text\n'],
    ['error', '2026/08/22 10:11:12 ERR [RTSP] text\n'],
  ] as const)('plain, %s', (level, line) => {
    expect(formatLogLine({ timeMs: TIME_MS, level, message: '[RTSP] text' }, 'plain')).toBe(line);
  });

  test('coloured: the time and the level only', () => {
    expect(formatLogLine({ timeMs: TIME_MS, level: 'info', message: 'text' }, 'coloured')).toBe(
      '\u001b[90m2026/08/22 10:11:12\u001b[0m \u001b[32mINF\u001b[0m text\n',
    );
  });

  test('structured', () => {
    const line = formatLogLine({ timeMs: TIME_MS, level: 'error', message: 'a "quoted"\nline' }, 'structured');
    expect(line).toMatch(/^\{"timestamp":"2026-08-22T10:11:12\.12(Z|[+-]\d\d:\d\d)","level":"ERR","message":"a \\"quoted\\"\\nline"\}\n$/u);
    expect((JSON.parse(line) as { message: string }).message).toBe('a "quoted"\nline');
    expect(new Date((JSON.parse(line) as { timestamp: string }).timestamp).getTime()).toBe(TIME_MS);
  });

  test.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'])('times are local: %s', (zone) => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    try {
      const offsets: Record<string, string> = {
        UTC: 'Z',
        'Europe/Berlin': '+02:00',
        'Asia/Kolkata': '+05:30',
        'America/St_Johns': '-02:30',
      };
      const timeMs = new Date(2026, 6, 3, 4, 5, 6, 0).getTime();
      expect(localTime(timeMs)).toBe('2026/07/03 04:05:06');
      expect(isoLocalTime(timeMs)).toBe(`2026-07-03T04:05:06${String(offsets[zone])}`);
      expect(isoLocalTime(timeMs + 7)).toBe(`2026-07-03T04:05:06.007${String(offsets[zone])}`);
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

describe('redaction', () => {
  test.each(REDACT_CASES)('%s', (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  test('long hostile text costs no more than its length', () => {
    for (const piece of ['a://', 'pass=', 'read:a:', 'basic ', '"pass":"', 'aaaaaaaaaaaaaaaaaaaa', '://@']) {
      const text = piece.repeat(Math.ceil(MAX_LOG_MESSAGE_LENGTH / piece.length));
      expect(redactSecrets(text).length).toBeLessThanOrEqual(text.length * 2);
    }
  });
});

describe('Logger', () => {
  function open(level: 'debug' | 'info' | 'warn' | 'error' = 'debug'): { logging: Logging; sink: MemorySink } {
    const sink = new MemorySink();
    return { logging: new Logging({ level, sinks: [sink], nowMs: () => TIME_MS }), sink };
  }

  test('children add prefixes', () => {
    const { logging, sink } = open();
    logging.logger.child('RTSP').child('conn 1.2.3.4:5').info('opened');
    expect(sink.text).toBe('2026/08/22 10:11:12 INF [RTSP] [conn 1.2.3.4:5] opened\n');
  });

  test('the level holds for loggers that exist already', () => {
    const { logging, sink } = open('info');
    const child = logging.logger.child('x');
    const all = (): void => {
      child.debug('d');
      child.info('i');
      child.warn('w');
      child.error('e');
    };
    all();
    logging.setLevel('error');
    all();
    expect([child.isEnabled('warn'), child.isEnabled('error'), logging.level]).toEqual([false, true, 'error']);
    logging.setLevel('debug');
    all();
    expect(sink.entries.map(({ level }) => level)).toEqual(['info', 'warn', 'error', 'error', 'debug', 'info', 'warn', 'error']);
  });

  test('sinks can be changed, the old ones are closed', () => {
    const { logging, sink } = open();
    const next = new MemorySink();
    let closed = 0;
    sink.close = () => closed++;
    logging.setSinks([next]);
    logging.logger.info('after');
    expect([closed, sink.entries.length, next.entries.length]).toEqual([1, 0, 1]);
  });

  test('what clients send cannot forge lines, drive a terminal, carry secrets or fill the disk', () => {
    const { logging, sink } = open();
    logging.logger.child('conn \n').info('a\r\n2026/08/22 10:11:12 ERR forged\u001b[31m\t\u0085\u2028');
    logging.logger.info('rtsp://u:p@h/');
    logging.logger.info('x'.repeat(MAX_LOG_MESSAGE_LENGTH + 1));
    expect(sink.entries[0]?.message).toBe('[conn \\n] a\\r\\n2026/08/22 10:11:12 ERR forged\\u001b[31m\\t\\u0085\\u2028');
    expect(sink.entries[1]?.message).toBe('rtsp://***@h/');
    expect(sink.entries[2]?.message).toBe(`${'x'.repeat(MAX_LOG_MESSAGE_LENGTH)}...`);
  });

  test('an error adds its stack and causes, without secrets', () => {
    const { logging, sink } = open();
    logging.logger.error('failed', new Error('outer', { cause: new TypeError('rtsp://u:p@h/') }));
    logging.logger.error('failed', 'no error object');
    expect(sink.entries[0]?.message).toMatch(/^failed: Error: outer\n {6}at .*\n {2}caused by: TypeError: rtsp:\/\/\*\*\*@h\/\n {6}at /su);
    expect(sink.entries[1]?.message).toBe('failed: no error object');
  });
});

describe('destinations', () => {
  let folder = '';
  const ends: (() => void)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mediamesh-log-'));
  });
  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
    rmSync(folder, { recursive: true });
  });

  function openLogging(settings: { logDestinations: readonly 'file'[]; logFile?: string; logStructured?: boolean }): Logging {
    const sinks = openLogSinks({ logFile: join(folder, 'x.log'), logStructured: false, sysLogPrefix: 'mediamtx', ...settings }, () => {});
    const logging = new Logging({ level: 'debug', sinks, nowMs: () => TIME_MS });
    ends.push(() => logging.close());
    return logging;
  }

  test('after a change, a destination that cannot be opened is logged, and those so far stay', () => {
    const sink = new MemorySink();
    const logging = new Logging({ level: 'info', sinks: [sink] });
    const settings = { logLevel: 'debug', logDestinations: ['file'], logStructured: false, sysLogPrefix: 'mediamtx' } as const;
    reconfigureLogging(logging, { ...settings, logFile: join(folder, 'none', 'x.log') });
    logging.logger.info('goes on');
    expect(sink.entries.map(({ level }) => level)).toEqual(['error', 'info']);
    expect(sink.text).toContain("the log's destinations stay as they are: ENOENT");
    reconfigureLogging(logging, { ...settings, logFile: join(folder, 'now.log') });
    logging.logger.debug('in the file');
    logging.close();
    expect(readFileSync(join(folder, 'now.log'), 'utf8')).toContain('DEB in the file');
  });

  test('a file is made with mode 0644, and appended to', () => {
    const logFile = join(folder, 'x.log');
    const before = process.umask(0o022);
    ends.push(() => void process.umask(before));
    const first = openLogging({ logDestinations: ['file', 'file'], logFile });
    first.logger.info('one');
    first.close();
    openLogging({ logDestinations: ['file'], logFile, logStructured: true }).logger.warn('two');
    expect(statSync(logFile).mode & 0o777).toBe(0o644);
    expect(readFileSync(logFile, 'utf8')).toMatch(/^2026\/08\/22 10:11:12 INF one\n\{"timestamp":".*","level":"WAR","message":"two"\}\n$/u);
  });

  test('a file that cannot be opened is an error', () => {
    expect(() => openLogging({ logDestinations: ['file'], logFile: join(folder, 'missing', 'x.log') })).toThrow('ENOENT');
  });

  test('a full disk ends nothing: not a line, not the flush, not the close', () => {
    const logging = openLogging({ logDestinations: ['file'], logFile: '/dev/full' });
    for (let i = 0; i < 100_000; i++) logging.logger.info('this line is for the bit bucket');
    logging.flush();
    logging.close();
    logging.logger.info('closed');
  });

  test('a pipe that nobody reads ends nothing, and what was dropped is confessed', async () => {
    const { execFileSync } = await import('node:child_process');
    const { DescriptorSink } = await import('./descriptor-sink.ts');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { constants } = await import('node:fs');
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(pipe, 'w');
    const sink = DescriptorSink.descriptor(writer, 'plain');
    ends.push(() => {
      sink.close();
      closeSync(writer);
    });
    const total = 100_000;
    for (let i = 0; i < total; i++) sink.write({ timeMs: TIME_MS, level: 'info', message: String(i) });
    const { readSync } = await import('node:fs');
    let text = '';
    const read = (): string => {
      const chunk = Buffer.alloc(65_536);
      try {
        text += chunk.toString('latin1', 0, readSync(reader, chunk));
      } catch {
        // Nothing is there now.
      }
      return text;
    };
    await expect.poll(read, { timeout: DEADLINE_MS, interval: 1 }).toContain('log lines were dropped');
    const lines = text.trimEnd().split('\n');
    const dropped = Number(/WAR (\d+) log lines/u.exec(lines.at(-1) ?? '')?.[1]);
    expect(lines.length - 1 + dropped).toBe(total);
    expect(lines.slice(0, -1).every((line, i) => line === `2026/08/22 10:11:12 INF ${i}`)).toBe(true);
    closeSync(reader);
    for (let i = 0; i < 10; i++) sink.write({ timeMs: TIME_MS, level: 'info', message: 'nobody reads' });
    sink.flush();
  });

  describe('syslog', () => {
    /** The socket of a system's log, and the datagrams that came: Node has none of that kind. */
    async function systemLog(): Promise<{ readonly path: string; readonly received: readonly string[] }> {
      const path = join(folder, 'log');
      const child = spawn('python3', ['-u', '-c', SYSTEM_LOG, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      ends.push(() => void child.kill());
      const received: string[] = [];
      const lines = createInterface(child.stdout);
      await once(lines, 'line'); // it listens
      lines.on('line', (line) => received.push(JSON.parse(line)));
      return { path, received };
    }

    function logTo(sockets: readonly string[], failures: string[] = []): Logging {
      const sink = SyslogSink.open('my-router', (reason) => failures.push(reason), sockets);
      const logging = new Logging({ level: 'debug', sinks: [sink] });
      ends.push(() => logging.close());
      return logging;
    }

    test('a datagram a line, with facility daemon, the level as severity, and the prefix as program', async () => {
      const { path, received } = await systemLog();
      const { logger } = logTo([join(folder, 'none'), path]);
      logger.debug('d');
      logger.child('RTSP').info('i');
      logger.warn('w', 'first\nsecond');
      logger.error('x'.repeat(MAX_LOG_MESSAGE_LENGTH));
      const expected = [
        [31, 'd'],
        [30, '[RTSP] i'],
        [28, 'w: first'],
        [28, '  second'],
        [27, 'x'.repeat(MAX_LOG_MESSAGE_LENGTH)],
      ];
      await expect.poll(() => received.length, { timeout: DEADLINE_MS }).toBe(expected.length);
      const parts = received.map((line) => /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d my-router\[(\d+)\]: (.*)$/su.exec(line));
      expect(parts.map((part) => [Number(part?.[1]), part?.[3]])).toEqual(expected);
      expect(new Set(parts.map((part) => Number(part?.[2])))).toEqual(new Set([process.pid]));
    });

    test('without a log of the system, there is an error that says where it was looked for', () => {
      expect(() => logTo([join(folder, 'none')])).toThrow(`there is no syslog (looked for ${join(folder, 'none')})`);
    });

    test('when it cannot be reached any more, that is told once', async () => {
      const logger = join(folder, 'logger');
      writeFileSync(logger, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const before = process.env['PATH'];
      process.env['PATH'] = `${folder}:${String(before)}`;
      ends.push(() => (process.env['PATH'] = before));
      const failures: string[] = [];
      const logging = logTo([logger], failures);
      await expect.poll(() => failures, { timeout: DEADLINE_MS }).toEqual(['syslog cannot be reached: logger ended with 1']);
      logging.logger.info('into the void');
    });
  });
});
