import { expect, test } from 'vitest';
import { parseSessionUrl, serializeSessionUrl } from './session-url.ts';

const SECRET = '0f1d9a52-51f3-4c6f-8d8c-5f1a4a6f2b10';

test.each([
  [SECRET, { secret: SECRET, instance: undefined }],
  [`${SECRET}.webrtc-1f0c9a2b`, { secret: SECRET, instance: 'webrtc-1f0c9a2b' }],
  [`${SECRET}.${'i'.repeat(64)}`, { secret: SECRET, instance: 'i'.repeat(64) }],
])('%s names a session', (text, url) => {
  expect(parseSessionUrl(text)).toEqual(url);
  expect(serializeSessionUrl(url)).toBe(text);
});

test('the case of the secret does not matter', () => {
  expect(parseSessionUrl(SECRET.toUpperCase())?.secret).toBe(SECRET);
});

test.each([
  '',
  'none',
  `${SECRET}.`,
  `${SECRET}.a.b`,
  `${SECRET}.>`,
  `${SECRET}.*`,
  `${SECRET}.a b`,
  `${SECRET}.${'i'.repeat(65)}`,
  `x${SECRET}`,
  `${SECRET}/x`,
])('%s does not', (text) => {
  expect(parseSessionUrl(text)).toBeUndefined();
});
