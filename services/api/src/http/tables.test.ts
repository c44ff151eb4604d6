import { AllowedOrigins, MAX_ORIGIN_LENGTH, clientIpOf, credentialsOf, goJson, isSameOrigin, parseTarget, rfc3339 } from '@mediamesh/http';
import { describe, expect, test } from 'vitest';
import { ControlError } from '@mediamesh/contracts';
import { TrustedNetworks } from '@mediamesh/net';
import { ApiError, apiErrorOf } from './api-error.ts';
import { paginate, parsePage } from './paginate.ts';
import { parseUuid } from './parameters.ts';
import { Router } from './router.ts';

describe('pages', () => {
  const syntax = (text: string): string => `strconv.ParseUint: parsing "${text}": invalid syntax`;

  test.each([
    [{}, { itemsPerPage: 100, page: 0 }],
    [
      { itemsPerPage: '', page: '' },
      { itemsPerPage: 100, page: 0 },
    ],
    [
      { itemsPerPage: '7', page: '03' },
      { itemsPerPage: 7, page: 3 },
    ],
    [
      { itemsPerPage: '2147483647', page: '2147483647' },
      { itemsPerPage: 2147483647, page: 2147483647 },
    ],
    [{ itemsPerPage: '0' }, 'invalid items per page'],
    [{ itemsPerPage: '-1' }, syntax('-1')],
    [{ page: '+1' }, syntax('+1')],
    [{ page: '1.5' }, syntax('1.5')],
    [{ page: '1e3' }, syntax('1e3')],
    [{ page: ' 1' }, syntax(' 1')],
    [{ page: '١' }, syntax('١')],
    [{ page: '2147483648' }, 'strconv.ParseUint: parsing "2147483648": value out of range'],
    [{ itemsPerPage: '9'.repeat(400) }, `strconv.ParseUint: parsing "${'9'.repeat(400)}": value out of range`],
  ] as const)('%j', (query, expected) => {
    if (typeof expected === 'string') expect(() => parsePage(query)).toThrow(new ApiError(400, expected));
    else expect(parsePage(query)).toEqual(expected);
  });

  test.each([
    [0, 100, 0, 0, []],
    [5, 2, 0, 3, [0, 1]],
    [5, 2, 2, 3, [4]],
    [5, 2, 3, 3, []],
    [4, 2, 1, 2, [2, 3]],
    [4, 2147483647, 2147483647, 1, []],
  ])('%i items, %i a page, page %i', (count, itemsPerPage, page, pageCount, items) => {
    const all = Array.from({ length: count }, (_, index) => index);
    expect(paginate(all, { itemsPerPage, page })).toEqual({ itemCount: count, pageCount, items });
  });
});

describe('UUIDs', () => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';

  test.each([uuid, uuid.toUpperCase(), `{${uuid}}`, `urn:uuid:${uuid}`, uuid.replaceAll('-', '')])('%s', (text) => {
    expect(parseUuid(text)).toBe(uuid);
  });

  test.each([
    ['', 'invalid UUID length: 0'],
    [uuid.slice(1), 'invalid UUID length: 35'],
    [`${uuid}0`, 'invalid UUID length: 37'],
    [uuid.replace('0', 'g'), 'invalid UUID format'],
    [`0${uuid.slice(0, 8)}${uuid.slice(9)}`, 'invalid UUID format'],
    [`urn:uuie:${uuid}`, 'invalid urn prefix: "urn:uuie:"'],
  ])('not %s', (text, problem) => {
    expect(() => parseUuid(text)).toThrow(new ApiError(400, problem));
  });
});

describe('origins', () => {
  test.each([
    [['*'], undefined, '*'],
    [['*'], 'https://a.com', '*'],
    [['*'], 'null', '*'],
    [['*'], 'nonsense', undefined],
    [['*'], `https://${'a'.repeat(MAX_ORIGIN_LENGTH)}`, undefined],
    [[], 'https://a.com', undefined],
    [['https://a.com'], undefined, undefined],
    [['https://a.com'], 'https://a.com', 'https://a.com'],
    [['*', 'https://a.com'], 'https://a.com', 'https://a.com'],
    [['https://a.com:443'], 'https://a.com', 'https://a.com'],
    [['http://a.com'], 'http://a.com:80', 'http://a.com:80'],
    [['https://a.com'], 'http://a.com', undefined],
    [['https://a.com'], 'https://a.com:8443', undefined],
    [['https://*.a.com'], 'https://b.c.a.com', 'https://b.c.a.com'],
    [['https://*.a.com'], 'http://a.com', 'http://a.com'],
    [['https://*.a.com'], 'https://ba.com', undefined],
    [['https://*.a.com'], 'https://axcom', undefined],
    [['http://*:3000'], 'http://x.y:3000', 'http://x.y:3000'],
    [['http://*:3000'], 'http://x.y:3001', undefined],
  ])('%j allows %s: %s', (entries, origin, allowed) => {
    expect(new AllowedOrigins(entries).allow(origin)).toBe(allowed);
  });

  test.each([
    ['http://a:9997', 'a:9997', true],
    ['http://A', 'a', true],
    ['https://a', 'a:443', true],
    ['http://[::1]:9997', '[::1]:9997', true],
    ['http://a', 'a:9997', false],
    ['http://b', 'a', false],
    ['null', 'a', false],
    ['http://a', '', false],
  ])('%s and host %s', (origin, host, same) => {
    expect(isSameOrigin(origin, host)).toBe(same);
  });
});

describe('clients behind proxies', () => {
  const trusted = new TrustedNetworks(['10.0.0.0/8', '::1']);

  test.each([
    [undefined, '1.1.1.1', ''],
    ['::ffff:192.168.0.1', undefined, '192.168.0.1'],
    ['192.168.0.1', '1.1.1.1', '192.168.0.1'],
    ['10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['::ffff:10.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['10.0.0.1', '2.2.2.2, 1.1.1.1', '1.1.1.1'],
    ['10.0.0.1', '1.1.1.1,10.0.0.2 , 10.0.0.3', '1.1.1.1'],
    ['10.0.0.1', '10.0.0.9, 10.0.0.2', '10.0.0.9'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1, nonsense', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['::1', '2001:db8::1', '2001:db8::1'],
  ])('peer %s, header %s', (peer, header, client) => {
    expect(clientIpOf(peer, header, trusted)).toBe(client);
  });
});

describe('credentials', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test.each([
    [undefined, '', '', ''],
    ['', '', '', ''],
    [`Basic ${base64('u:p')}`, 'u', 'p', ''],
    [`Basic ${base64('ü:p:q')}`, 'ü', 'p:q', ''],
    [`Basic ${base64('nocolon')}`, '', '', ''],
    ['Basic !', '', '', ''],
    ['Bearer abc', '', '', 'abc'],
    ['Bearer u:p', 'u', 'p', ''],
    ['Bearer u:p:q', '', '', 'u:p:q'],
    ['Digest username="u"', '', '', ''],
  ])('%s', (header, user, pass, token) => {
    expect(credentialsOf(header)).toEqual({ user, pass, token });
  });
});

describe('requests', () => {
  test.each([
    ['/a%2Fb/%C3%BC', '/a/b/ü'],
    ['/%FF', '/\ufffd'],
    ['/a+b', '/a+b'],
    ['/', '/'],
    ['', undefined],
    ['*', undefined],
    ['http://a/b', undefined],
    ['/%', undefined],
    ['/%g0', undefined],
  ])('path of %s', (target, path) => {
    expect(parseTarget(target)?.path).toBe(path);
  });

  test('query: the first value of a key', () => {
    expect(parseTarget('/?page=1&page=2&__proto__=x&q=a%20b+c')).toMatchObject({
      rawQuery: 'page=1&page=2&__proto__=x&q=a%20b+c',
      query: { page: '1', q: 'a b c' },
    });
  });

  test.each([
    ['GET', '/v3/paths/list', 'list', {}],
    ['GET', '/v3/paths/get/a/b', 'get', { name: 'a/b' }],
    ['GET', '/v3/paths/get/', 'get', { name: '' }],
    ['GET', '/v3/paths/get', undefined, {}],
    ['POST', '/v3/paths/list', undefined, {}],
    ['POST', '/v3/x/kick/7', 'kick', { list: 'x', id: '7' }],
    ['POST', '/v3/x/kick/', undefined, {}],
    ['POST', '/v3/x/kick/7/8', undefined, {}],
    ['PATCH', '/any/thing', 'any', {}],
  ])('%s %s', (method, path, name, params) => {
    const router = new Router();
    const named = (): void => {};
    const handlers = { list: () => named(), get: () => named(), kick: () => named(), any: () => named() };
    router.get('/v3/paths/list', handlers.list);
    router.get('/v3/paths/get/*name', handlers.get);
    router.post('/v3/:list/kick/:id', handlers.kick);
    router.all('/any/thing', handlers.any);
    const found = router.find(method, path);
    expect(Object.entries(handlers).find(([, handler]) => handler === found?.handler)?.[0]).toBe(name);
    expect(found?.params ?? {}).toEqual(params);
  });
});

describe('texts as Go writes them', () => {
  test('JSON', () => {
    expect(goJson({ a: '<b>&\u2028\u2029"ü/' })).toBe('{"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029\\"ü/"}');
  });

  test.each([
    [Date.UTC(2026, 7, 22, 10, 11, 12), ''],
    [Date.UTC(2026, 7, 22, 10, 11, 12, 120), '.12'],
    [Date.UTC(2026, 7, 22, 10, 11, 12, 5) + 0.25, '.00525'],
  ])('time %d', (ms, fraction) => {
    const text = rfc3339(ms);
    const [, seconds, shown, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
    expect(shown ?? '').toBe(fraction);
    expect(Date.parse(`${seconds}${zone}`)).toBe(Math.floor(ms / 1000) * 1000);
    expect(zone === 'Z').toBe(new Date(ms).getTimezoneOffset() === 0);
  });
});

test.each([
  ['UNAVAILABLE', 503, 'why'],
  ['NOT_LEADER', 503, 'why'],
  ['TERMINATED', 500, 'terminated'],
] as const)('control says %s', (code, status, message) => {
  expect(apiErrorOf(new ControlError(code, 'why'))).toMatchObject({ status, message });
});
