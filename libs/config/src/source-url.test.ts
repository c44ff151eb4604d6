import { describe, expect, test } from 'vitest';
import { checkSourceUrl, parseSourceUrl, redactUrl } from './source-url.ts';

describe('parts', () => {
  const empty = { user: undefined, password: undefined, port: '', path: '', query: '', fragment: '' };

  test.each<[string, object | undefined]>([
    ['rtsp://host', { ...empty, scheme: 'rtsp', host: 'host', hostname: 'host' }],
    [
      'RTSP://Host:554/a?b#c',
      { ...empty, scheme: 'rtsp', host: 'Host:554', hostname: 'Host', port: '554', path: '/a', query: 'b', fragment: 'c' },
    ],
    ['rtsp+ws://h', { ...empty, scheme: 'rtsp+ws', host: 'h', hostname: 'h' }],
    ['srt://[::1]:8890?streamid=x', { ...empty, scheme: 'srt', host: '[::1]:8890', hostname: '::1', port: '8890', query: 'streamid=x' }],
    ['udp://[fe80::1%25eth0]:1', { ...empty, scheme: 'udp', host: '[fe80::1%25eth0]:1', hostname: 'fe80::1%25eth0', port: '1' }],
    ['rtsp://u:p@h/', { ...empty, scheme: 'rtsp', user: 'u', password: 'p', host: 'h', hostname: 'h', path: '/' }],
    ['rtsp://u:p%40q:r@h', { ...empty, scheme: 'rtsp', user: 'u', password: 'p@q:r', host: 'h', hostname: 'h' }],
    ['rtsp://u:p@q@h', { ...empty, scheme: 'rtsp', user: 'u', password: 'p@q', host: 'h', hostname: 'h' }],
    ['rtsp://u:%FC@h', { ...empty, scheme: 'rtsp', user: 'u', password: 'ü', host: 'h', hostname: 'h' }],
    ['rtsp://u@h', { ...empty, scheme: 'rtsp', user: 'u', host: 'h', hostname: 'h' }],
    ['udp://239.0.0.1:', { ...empty, scheme: 'udp', host: '239.0.0.1:', hostname: '239.0.0.1' }],
    ['host', undefined],
    ['//host', undefined],
    ['1rtsp://h', undefined],
    ['rtsp:h', undefined],
    ['rtsp://h:port', undefined],
    ['rtsp://h h', undefined],
    ['rtsp://h/\n', undefined],
    ['rtsp://h/%zz', undefined],
    ['rtsp://[::g]', undefined],
    ['rtsp://[::1', undefined],
    ['rtsp://a:b:c', undefined],
    ['rtsp://u ser:p@h', undefined],
  ])('%s', (text, parts) => {
    expect(parseSourceUrl(text)).toEqual(parts);
  });
});

describe('checks', () => {
  test.each(['rtsp://$G1:$G2/$G3', 'rtsp://$G1', 'rtsp://u:p@h:$G1', 'rtsp://$G1:$G2@h', 'rtmp://h/$G1?$MTX_QUERY'])('%s', (source) => {
    expect(() => checkSourceUrl(source)).not.toThrow();
  });

  test.each([
    ['rtmp://$G1:$G2@', "'rtmp://$G1:$G2@' is not a valid URL"],
    ['rtsp://', "'rtsp://' is not a valid URL"],
    ['rtsp:///path', "'rtsp:///path' is not a valid URL"],
    ['rtsp://user@h', 'username and password must be both provided'],
    ['rtsp://:pass@h', 'username and password must be both provided'],
    ['rtsp://user:@h', 'username and password must be both provided'],
    ['rtsp://user:topsecret@h:x', "'rtsp://user:***@h:x' is not a valid URL"],
  ])('%s is refused', (source, message) => {
    expect(() => checkSourceUrl(source)).toThrow(message);
  });

  test.each([
    ['rtsp://u:p@h/x', 'rtsp://u:***@h/x'],
    ['rtsp://u:p@q@h/x', 'rtsp://u:***@h/x'],
    ['rtsp://h:554/x:y@z', 'rtsp://h:554/x:y@z'],
    ['publisher', 'publisher'],
  ])('%s is shown as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
