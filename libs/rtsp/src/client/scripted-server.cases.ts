import { bytesFromLatin1, bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import type { SessionDescription } from '@mediamesh/sdp';
import { RtspFramer } from '../message/framer.ts';
import type { RtspRequest } from '../message/message.ts';
import { countingCrypto } from '../node-crypto.cases.ts';
import { RtspClientConnection } from './connection.ts';
import type { ClientMedia, Reconnect, RtspClientHandler, RtspClientOptions } from './handler.ts';

export const NOW_MS = 5_000_000;
export const WALL_CLOCK_MS = 1_700_000_000_000;
export const CAMERA_SDP =
  'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=cam\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\nm=audio 0 RTP/AVP 0\r\na=control:rtsp://10.0.0.9/cam/track2\r\nm=audio 0 RTP/AVP 0\r\na=control:back\r\na=sendonly\r\n';

/** A response as lines; `{n}` in them is the request's CSeq. */
export type Script = readonly (readonly [method: string, response: string])[];

export const OK = 'RTSP/1.0 200 OK\r\nCSeq: {n}\r\n';
export const describeOk = (sdp: string, headers = ''): string =>
  `${OK}Content-Type: application/sdp\r\n${headers}Content-Length: ${bytesFromUtf8(sdp).length}\r\n\r\n${sdp}`;
export const OPTIONS: Script[number] = ['OPTIONS', `${OK}Public: DESCRIBE, SETUP, GET_PARAMETER\r\n\r\n`];
export const setupOk = (transport: string, session = 'abc;timeout=20'): Script[number] => [
  'SETUP',
  `${OK}Session: ${session}\r\nTransport: ${transport}\r\n\r\n`,
];

/** A client whose owner notes what it is told; the server answers from a script, in order. */
export class ScriptedServer implements RtspClientHandler {
  readonly events: string[] = [];
  readonly requests: RtspRequest[] = [];
  readonly medias: ClientMedia[] = [];
  reconnected: Reconnect | undefined;
  closedWith: string | undefined;
  readonly client: RtspClientConnection;
  private readonly script: (readonly [string, string])[];
  private readonly framer: RtspFramer;
  private nextPort = 5000;
  private readonly outbox: string[] = [];

  constructor(script: Script, options: Partial<RtspClientOptions> = {}) {
    this.script = [...script];
    this.framer = new RtspFramer({ request: (request) => this.requested(request), response: () => {}, interleaved: () => {} });
    const defaults: RtspClientOptions = {
      crypto: countingCrypto(),
      url: 'rtsp://h:8554/cam?q=1',
      userAgent: 'test',
      tunnelled: false,
      transport: 'automatic',
      anyPort: false,
      readTimeoutMs: 10_000,
      wallClockMs: () => WALL_CLOCK_MS,
      redirects: 0,
    };
    this.client = new RtspClientConnection({ ...defaults, ...options }, this, NOW_MS);
  }

  /** Lets the server answer until it has nothing more to say. */
  run(nowMs = NOW_MS): this {
    for (let text = this.outbox.shift(); text !== undefined; text = this.outbox.shift()) this.say(text, nowMs);
    return this;
  }

  say(text: string, nowMs = NOW_MS): void {
    this.client.receive(bytesFromLatin1(text), nowMs);
  }

  private requested(request: RtspRequest): void {
    this.requests.push(request);
    const session = request.headers.get('Session');
    const transport = request.headers.get('Transport');
    this.events.push(
      [request.method, request.url, transport, session === undefined ? undefined : `[${session}]`].filter(Boolean).join(' '),
    );
    const [method, response] = this.script[0] ?? ['', ''];
    if (method !== request.method) return;
    this.script.shift();
    this.outbox.push(response.replaceAll('{n}', request.headers.get('CSeq') ?? ''));
  }

  send(bytes: Uint8Array): void {
    if (this.closedWith !== undefined || this.reconnected !== undefined) this.events.push('sent after the end');
    this.framer.push(bytes);
  }
  described(description: SessionDescription): void {
    this.events.push(`described ${description.title}`);
  }
  bindPorts(): void {
    const first = this.nextPort;
    this.nextPort += 2;
    this.client.portsBound([first, first + 1]);
  }
  mediaSetUp(media: ClientMedia): void {
    this.medias.push(media);
  }
  streaming(rtpInfo: readonly object[]): void {
    this.events.push(`streaming ${JSON.stringify(rtpInfo)}`);
  }
  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void {
    this.events.push(`${mediaIndex} ${rtcp ? 'rtcp' : 'rtp'} ${utf8FromBytes(payload)}`);
  }
  transportSwitched(reason: string): void {
    this.events.push(`switched: ${reason}`);
  }
  reconnect(next: Reconnect): void {
    if (this.closedWith !== undefined || this.reconnected !== undefined) this.events.push('ended twice');
    this.reconnected = next;
  }
  close(reason: string): void {
    if (this.closedWith !== undefined || this.reconnected !== undefined) this.events.push('ended twice');
    this.closedWith = reason;
  }
}
