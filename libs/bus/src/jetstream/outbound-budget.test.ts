import { expect, test } from 'vitest';
import { OutboundBudget } from './outbound-budget.ts';

const MARK_BYTES = 256 * 1024;

/** A broker that confirms, or breaks off, when told to. */
class Line {
  readonly flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];

  readonly flush = (): Promise<void> => new Promise((resolve, reject) => this.flushes.push({ resolve, reject }));
}

test('takes up to its limit, and again when the broker has confirmed', async () => {
  const line = new Line();
  const budget = new OutboundBudget(2 * MARK_BYTES, line.flush);
  expect(budget.take(MARK_BYTES - 1)).toBe(true);
  expect(line.flushes).toHaveLength(0);
  expect(budget.take(1)).toBe(true);
  expect(line.flushes).toHaveLength(1);
  expect(budget.take(MARK_BYTES)).toBe(true);
  expect(budget.take(1)).toBe(false);
  expect(budget.unflushedBytes).toBe(2 * MARK_BYTES);
  line.flushes[0]?.resolve();
  await Promise.resolve();
  expect(budget.unflushedBytes).toBe(MARK_BYTES);
  expect(budget.take(1)).toBe(true);
});

test('a message larger than the limit goes when the line is idle; a lost connection frees what was on it', async () => {
  const line = new Line();
  const budget = new OutboundBudget(1000, line.flush);
  expect(budget.take(10 * MARK_BYTES)).toBe(true);
  expect(budget.take(1)).toBe(false);
  line.flushes[0]?.reject(new Error('disconnected'));
  await Promise.resolve();
  expect(budget.unflushedBytes).toBe(0);
  expect(budget.take(1)).toBe(true);
});
