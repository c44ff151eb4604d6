import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLogLine, isoLocalTime, localTime } from './log-line.ts';
import { reconfigureLogging } from './configure-logging.ts';
import { Logging, MAX_LOG_MESSAGE_LENGTH } from './logger.ts';
import { MemorySink } from './memory-sink.ts';
import { openLogSinks } from './open-log-sinks.ts';
import { REDACT_CASES } from './redact.cases.ts';
import { redactSecrets } from './redact.ts';

const TIME_MS = new Date(2026, 7, 22, 10, 11, 12, 120).getTime();
const DEADLINE_MS = 5000;

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

  function openLogging(
    settings: { logDestinations: readonly ('file' | 'syslog')[]; logFile?: string; logStructured?: boolean },
    failures: string[] = [],
  ): Logging {
    const sinks = openLogSinks({ logFile: join(folder, 'x.log'), logStructured: false, sysLogPrefix: 'mediamtx', ...settings }, (reason) =>
      failures.push(reason),
    );
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
    /** In place of logger(1): keeps its arguments and what it is given. */
    function fakeLogger(script: string): void {
      writeFileSync(join(folder, 'logger'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'logger'), 0o755);
      const before = process.env['PATH'];
      process.env['PATH'] = `${folder}:${String(before)}`;
      ends.push(() => (process.env['PATH'] = before));
    }

    test('lines with facility daemon and their level as severity', async () => {
      const output = join(folder, 'syslog');
      fakeLogger(`echo "$@" > ${output}; cat >> ${output}`);
      const { logger } = openLogging({ logDestinations: ['syslog'] });
      logger.debug('d');
      logger.child('RTSP').info('i');
      logger.warn('w', 'first\nsecond');
      logger.error('e');
      const read = (): string => {
        try {
          return readFileSync(output, 'utf8');
        } catch {
          return '';
        }
      };
      const expected = '--prio-prefix --tag mediamtx\n<31>d\n<30>[RTSP] i\n<28>w: first\n<28>  second\n<27>e\n';
      await expect.poll(read, { timeout: DEADLINE_MS }).toBe(expected);
    });

    test('a system without a log is told once', async () => {
      fakeLogger('exit 1');
      const failures: string[] = [];
      const { logger } = openLogging({ logDestinations: ['syslog'] }, failures);
      await expect.poll(() => failures, { timeout: DEADLINE_MS }).toEqual(['syslog cannot be reached: logger ended with 1']);
      logger.info('into the void');
    });
  });
});
