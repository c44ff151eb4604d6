import { bytesFromLatin1 } from '@mediamesh/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AGREEABLE, Dialogue, NOW_MS, SDP, type Answers } from './dialogue.cases.ts';
import type * as seam from './handler.ts';

const METHODS = [
  'OPTIONS',
  'DESCRIBE',
  'ANNOUNCE',
  'SETUP',
  'PLAY',
  'RECORD',
  'PAUSE',
  'TEARDOWN',
  'GET_PARAMETER',
  'SET_PARAMETER',
] as const;
const URLS = [
  '*',
  'rtsp://h/cam',
  'rtsp://h/cam/',
  'rtsp://h/cam/trackID=0',
  'rtsp://h/cam/trackID=1',
  'rtsp://h/cam/streamid=0',
  'rtsp://h/cam/streamid=1',
  'rtsp://h/other',
  'rtsp://h/%',
  'x',
];
const HEADERS = [
  'Transport: RTP/AVP/TCP;interleaved=0-1;mode=record',
  'Transport: RTP/AVP/TCP',
  'Transport: RTP/AVP;client_port=1-2',
  'Transport: RTP/AVP;client_port=1-2;mode=record',
  'Transport: RTP/AVP;multicast',
  'Transport: ,',
  `Session: ${'02'.repeat(16)}`,
  'Session: x',
  'Content-Type: application/sdp',
  'Authorization: Basic dTpw',
];
const REFUSED: seam.Refusal = { kind: 'refused', status: 400, reason: 'refused' };

const request = fc
  .tuple(fc.constantFrom(...METHODS), fc.constantFrom(...URLS), fc.subarray(HEADERS), fc.boolean(), fc.boolean())
  .map(([method, url, headers, announces, counted]) => {
    const body = announces || method === 'ANNOUNCE' ? SDP : '';
    return [`${method} ${url} RTSP/1.0`, ...(counted ? ['CSeq: 1'] : []), ...headers, `Content-Length: ${body.length}`, '', body].join(
      '\r\n',
    );
  });
/** A sequence that a real client would send, so that the later states are reached. */
const PUBLISHING = [
  `ANNOUNCE rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`,
  'SETUP rtsp://h/cam/streamid=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1;mode=record\r\n\r\n',
  'SETUP rtsp://h/cam/streamid=1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=2-3;mode=record\r\n\r\n',
  'RECORD rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n',
];
const likely = fc.constantFrom(
  PUBLISHING.join(''),
  ...PUBLISHING,
  'SETUP rtsp://h/cam/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP\r\n\r\n',
  'PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  'PAUSE rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  'TEARDOWN rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  '$\x00\x00\x01a',
  '$\x03\x00\x01b',
);
type Step =
  | { readonly say: string }
  | { readonly answers: Answers }
  | { readonly answer: keyof Answers }
  | { readonly tickMs: number }
  | { readonly end: true };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: likely.map((say) => ({ say })) },
  { weight: 3, arbitrary: request.map((say) => ({ say })) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((say) => ({ say })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      { answers: AGREEABLE },
      { answers: {} },
      { answers: { describe: { kind: 'challenge' }, setup: { kind: 'unsupportedTransport' }, play: REFUSED, record: REFUSED } },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom<keyof Answers>('describe', 'announce', 'setup', 'play', 'record', 'pause').map((answer) => ({ answer })),
  },
  { weight: 1, arbitrary: fc.nat(70_000).map((tickMs) => ({ tickMs })) },
  { weight: 1, arbitrary: fc.constant<Step>({ end: true }) },
);

function carryOut(dialogue: Dialogue, one: Step, nowMs: number): void {
  if ('say' in one) dialogue.connection.receive(bytesFromLatin1(one.say), nowMs);
  else if ('answers' in one) dialogue.answers = one.answers;
  else if ('tickMs' in one) dialogue.connection.tick(nowMs);
  else if ('end' in one) dialogue.connection.end('EOF');
  else {
    // An answer that nobody waits for is an error of the owner's, and changes nothing.
    try {
      (dialogue.connection[one.answer] as (answer: unknown) => void)(AGREEABLE[one.answer]);
    } catch (error) {
      expect(String(error)).toMatch(/waits for an answer/);
    }
  }
}

/** What must hold whatever a client and an owner do. */
function invariants(dialogue: Dialogue, reached: Set<string>): void {
  const { events, connection } = dialogue;
  expect(events).not.toContain('closed twice');
  expect(events).not.toContain('sent after close');
  const opened = events.filter((event) => event === 'opened').length;
  const closed = events.filter((event) => event.startsWith('closed session')).length;
  expect(opened - closed).toBe(connection.session === undefined ? 0 : 1);
  if (dialogue.closedWith !== undefined) expect(connection.session).toBeUndefined();
  const { session } = connection;
  if (session === undefined) return;
  reached.add(session.state);
  if (session.state === 'record') expect(session.medias).toHaveLength(session.announced!.media.length);
  if (session.state === 'play') expect(session.medias.length).toBeGreaterThan(0);
  expect(new Set(session.medias.map((media) => media.mediaIndex)).size).toBe(session.medias.length);
  expect(new Set(session.medias.map((media) => media.transport.protocol)).size).toBeLessThanOrEqual(1);
}

test('any messages and answers in any order keep the invariants, and every state is reached', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const dialogue = new Dialogue();
      let nowMs = NOW_MS;
      for (const one of steps) {
        if ('tickMs' in one) nowMs += one.tickMs;
        carryOut(dialogue, one, nowMs);
        invariants(dialogue, reached);
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect([...reached].sort()).toEqual(['initial', 'play', 'prePlay', 'preRecord', 'record']);
});
