import { parseSessionDescription } from '@mediamesh/sdp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOW_MS, OK, OPTIONS, ScriptedServer, setupOk, type Script } from './scripted-server.cases.ts';

describe('publishing', () => {
  const description = parseSessionDescription(
    's=t\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=0\r\nm=audio 0 RTP/AVP 0\r\na=control:trackID=1\r\n',
  );

  test('over UDP', () => {
    const server = new ScriptedServer(
      [OPTIONS, ['ANNOUNCE', `${OK}\r\n`], setupOk('RTP/AVP;server_port=1-2'), setupOk('RTP/AVP;server_port=3-4'), ['RECORD', `${OK}\r\n`]],
      { url: 'rtsp://h/dest' },
    );
    server.client.publish({ description, ssrcs: [1, 2] });
    server.run();
    expect(server.events).toEqual([
      'OPTIONS rtsp://h/dest',
      'ANNOUNCE rtsp://h/dest',
      'SETUP rtsp://h/dest/trackID=0 RTP/AVP;unicast;client_port=5000-5001;mode=record',
      'SETUP rtsp://h/dest/trackID=1 RTP/AVP;unicast;client_port=5002-5003;mode=record [abc]',
      'RECORD rtsp://h/dest [abc]',
      'streaming []',
    ]);
    expect(server.requests[1]!.headers.get('Content-Type')).toBe('application/sdp');
    server.client.tick(NOW_MS + 9_000);
    server.client.tick(NOW_MS + 14_000);
    expect(server.closedWith).toBeUndefined();
    server.client.stop('not needed by anyone');
    expect(server.events.at(-1)).toBe('TEARDOWN rtsp://h/dest [abc]');
    expect(server.closedWith).toBe('not needed by anyone');
  });

  const RECORDED: Script = [
    OPTIONS,
    ['ANNOUNCE', `${OK}\r\n`],
    setupOk('RTP/AVP/TCP;interleaved=0-1;mode=record'),
    setupOk('RTP/AVP/TCP;interleaved=2-3;mode=record'),
    ['RECORD', `${OK}\r\n`],
  ];

  function published(script: Script, options: ConstructorParameters<typeof ScriptedServer>[1] = {}): ScriptedServer {
    const server = new ScriptedServer(script, { url: 'rtsp://h/dest', ...options });
    server.client.publish({ description, ssrcs: [1, 2] });
    return server.run();
  }

  test('over TCP, where the server has no UDP; reports come back', () => {
    const server = published([...RECORDED.slice(0, 2), ['SETUP', 'RTSP/1.0 461 x\r\nCSeq: {n}\r\n\r\n'], ...RECORDED.slice(2)]);
    expect(server.events.slice(2)).toEqual([
      'SETUP rtsp://h/dest/trackID=0 RTP/AVP;unicast;client_port=5000-5001;mode=record',
      'switched: the server has no UDP, switching to TCP',
      'SETUP rtsp://h/dest/trackID=0 RTP/AVP/TCP;unicast;interleaved=0-1;mode=record',
      'SETUP rtsp://h/dest/trackID=1 RTP/AVP/TCP;unicast;interleaved=2-3;mode=record [abc]',
      'RECORD rtsp://h/dest [abc]',
      'streaming []',
    ]);
    server.say('$\x03\x00\x01r');
    expect(server.events.at(-1)).toBe('1 rtcp r');
  });

  test('over TLS on TCP', () => {
    const server = published(RECORDED, { url: 'rtsps://h/dest' });
    expect(server.events).toContain('switched: the stream is encrypted over TCP only');
    expect(server.events.at(-1)).toBe('streaming []');
  });

  test('with Digest, from ANNOUNCE on', () => {
    const challenge = 'RTSP/1.0 401 Unauthorized\r\nCSeq: {n}\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n';
    const server = published([OPTIONS, ['ANNOUNCE', challenge], ...RECORDED.slice(1)], { url: 'rtsp://u:p@h/dest', transport: 'tcp' });
    const schemes = server.requests.map(({ method, headers }) => `${method} ${headers.get('Authorization')?.split(' ')[0] ?? '-'}`);
    expect(schemes).toEqual(['OPTIONS -', 'ANNOUNCE -', 'ANNOUNCE Digest', 'SETUP Digest', 'SETUP Digest', 'RECORD Digest']);
    expect(server.requests[2]!.body).toEqual(server.requests[1]!.body);
  });

  test('any chunking of the answers gives the same', () => {
    const expected = published(RECORDED, { transport: 'tcp' }).events;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), (size) => {
        const server = new ScriptedServer(RECORDED, { url: 'rtsp://h/dest', transport: 'tcp' });
        const say = server.say.bind(server);
        server.say = (text, nowMs) => {
          for (let at = 0; at < text.length; at += size) say(text.substring(at, at + size), nowMs);
        };
        server.client.publish({ description, ssrcs: [1, 2] });
        expect(server.run().events).toEqual(expected);
      }),
    );
  });

  test.each<[name: string, script: Script, reason: RegExp]>([
    ['refuses the announcement', [OPTIONS, ['ANNOUNCE', 'RTSP/1.0 400 x\r\nCSeq: {n}\r\n\r\n']], /bad status code: 400/],
    ['redirects', [OPTIONS, ['ANNOUNCE', 'RTSP/1.0 302 x\r\nCSeq: {n}\r\nLocation: rtsp://x/y\r\n\r\n']], /bad status code: 302/],
    ['asks for credentials that there are not', [OPTIONS, ['ANNOUNCE', 'RTSP/1.0 401 x\r\nCSeq: {n}\r\n\r\n']], /credentials/],
    ['gives the same channels twice', [...RECORDED.slice(0, 3), setupOk('RTP/AVP/TCP;interleaved=0-1')], /channels that are in use/],
    ['answers UDP to TCP', [...RECORDED.slice(0, 2), setupOk('RTP/AVP;server_port=1-2')], /is UDP, TCP was asked for/],
    ['does not record', [...RECORDED.slice(0, 4), ['RECORD', 'RTSP/1.0 454 x\r\nCSeq: {n}\r\n\r\n']], /bad status code: 454/],
  ])('a server that %s is left', (_name, script, reason) => {
    expect(published(script, { transport: 'tcp' }).closedWith).toMatch(reason);
  });

  test('H264 in mode 0 is refused', () => {
    const mode0 = parseSessionDescription('m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:a\r\n');
    const server = new ScriptedServer([OPTIONS, ['ANNOUNCE', `${OK}\r\n`]]);
    server.client.publish({ description: mode0, ssrcs: [1] });
    expect(server.run().closedWith).toMatch(/packetization-mode 0/);
  });
});
