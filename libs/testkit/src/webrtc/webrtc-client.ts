import { createSocket } from 'node:dgram';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { DtlsContext, DtlsSession } from '@mediamesh/net';
import { NodeCrypto } from '@mediamesh/platform';
import {
  RTP_HEADER_BYTES,
  SrtcpContext,
  SrtpContext,
  parseRtcpCompound,
  parseRtpPacket,
  serializeRtcpCompound,
  serializeRtpPacket,
} from '@mediamesh/rtp';
import type { RtcpPacket, RtpPacket } from '@mediamesh/rtp';
import { FramedPackets, TRANSPORT_SEQUENCE_URI, framePackets, isStun, serializeBindingRequest } from '@mediamesh/webrtc';

const crypto = new NodeCrypto();
const HOST = '127.0.0.1';
const TICK_MS = 50;
/** Of video and audio in its offers. */
const PAYLOAD_TYPES: readonly number[] = [101, 0];
const TRANSPORT_SEQUENCE_ID = 5;
const TRANSPORT_SEQUENCE = `a=extmap:${TRANSPORT_SEQUENCE_ID} ${TRANSPORT_SEQUENCE_URI}`;
const PADDING = { marker: false, sequenceNumber: 0, timestamp: 0, payload: new Uint8Array(0) };

export interface OfferChanges {
  readonly fingerprint?: string;
  readonly setup?: string;
  readonly video?: string;
  readonly audio?: string;
  readonly direction?: 'recvonly' | 'sendonly';
  /** Lost packets of video come again under payload type 102. */
  readonly rtx?: boolean;
  /** Packets are numbered across the transport, and feedback of it is taken. */
  readonly numbered?: boolean;
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
  private port: number | undefined;
  private readonly protocol: 'udp' | 'tcp';
  private transport: Transport | undefined;
  private dtls: DtlsSession | undefined;
  private srtp: SrtpContext | undefined;
  private outgoing: SrtpContext | undefined;
  private srtcp: { readonly incoming: SrtcpContext; readonly outgoing: SrtcpContext } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isPublisher = false;
  /** A publisher begins with an empty packet of each media, so that the server knows that it sends them. */
  showsTracks = true;
  ended: string | undefined;
  onConnected: () => void = () => {};
  /** Takes SRTP instead of what is kept here, before it is decrypted: for those who get too much of it. */
  onProtectedRtp: ((packet: Uint8Array) => void) | undefined;

  /** `port`: where it sends; without, to the first candidate of the answer. */
  constructor(port?: number, protocol: 'udp' | 'tcp' = 'udp') {
    this.port = port;
    this.protocol = protocol;
  }

  offer({
    fingerprint = this.dtlsContext.fingerprint,
    setup = 'actpass',
    direction = 'recvonly',
    rtx = false,
    numbered = false,
    ...medias
  }: OfferChanges = {}): string {
    this.isPublisher = direction === 'sendonly';
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
      ...(numbered ? [TRANSPORT_SEQUENCE, `a=rtcp-fb:${map.split(' ')[0]} transport-cc`] : []),
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
    this.port ??= Number(/a=candidate:\S+ 1 udp \d+ \S+ (\d+)/.exec(this.answer)?.[1]);
    if (response.status === 201) this.sessionUrl = new URL(response.headers.get('Location')!, url).toString();
    return response.status;
  }

  /** Sends a check, and then does the handshake. */
  async connect(): Promise<void> {
    await this.open();
    this.dtls = new DtlsSession({
      context: this.dtlsContext,
      role: 'client',
      fingerprints: [{ algorithm: 'sha-256', value: /a=fingerprint:sha-256 (\S+)/.exec(this.answer)![1]! }],
      send: (datagram) => this.send(datagram),
      onKeys: ({ ours, theirs }) => {
        this.srtp = new SrtpContext(crypto, theirs);
        this.outgoing = new SrtpContext(crypto, ours);
        this.srtcp = { incoming: new SrtcpContext(crypto, theirs), outgoing: new SrtcpContext(crypto, ours) };
        if (this.isPublisher && this.showsTracks)
          for (const payloadType of PAYLOAD_TYPES) this.sendRtp({ ...PADDING, payloadType, ssrc: 1_000 + payloadType });
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

  /** The transport: again, where it was lost. */
  async open(): Promise<void> {
    const open = this.protocol === 'udp' ? openUdp : openTcp;
    this.transport = await open(this.port!, (bytes) => this.receive(bytes));
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

  /** A packet whose header has an extension: the name of its simulcast layer. */
  sendLayer(packet: RtpPacket, rid: string, extensionId = 3): void {
    const plain = serializeRtpPacket(packet);
    const extension = new Uint8Array(8);
    extension.set([0xbe, 0xde, 0, 1, (extensionId << 4) | (rid.length - 1), ...Buffer.from(rid)]);
    const bytes = Buffer.concat([plain.subarray(0, RTP_HEADER_BYTES), extension, plain.subarray(RTP_HEADER_BYTES)]);
    bytes[0]! |= 0x10;
    this.send(this.outgoing!.protect(bytes));
  }

  /** A packet with a number across the transport, in the header extension 5. */
  sendNumbered(packet: RtpPacket, transportSequence: number): void {
    const plain = serializeRtpPacket(packet);
    const extension = Uint8Array.of(0xbe, 0xde, 0, 1, (TRANSPORT_SEQUENCE_ID << 4) | 1, transportSequence >>> 8, transportSequence, 0);
    const bytes = Buffer.concat([plain.subarray(0, RTP_HEADER_BYTES), extension, plain.subarray(RTP_HEADER_BYTES)]);
    bytes[0]! |= 0x10;
    this.send(this.outgoing!.protect(bytes));
  }

  send(bytes: Uint8Array): void {
    this.transport!.send(bytes);
  }

  /** Its connection, over TCP. */
  get tcp(): Socket {
    return this.transport!.socket!;
  }

  ofPayloadType(payloadType: number): readonly RtpPacket[] {
    return this.packets.filter((packet) => packet.payloadType === payloadType);
  }

  /** Without a word to the server. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.transport?.close();
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

interface Transport {
  /** Of TCP. */
  readonly socket?: Socket;
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

async function openUdp(port: number, receive: (bytes: Buffer) => void): Promise<Transport> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  socket.on('message', receive);
  return { send: (bytes) => socket.send(bytes, port, HOST), close: () => new Promise<void>((resolve) => socket.close(() => resolve())) };
}

async function openTcp(port: number, receive: (bytes: Buffer) => void): Promise<Transport> {
  const socket = createConnection(port, HOST);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const packets = new FramedPackets();
  socket.on('error', () => {}); // the server has closed it
  socket.on('data', (chunk) => {
    for (const packet of packets.push(chunk)) receive(Buffer.from(packet));
  });
  const close = async (): Promise<void> => {
    if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()).destroy());
  };
  return { socket, send: (bytes) => socket.write(framePackets(bytes, [0], [bytes.length], 1)), close };
}
