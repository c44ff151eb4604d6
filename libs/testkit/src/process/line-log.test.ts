import { expect, test } from 'vitest';
import { LineLog } from './line-log.ts';

test('lines come out of any chunking, of several streams at once', () => {
  const log = new LineLog();
  const [one, two] = [log.writer(), log.writer('two: ')];
  const text = Buffer.from('first é\r\nsecond\nrest');
  for (const byte of text) {
    one(Buffer.of(byte));
    if (byte === 0x73) two(Buffer.from('x\n'));
  }
  expect(log.lines).toEqual(['two: x', 'first é', 'two: x', 'second', 'two: x']);
});

test('waits for the n-th line, old ones included', async () => {
  const log = new LineLog();
  log.add('hit 1');
  const third = log.waitForLine(/hit/, { count: 3 });
  for (const line of ['miss', 'hit 2', 'hit 3', 'hit 4']) log.add(line);
  expect(await third).toBe('hit 3');
  expect(await log.waitForLine(/hit/)).toBe('hit 1');
});

test('says what did not come, and what came', async () => {
  const log = new LineLog();
  log.add('something else');
  await expect(log.waitForLine(/never/, { deadlineMs: 5 })).rejects.toThrow(/\/never\/.*\nsomething else/s);
});
