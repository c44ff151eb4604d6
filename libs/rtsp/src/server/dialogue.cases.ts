import { bytesFromUtf8, latin1FromBytes, utf8FromBytes } from '@mediamesh/bytes';
import { RtspFramer } from '../message/framer.ts';
import type { RtspResponse } from '../message/message.ts';
import { countingCrypto } from '../node-crypto.cases.ts';
import { RtspServerConnection } from './connection.ts';
import type * as seam from './handler.ts';

export const NOW_MS = 1_000_000;
export const WALL_CLOCK_MS = 1_700_000_000_000;
export const SDP =
  'v=0\r\ns=cam\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:streamid=0\r\nm=audio 0 RTP/AVP 0\r\na=control:streamid=1\r\n';

/** What the owner answers; a kind that is left out stays unanswered. */
export interface Answers {
  describe?: seam.DescribeAnswer;
  announce?: seam.AnnounceAnswer;
  setup?: seam.SetupAnswer;
  play?: seam.PlayAnswer;
  record?: seam.RecordAnswer;
  pause?: seam.PauseAnswer;
}

export const AGREEABLE: Answers = {
  describe: { kind: 'ok', sdp: 'v=0\r\n' },
  announce: { kind: 'ok' },
  setup: { kind: 'ok', ssrc: 0xabcd, serverPorts: [8000, 8001], multicast: { address: '224.1.0.1', ports: [8002, 8003] } },
  play: { kind: 'ok', rtpInfo: new Map([[0, { sequenceNumber: 7, timestamp: 9000 }]]) },
  record: { kind: 'ok' },
  pause: { kind: 'ok' },
};

/** A connection whose owner notes what it is told, in `events`, and answers with `answers`. */
export class Dialogue implements seam.RtspServerHandler {
  readonly events: string[] = [];
  readonly responses: RtspResponse[] = [];
  readonly asked: (seam.DescribeRequest | seam.AnnounceRequest | seam.SetupRequest | seam.SessionRequest)[] = [];
  answers: Answers;
  closedWith: string | undefined;
  readonly connection: RtspServerConnection;
  private readonly framer: RtspFramer;

  constructor(options: Partial<seam.RtspServerOptions> = {}, answers: Answers = AGREEABLE) {
    this.answers = answers;
    this.framer = new RtspFramer({ request: () => {}, interleaved: () => {}, response: (response) => this.responses.push(response) });
    const defaults: seam.RtspServerOptions = {
      crypto: countingCrypto(),
      secure: false,
      tunnelled: false,
      transports: { tcp: true, udp: true, multicast: true },
      authMethods: ['basic', 'digest-md5'],
      readTimeoutMs: 10_000,
      wallClockMs: () => WALL_CLOCK_MS,
    };
    this.connection = new RtspServerConnection({ ...defaults, ...options }, this, NOW_MS);
  }

  say(text: string, nowMs = NOW_MS): void {
    this.connection.receive(bytesFromUtf8(text), nowMs);
  }

  /** A request with the next CSeq; what was answered to it, if anything. */
  request(line: string, headers: readonly string[] = [], body = ''): RtspResponse | undefined {
    const before = this.responses.length;
    const length = body === '' ? [] : [`Content-Length: ${body.length}`];
    this.say([`${line} RTSP/1.0`, `CSeq: ${before + 1}`, ...headers, ...length, '', body].join('\r\n'));
    return this.responses[before];
  }

  publish(url = 'rtsp://h/cam', sdp = SDP): RtspResponse | undefined {
    return this.request(`ANNOUNCE ${url}`, ['Content-Type: application/sdp'], sdp);
  }

  send(bytes: Uint8Array): void {
    if (this.closedWith !== undefined) this.events.push('sent after close');
    this.framer.push(bytes);
  }
  describe(request: seam.DescribeRequest): void {
    this.note('describe', request);
    if (this.answers.describe !== undefined) this.connection.describe(this.answers.describe);
  }
  announce(request: seam.AnnounceRequest): void {
    this.note('announce', request);
    if (this.answers.announce !== undefined) this.connection.announce(this.answers.announce);
  }
  setup(request: seam.SetupRequest): void {
    this.note('setup', request);
    if (this.answers.setup !== undefined) this.connection.setup(this.answers.setup);
  }
  play(request: seam.SessionRequest): void {
    this.note('play', request);
    if (this.answers.play !== undefined) this.connection.play(this.answers.play);
  }
  record(request: seam.SessionRequest): void {
    this.note('record', request);
    if (this.answers.record !== undefined) this.connection.record(this.answers.record);
  }
  pause(request: seam.SessionRequest): void {
    this.note('pause', request);
    if (this.answers.pause !== undefined) this.connection.pause(this.answers.pause);
  }
  sessionOpened(): void {
    this.events.push('opened');
  }
  sessionClosed(_session: unknown, reason: string): void {
    this.events.push(`closed session: ${reason}`);
  }
  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    this.events.push(`${mediaIndex} ${rtcp ? 'rtcp' : 'rtp'} ${latin1FromBytes(payload)}`);
  }
  close(reason: string): void {
    if (this.closedWith !== undefined) this.events.push('closed twice');
    this.closedWith = reason;
  }

  private note(kind: string, request: (typeof this.asked)[number]): void {
    this.asked.push(request);
    this.events.push(`${kind} ${request.path}${request.query === '' ? '' : `?${request.query}`}`);
  }
}

/** Status and headers as text, without those that every response has. */
export function summary(response: RtspResponse | undefined): string {
  if (response === undefined) return 'nothing';
  const lines = response.headers
    .serialize()
    .split('\r\n')
    .filter((line) => line !== '' && !/^(?:CSeq|Server):/.test(line));
  const body = response.body.length === 0 ? [] : [utf8FromBytes(response.body)];
  return [response.status, ...lines, ...body].join(' | ');
}
