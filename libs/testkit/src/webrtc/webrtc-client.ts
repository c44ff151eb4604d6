import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { DtlsContext, DtlsSession } from '@mediamesh/net';
import { NodeCrypto } from '@mediamesh/platform';
import { SrtcpContext, SrtpContext, parseRtcpCompound, parseRtpPacket, serializeRtcpCompound, serializeRtpPacket } from '@mediamesh/rtp';
import type { RtcpPacket, RtpPacket } from '@mediamesh/rtp';
import { isStun, serializeBindingRequest } from '@mediamesh/webrtc';

const crypto = new NodeCrypto();
const HOST = '127.0.0.1';
const TICK_MS = 50;

export interface OfferChanges {
  readonly fingerprint?: string;
  readonly setup?: string;
  readonly video?: string;
  readonly audio?: string;
  readonly direction?: 'recvonly' | 'sendonly';
  /** Lost packets of video come again under payload type 102. */
  readonly rtx?: boolean;
}

/** A peer of our own: offers to receive, or to send, VP8 and PCMU, and keeps what it gets, as it came and decrypted. */
export class WebRtcClient {
  readonly packets: RtpPacket[] = [];
  readonly rtcp: Uint8Array[] = [];
  /** SRTP as it came, of `packets`. */
  readonly protectedPackets: Uint8Array[] = [];
  sessionUrl = '';
  answer = '';
  /** From the server, in answer to checks. */
  stunAnswers = 0;
  private readonly dtlsContext = new DtlsContext();
  private udpPort: number | undefined;
  private socket!: Socket;
  private dtls: DtlsSession | undefined;
  private srtp: SrtpContext | undefined;
  private outgoing: SrtpContext | undefined;
  private srtcp: { readonly incoming: SrtcpContext; readonly outgoing: SrtcpContext } | undefined;
  private timer: NodeJS.Timeout | undefined;
  ended: string | undefined;
  onConnected: () => void = () => {};
  /** Takes SRTP instead of what is kept here, before it is decrypted: for those who get too much of it. */
  onProtectedRtp: ((packet: Uint8Array) => void) | undefined;

  /** `udpPort`: where it sends; without, to the first candidate of the answer. */
  constructor(udpPort?: number) {
    this.udpPort = udpPort;
  }

  offer({
    fingerprint = this.dtlsContext.fingerprint,
    setup = 'actpass',
    direction = 'recvonly',
    rtx = false,
    ...medias
  }: OfferChanges = {}): string {
    const transport = [
      'a=ice-ufrag:them',
      'a=ice-pwd:theirpasswordtheirpassword',
      `a=fingerprint:sha-256 ${fingerprint}`,
      `a=setup:${setup}`,
    ];
    const media = (mid: number, line: string, map: string): readonly string[] => [
      `m=${line}`,
      `a=mid:${mid}`,
      ...transport,
      `a=${direction}`,
      'a=rtcp-mux',
      `a=rtpmap:${map}`,
      `a=rtcp-fb:${map.split(' ')[0]} nack`,
      `a=rtcp-fb:${map.split(' ')[0]} nack pli`,
      `a=rtcp-fb:${map.split(' ')[0]} goog-remb`,
    ];
    const lines = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=group:BUNDLE 0 1'];
    lines.push(...media(0, `video 9 UDP/TLS/RTP/SAVPF 101${rtx ? ' 102' : ''}`, medias.video ?? '101 VP8/90000'));
    if (rtx) lines.push('a=rtpmap:102 rtx/90000', 'a=fmtp:102 apt=101');
    lines.push(...media(1, 'audio 9 UDP/TLS/RTP/SAVPF 0', medias.audio ?? '0 PCMU/8000'));
    return `${lines.join('\r\n')}\r\n`;
  }

  /** The answer's status; 201 has a session. */
  async post(url: string, offer = this.offer(), headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp', ...headers }, body: offer });
    this.answer = await response.text();
    this.udpPort ??= Number(/a=candidate:\S+ 1 udp \d+ \S+ (\d+)/.exec(this.answer)?.[1]);
    if (response.status === 201) this.sessionUrl = new URL(response.headers.get('Location')!, url).toString();
    return response.status;
  }

  /** Sends a check, and then does the handshake. */
  async connect(): Promise<void> {
    this.socket = createSocket('udp4');
    await new Promise<void>((resolve) => this.socket.bind(0, HOST, resolve));
    this.socket.on('message', (bytes) => this.receive(bytes));
    this.dtls = new DtlsSession({
      context: this.dtlsContext,
      role: 'client',
      fingerprints: [{ algorithm: 'sha-256', value: /a=fingerprint:sha-256 (\S+)/.exec(this.answer)![1]! }],
      send: (datagram) => this.send(datagram),
      onKeys: ({ ours, theirs }) => {
        this.srtp = new SrtpContext(crypto, theirs);
        this.outgoing = new SrtpContext(crypto, ours);
        this.srtcp = { incoming: new SrtcpContext(crypto, theirs), outgoing: new SrtcpContext(crypto, ours) };
        this.onConnected();
      },
      onEnd: (reason) => (this.ended = reason),
    });
    this.check();
    this.timer = setInterval(() => {
      if (this.stunAnswers === 0) this.check();
      this.dtls?.tick();
    }, TICK_MS);
  }

  check(password = /a=ice-pwd:(\S+)/.exec(this.answer)![1]!): void {
    const ufrag = /a=ice-ufrag:(\S+)/.exec(this.answer)![1]!;
    const request = {
      transactionId: crypto.randomBytes(12),
      username: `${ufrag}:them`,
      priority: 1,
      useCandidate: true,
      tieBreaker: crypto.randomBytes(8),
      role: 'controlling' as const,
    };
    this.send(serializeBindingRequest(request, Buffer.from(password), crypto));
  }

  /** Reports and requests of the server. */
  get rtcpPackets(): readonly RtcpPacket[] {
    return this.rtcp.flatMap((compound) => parseRtcpCompound(compound));
  }

  get isConnected(): boolean {
    return this.srtp !== undefined;
  }

  /** What a `change` makes of the SRTCP packet is sent. */
  sendRtcp(packets: readonly RtcpPacket[], change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): void {
    this.send(change(this.srtcp!.outgoing.protect(serializeRtcpCompound(packets))));
  }

  /** What a `change` makes of the SRTP packet is sent. */
  sendRtp(packet: RtpPacket, change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): void {
    this.send(change(this.outgoing!.protect(serializeRtpPacket(packet))));
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.udpPort, HOST);
  }

  ofPayloadType(payloadType: number): readonly RtpPacket[] {
    return this.packets.filter((packet) => packet.payloadType === payloadType);
  }

  /** Without a word to the server. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    if (this.socket !== undefined) await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }

  private receive(bytes: Buffer): void {
    if (isStun(bytes)) {
      if (++this.stunAnswers === 1) this.dtls!.start();
    } else if (bytes[0]! < 64) this.dtls!.receive(bytes);
    else if (!this.isConnected)
      return; // media overtook the end of the handshake
    else if (bytes[1]! >= 192 && bytes[1]! < 224) this.rtcp.push(this.srtcp!.incoming.unprotect(bytes));
    else if (this.onProtectedRtp !== undefined) this.onProtectedRtp(bytes);
    else this.receiveRtp(bytes);
  }

  /** What it was before it was protected. */
  unprotect(packet: Uint8Array): Uint8Array {
    return this.srtp!.unprotect(packet);
  }

  private receiveRtp(bytes: Buffer): void {
    const known = this.protectedPackets.some((other) => bytes.equals(other));
    this.protectedPackets.push(bytes);
    if (!known) this.packets.push(parseRtpPacket(this.unprotect(bytes)));
  }
}
