import { describe, expect, test } from 'vitest';
import { CookieJar, MAX_COOKIES, MAX_COOKIE_CHARACTERS } from './cookie-jar.ts';

const PLAIN = new URL('http://host/a');
const SECURE = new URL('https://host/a');

describe('cookies', () => {
  test.each<[name: string, set: readonly string[], to: URL, header: string | undefined]>([
    ['are sent again', ['a=1; HttpOnly', 'b=2'], PLAIN, 'a=1; b=2'],
    ['are replaced', ['a=1', 'a=2'], PLAIN, 'a=2'],
    ['go to their host only', ['a=1'], new URL('http://other/'), undefined],
    ['that are secure go over TLS only', ['a=1; Path=/; Secure', 'b=2'], PLAIN, 'b=2'],
    ['that are secure go over TLS', ['a=1; Secure'], SECURE, 'a=1'],
    ['that are none are left out', ['', '=1', 'x'], PLAIN, undefined],
    ['that are too long are left out', [`a=${'1'.repeat(MAX_COOKIE_CHARACTERS - 1)}`, 'b=2'], PLAIN, 'b=2'],
  ])('%s', (_name, set, to, header) => {
    const jar = new CookieJar();
    jar.store(PLAIN, set);
    expect(jar.headerFor(to)).toBe(header);
  });

  test('beyond the limit are not kept; those that are there still change', () => {
    const jar = new CookieJar();
    for (let count = 0; count <= MAX_COOKIES; count++) jar.store(PLAIN, [`c${count}=1`]);
    jar.store(PLAIN, ['c0=2']);
    const sent = jar.headerFor(PLAIN)!.split('; ');
    expect(sent).toHaveLength(MAX_COOKIES);
    expect(sent[0]).toBe('c0=2');
  });
});
