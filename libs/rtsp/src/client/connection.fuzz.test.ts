import { parseSessionDescription } from '@mediamesh/sdp';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CAMERA_SDP, NOW_MS, OK, ScriptedServer, describeOk } from './scripted-server.cases.ts';

/** Responses of a real exchange, the same in wrong places, and nonsense. The CSeq is left out: then it fits any request. */
const RESPONSES = [
  OK.replace('CSeq: {n}\r\n', 'Public: GET_PARAMETER\r\n\r\n'),
  describeOk(CAMERA_SDP).replace('CSeq: {n}\r\n', ''),
  'RTSP/1.0 200 OK\r\nSession: a;timeout=1\r\nTransport: RTP/AVP;server_port=1-2\r\n\r\n',
  'RTSP/1.0 200 OK\r\nSession: a\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n',
  'RTSP/1.0 200 OK\r\nSession: a\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n\r\n',
  'RTSP/1.0 200 OK\r\nSession: a\r\nTransport: RTP/AVP;multicast;destination=239.0.0.1;port=1-2\r\n\r\n',
  'RTSP/1.0 302 Found\r\nLocation: rtsp://x/y\r\n\r\n',
  'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n',
  'RTSP/1.0 461 x\r\n\r\n',
  'RTSP/1.0 463 x\r\n\r\n',
  'RTSP/1.0 404 x\r\n\r\n',
  'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  '$\x00\x00\x01a',
  '$\x03\x00\x01b',
];
/** An exchange over TCP up to PLAY: a part of it comes first, so that the later states are reached. */
const EXCHANGE = [RESPONSES[0]!, RESPONSES[1]!, RESPONSES[3]!, RESPONSES[4]!, RESPONSES[0]!];
const prefix = fc.nat(EXCHANGE.length).map((length) => EXCHANGE.slice(0, length));
const step = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...RESPONSES.slice(0, 5), ...RESPONSES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(1000, 3000, 9000, 30_000) },
  { weight: 1, arbitrary: fc.constantFrom('stop' as const, 'packet' as const) },
);

const { media, ...session } = parseSessionDescription(CAMERA_SDP);
/** Of two medias: as many as the exchange sets up. */
const PUBLISHED = { description: { ...session, media: media.filter(({ backChannel }) => !backChannel) }, ssrcs: [1, 2] };

test('any answers in any order keep the invariants, and streaming is reached', () => {
  const streamed = new Set<boolean>();
  fc.assert(
    fc.property(
      fc.constantFrom('automatic' as const, 'udp' as const, 'tcp' as const, 'multicast' as const),
      fc.boolean(),
      prefix,
      fc.array(step, { maxLength: 25 }),
      (transport, publishes, first, steps) => {
        const server = new ScriptedServer([], { transport, url: 'rtsp://u:p@h/cam' });
        let nowMs = NOW_MS;
        if (publishes) server.client.publish(PUBLISHED);
        else server.client.play();
        for (const one of [...first, ...steps]) {
          if (one === 'stop') server.client.stop('stopped');
          else if (one === 'packet') server.client.packetReceived(nowMs);
          else if (typeof one === 'string') server.say(one, nowMs);
          else {
            nowMs += one;
            server.client.tick(nowMs);
          }
          expect(server.events).not.toContain('sent after the end');
          expect(server.events).not.toContain('ended twice');
        }
        if (server.events.some((event) => event.startsWith('streaming'))) streamed.add(publishes);
      },
    ),
    { numRuns: 3000, seed: 1 },
  );
  expect(streamed.size).toBe(2);
});
