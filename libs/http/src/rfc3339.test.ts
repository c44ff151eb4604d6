import { describe, expect, test } from 'vitest';
import { parseRfc3339, rfc3339 } from './rfc3339.ts';

const MONDAY_US = Date.UTC(2023, 0, 2, 3, 4, 5) * 1000;

describe('reading', () => {
  test.each([
    ['2023-01-02T03:04:05Z', MONDAY_US, 0],
    ['2023-01-02T03:04:05.000006Z', MONDAY_US + 6, 0],
    ['2023-01-02T03:04:05.123456789Z', MONDAY_US + 123_456, 0],
    ['2023-01-02T03:04:05,5Z', MONDAY_US + 500_000, 0],
    ['2023-01-02T3:04:05Z', MONDAY_US, 0],
    ['2023-01-02T05:34:05+02:30', MONDAY_US, 150],
    ['2023-01-01T22:04:05-05:00', MONDAY_US, -300],
    ['0050-02-28T00:00:00Z', new Date('0050-02-28T00:00:00Z').getTime() * 1000, 0],
  ])('%s', (text, wallUs, utcOffsetMinutes) => {
    expect(parseRfc3339(text)).toEqual({ wallUs, utcOffsetMinutes });
  });

  const LAYOUT = ' as "2006-01-02T15:04:05Z07:00": cannot parse ';

  test.each([
    ['', `${LAYOUT}"" as "2006"`],
    ['2023-1-02T03:04:05Z', `${LAYOUT}"1-02T03:04:05Z" as "01"`],
    ['2023-01-02 03:04:05Z', `${LAYOUT}" 03:04:05Z" as "T"`],
    ['2023-01-02T03:04:05', `${LAYOUT}"" as "Z07:00"`],
    ['2023-01-02T03:04:05é', `${LAYOUT}"\\xc3\\xa9" as "Z07:00"`],
    ['2023-13-02T03:04:05Z', ': month out of range'],
    ['2023-02-30T03:04:05Z', ': day out of range'],
    ['2023-01-02T24:04:05Z', ': hour out of range'],
    ['2023-01-02T03:60:05Z', ': minute out of range'],
    ['2023-01-02T03:04:60Z', ': second out of range'],
    ['2023-01-02T03:04:05+25:00', ': time zone offset hour out of range'],
    ['2023-01-02T03:04:05Zx', ': extra text: "x"'],
  ])('%s is refused', (text, problem) => {
    const quoted = `"${text.replaceAll('é', String.raw`\xc3\xa9`)}"`;
    expect(() => parseRfc3339(text)).toThrow(`parsing time ${quoted}${problem}`);
  });
});

test.each([0, 1, 6, 456, 999, 500_000, 999_999])('%i microseconds are written and read again', (us) => {
  const wallUs = MONDAY_US + us;
  expect(parseRfc3339(rfc3339(wallUs / 1000, 345))).toEqual({ wallUs, utcOffsetMinutes: 345 });
});
