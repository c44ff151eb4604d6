import { EMPTY_BYTES, bytesFromUtf8 } from '@mediamesh/bytes';
import { expect, test } from 'vitest';
import { RtspHeaders } from './headers.ts';
import { requestText, responseText } from './message-text.ts';

const headersOf = (entries: Record<string, string>): RtspHeaders => {
  const headers = new RtspHeaders();
  for (const [name, value] of Object.entries(entries)) headers.add(name, value);
  return headers;
};
const request = (url: string, headers: Record<string, string> = {}) =>
  requestText({ method: 'DESCRIBE', url, headers: headersOf(headers), body: EMPTY_BYTES });

test.each([
  ['as it is', request('rtsp://h/cam?x=1', { CSeq: '1' }), 'DESCRIBE rtsp://h/cam?x=1 RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
  ['without the user of the URL', request('rtsp://user:secret@h/cam'), 'DESCRIBE rtsp://h/cam RTSP/1.0\r\n\r\n'],
  [
    'without the credentials of the query',
    request('rtsp://h/cam?user=u&pass=secret&x=1&jwt=secret'),
    'DESCRIBE rtsp://h/cam?user=u&pass=***&x=1&jwt=*** RTSP/1.0\r\n\r\n',
  ],
  ['without Basic', request('*', { authorization: 'Basic dXNlcjpwYXNz' }), 'DESCRIBE * RTSP/1.0\r\nauthorization: ***\r\n\r\n'],
  [
    'without Digest',
    request('*', { Authorization: 'Digest username="u", response="5ec4e7"' }),
    'DESCRIBE * RTSP/1.0\r\nAuthorization: ***\r\n\r\n',
  ],
  ['without keys', request('*', { KeyMgmt: 'prot=mikey;data="c2VjcmV0"' }), 'DESCRIBE * RTSP/1.0\r\nKeyMgmt: ***\r\n\r\n'],
])('a request is shown %s', (_, text, expected) => {
  expect(text).toBe(expected);
});

test('a response is shown with its body, without the keys in it', () => {
  const body = bytesFromUtf8('v=0\r\na=key-mgmt:mikey c2VjcmV0\r\na=control:x\r\n');
  expect(responseText({ status: 200, headers: headersOf({ CSeq: '2', 'Content-Length': '45' }), body })).toBe(
    'RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 45\r\n\r\nv=0\r\na=key-mgmt:***\r\na=control:x\r\n',
  );
});
