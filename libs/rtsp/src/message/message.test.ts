import { ParseError, bytesFromLatin1, latin1FromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { RtspHeaders } from './headers.ts';
import { parseHead, serializeRequest, serializeResponse } from './message.ts';
import { parseRtspUrl, queryParameter, requestUri, serializeRtspUrl } from './url.ts';

describe('messages', () => {
  test('a request with a body gets its length', () => {
    const headers = new RtspHeaders().add('CSeq', '1').add('X', 'a\r\nInjected: 1');
    const bytes = serializeRequest({ method: 'ANNOUNCE', url: 'rtsp://h/p', headers, body: bytesFromLatin1('v=0') });
    expect(latin1FromBytes(bytes)).toBe('ANNOUNCE rtsp://h/p RTSP/1.0\r\nCSeq: 1\r\nX: a Injected: 1\r\nContent-Length: 3\r\n\r\nv=0');
  });

  test('a response', () => {
    const bytes = serializeResponse({ status: 454, headers: new RtspHeaders().add('CSeq', '1'), body: new Uint8Array(0) });
    expect(latin1FromBytes(bytes)).toBe('RTSP/1.0 454 Session Not Found\r\nCSeq: 1\r\n\r\n');
    expect(parseHead(bytes)).toMatchObject({ kind: 'response', message: { status: 454 } });
  });

  test('header names have no case, and repeated ones are kept', () => {
    const { message } = parseHead(bytesFromLatin1('OPTIONS * RTSP/1.0\r\ncseq: 1\r\nWWW-Authenticate: a\r\nwww-authenticate:b\r\n\r\n'));
    expect(message.headers.get('CSeq')).toBe('1');
    expect(message.headers.all('www-Authenticate')).toEqual(['a', 'b']);
    expect(message.headers.single('WWW-Authenticate')).toBeUndefined();
  });
});

describe('URLs', () => {
  const READ: readonly (readonly [text: string, url: object])[] = [
    ['rtsp://h:8554/a/b?c=d&e', { scheme: 'rtsp', host: 'h:8554', path: '/a/b', query: 'c=d&e' }],
    ['RTSPS://h', { scheme: 'rtsps', host: 'h', path: '', query: '' }],
    [
      'rtsp://us%40er:p%3Aw:x@[::1]:554/%C3%A9%20',
      { user: 'us@er', password: 'p:w:x', host: '[::1]:554', path: '/é ', rawPath: '/%C3%A9%20' },
    ],
    ['rtsp://user@h/', { user: 'user', host: 'h', path: '/' }],
    ['rtsp://h/p?a=1/trackID=0', { path: '/p', query: 'a=1/trackID=0' }],
    ['rtsp://u:p@ss@h/x', { user: 'u', password: 'p@ss', host: 'h' }],
  ];
  test.each(READ)('%s', (text, url) => expect(parseRtspUrl(text)).toMatchObject(url));

  test.each(['http://h/p', 'rtsp:/h/p', '*', '', 'rtsp://h/p#f', 'rtsp://h/%', 'rtsp://h/%ff', 'rtsp://h/a b', 'rtsp://h/\x7f'])(
    'refuses %j',
    (text) => expect(() => parseRtspUrl(text)).toThrow(ParseError),
  );

  test('are written without credentials', () => {
    const url = parseRtspUrl('rtsp://u:p@h/%20a?q');
    expect(serializeRtspUrl(url)).toBe('rtsp://h/%20a?q');
    expect(requestUri(url)).toBe('/%20a?q');
  });

  test('a query parameter counts only when it is there once', () => {
    expect(queryParameter('a=1&token=x%20y+z', 'token')).toBe('x y z');
    expect(queryParameter('token=x&token=y', 'token')).toBeUndefined();
    expect(queryParameter('tokens=x', 'token')).toBeUndefined();
    expect(queryParameter('token', 'token')).toBe('');
  });
});
