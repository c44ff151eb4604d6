import { describe, expect, test } from 'vitest';
import { WindowLedger } from './window-ledger.ts';

const OVERHEAD = 128;

describe('WindowLedger', () => {
  test('keeps the newest runs that fit the size', () => {
    const ledger = new WindowLedger<string>({ durationMs: 1000, sizeBytes: 300 });
    ledger.open('a', 0, { segment: 0 });
    expect(ledger.add(150 - OVERHEAD)).toBe(false);
    ledger.open('b', 40, { segment: 0 });
    expect(ledger.add(150 - OVERHEAD)).toBe(false);
    expect(ledger.oldest?.mark).toBe('a');
    ledger.open('c', 80, { segment: 0 });
    expect(ledger.add(1)).toBe(true);
    expect(ledger.points.map((point) => point.mark)).toEqual(['b', 'c']);
  });

  test('keeps nothing of a run that is too large, up to the next start', () => {
    const ledger = new WindowLedger<string>({ durationMs: 1000, sizeBytes: 300 });
    ledger.open('a', 0, { segment: 0 });
    expect(ledger.add(300 - OVERHEAD)).toBe(false);
    expect(ledger.add(0)).toBe(true);
    expect(ledger.oldest).toBeUndefined();
    expect(ledger.add(10_000)).toBe(false);
    ledger.open('b', 40, { segment: 0 });
    expect(ledger.add(300 - OVERHEAD)).toBe(false);
    expect(ledger.newest?.mark).toBe('b');
  });

  test('lets go of runs that began too long ago, never of the newest', () => {
    const ledger = new WindowLedger<string>({ durationMs: 100, sizeBytes: 10_000 });
    ledger.open('a', 0, { segment: 0 });
    ledger.open('b', 60, { segment: 0 });
    expect(ledger.advance(100)).toBe(false);
    expect(ledger.advance(101)).toBe(true);
    expect(ledger.points.map((point) => point.mark)).toEqual(['b']);
    expect(ledger.advance(100_000)).toBe(false);
    expect(ledger.newest?.mark).toBe('b');
  });

  test('keeps what the playlist shows, however long it is', () => {
    const ledger = new WindowLedger<string>({ durationMs: 100, sizeBytes: 10_000, keepsPlaylist: true });
    const start = (segment: number, firstSegmentInWindow: number): Parameters<typeof ledger.open>[2] => ({
      segment,
      segmentStart: { ntpUs: 0, targetDurationMs: 1000, partTargetMs: 200, discontinuitySequence: 0, firstSegmentInWindow },
    });
    ledger.open('a', 0, start(0, 0));
    ledger.open('within a', 500, { segment: 0 });
    ledger.open('b', 1000, start(1, 0));
    expect(ledger.advance(1000)).toBe(false);
    ledger.open('c', 2000, start(2, 1));
    expect(ledger.advance(2000)).toBe(true);
    expect(ledger.points.map((point) => point.mark)).toEqual(['b', 'c']);
  });
});
