import { Logging, MemorySink } from '@mediamesh/platform';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InboundLog } from './publishing.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what a session loses is said once a second, and not after its end', () => {
  const sink = new MemorySink();
  const log = new InboundLog(new Logging({ level: 'info', sinks: [sink] }).logger);
  log.lost(1);
  log.lost(2);
  vi.advanceTimersByTime(1_000);
  expect(sink.text).toContain('WAR 3 RTP packets lost');

  log.lost(5);
  log.undecodable(new Error('too short'));
  log.withoutAbsoluteTime();
  log.stop();
  vi.advanceTimersByTime(10_000);
  expect(sink.entries).toHaveLength(1);
});
