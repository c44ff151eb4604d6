import { ByteReader, EMPTY_BYTES, ParseError, bytesFromUtf8, copyBytes } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import { CHUNK_HEADER_BYTES, serializeSctpChunk } from './chunks.ts';
import type { SctpChunk, SctpControlChunk, SctpDataChunk, SctpInitChunk, SctpUnknownChunk } from './chunks.ts';
import { InboundData, MAX_INBOUND_STREAMS, RECEIVE_WINDOW_BYTES } from './inbound-data.ts';
import type { SctpMessage } from './inbound-data.ts';
import { MAX_PACKET_BYTES, OutboundData } from './outbound-data.ts';
import type { OutboundMessage } from './outbound-data.ts';
import { SCTP_HEADER_BYTES, joinSctpChunks, parseSctpPacket, serializeSctpPacket } from './packet.ts';

/** RFC 9260 16: of INIT and COOKIE ECHO. */
const HANDSHAKE_TIMEOUT_MS = 1_000;
const MAX_HANDSHAKE_TRANSMISSIONS = 9;
const COOKIE_BYTES = 16;
const OUTBOUND_STREAMS = 65_535;
/** Those of usrsctp have some 40 bytes. */
const MAX_HEARTBEAT_BYTES = 1_024;
/** Causes of ABORT. RFC 9260 3.3.10. */
const USER_INITIATED = 12;
const PROTOCOL_VIOLATION = 13;

export type SctpEvent =
  | { readonly kind: 'established' }
  | { readonly kind: 'message'; readonly message: SctpMessage }
  /** Called once, also when we have closed. */
  | { readonly kind: 'closed'; readonly reason: string };

export interface SctpOutput {
  /** Packets, each for one DTLS record. */
  readonly send: readonly Uint8Array[];
  readonly events: readonly SctpEvent[];
}

type State = 'listening' | 'cookieWait' | 'cookieEchoed' | 'established' | 'closed';
type SentChunk = Exclude<SctpChunk, SctpUnknownChunk>;
type Remote = Pick<SctpInitChunk, 'tag' | 'receiveWindow' | 'initialTsn'>;

/**
 * An SCTP association inside of DTLS, as data channels need it.
 *
 * Shape:  `open` sends the first packet; in WebRTC both sides do. `receive` what DTLS brings, `tick` at `dueMs`; everything returns what is to
 *         be sent and what has happened.
 * Errors: none leave: what breaks the protocol ends the association, and the peer is told.
 * Trust:  DTLS knows the peer, so the cookie proves nothing and is only a number that we gave. A wrong tag or checksum is a packet of no matter.
 * Limits: see RECEIVE_WINDOW_BYTES, SEND_BUFFER_BYTES. Neither partial reliability nor the reset of streams is offered, so peers do not use them.
 * Source: RFC 9260 5, 6, 8, 9; RFC 8261.
 */
export class SctpAssociation {
  private readonly crypto: CryptoPort;
  private readonly tag: number;
  private readonly initialTsn: number;
  private state: State = 'listening';
  /** What an INIT of the peer said, until it comes back with its cookie. */
  private asked: { readonly cookie: Uint8Array; readonly remote: Remote } | undefined;
  private remote: Remote | undefined;
  private inbound: InboundData | undefined;
  private outbound: OutboundData | undefined;
  private handshake: { readonly chunk: SentChunk; transmissions: number; dueMs: number } | undefined;
  private packets: Uint8Array[] = [];
  private pending: SentChunk[] = [];
  private events: SctpEvent[] = [];
  private owesAcknowledgement = false;

  constructor(crypto: CryptoPort) {
    this.crypto = crypto;
    this.tag = this.randomNumber() || 1;
    this.initialTsn = this.randomNumber();
  }

  get isEstablished(): boolean {
    return this.state === 'established';
  }

  /** When `tick` is to be called at the latest. */
  get dueMs(): number | undefined {
    const [handshake, data] = [this.handshake?.dueMs, this.outbound?.dueMs];
    return handshake === undefined || data === undefined ? (handshake ?? data) : Math.min(handshake, data);
  }

  open(nowMs: number): SctpOutput {
    if (this.state === 'listening') {
      this.state = 'cookieWait';
      this.shake(this.initOf('init'), nowMs);
    }
    return this.output(nowMs);
  }

  /** Undefined: there is no room for it. Before the association is established there is none. */
  send(message: OutboundMessage, nowMs: number): SctpOutput | undefined {
    if (!this.isEstablished || this.outbound?.queue(message) !== true) return undefined;
    return this.output(nowMs);
  }

  receive(bytes: Uint8Array, nowMs: number): SctpOutput {
    if (this.state === 'closed') return { send: [], events: [] };
    try {
      const { verificationTag, chunks } = parseSctpPacket(bytes);
      const isInit = chunks.length === 1 && chunks[0]!.type === 'init';
      if (verificationTag === (isInit ? 0 : this.tag)) for (const chunk of chunks) this.take(chunk, nowMs);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.abort(PROTOCOL_VIOLATION, error.message);
    }
    return this.output(nowMs);
  }

  tick(nowMs: number): SctpOutput {
    const { handshake, outbound } = this;
    if (handshake !== undefined && nowMs >= handshake.dueMs) {
      if (handshake.transmissions === MAX_HANDSHAKE_TRANSMISSIONS) this.close('the peer has no SCTP');
      else this.shakeAgain(handshake, nowMs);
    }
    outbound?.tick(nowMs);
    if (outbound?.hasFailed === true) this.abort(USER_INITIATED, 'the peer acknowledges nothing');
    return this.output(nowMs);
  }

  /** Tells the peer. Idempotent. */
  end(nowMs: number): SctpOutput {
    this.abort(USER_INITIATED, 'closed');
    return this.output(nowMs);
  }

  private take(chunk: SctpChunk, nowMs: number): void {
    switch (chunk.type) {
      case 'init':
        return this.answerInit(chunk);
      case 'initAck':
        return this.initAcknowledged(chunk, nowMs);
      case 'cookieEcho':
        return this.cookieCame(chunk);
      case 'cookieAck':
        return this.state === 'cookieEchoed' ? this.established() : undefined;
      case 'data':
        return this.dataCame(chunk);
      case 'sack':
        return this.isEstablished ? this.outbound!.acknowledge(chunk, nowMs) : undefined;
      default:
        return this.takeControl(chunk);
    }
  }

  private takeControl(chunk: SctpControlChunk | SctpUnknownChunk): void {
    if (chunk.type === 'heartbeat') this.answerHeartbeat(chunk);
    else if (chunk.type === 'abort') this.close('aborted by the peer');
    else if (chunk.type === 'shutdown') this.shutDown();
  }

  /** One that fits into no packet with its header is not of a peer that measures its path. */
  private answerHeartbeat({ value }: SctpControlChunk): void {
    if (this.remote === undefined || value.length > MAX_HEARTBEAT_BYTES) return;
    this.pending.push({ type: 'heartbeatAck', value: copyBytes(value) });
  }

  /** In every state: both sides may have begun. RFC 9260 5.1, 5.2.1. Once established, it is a late copy. */
  private answerInit({ tag, receiveWindow, initialTsn }: SctpInitChunk): void {
    if (this.isEstablished) return;
    const cookie = this.asked?.remote.tag === tag ? this.asked.cookie : this.crypto.randomBytes(COOKIE_BYTES);
    this.asked = { cookie, remote: { tag, receiveWindow, initialTsn } };
    this.packets.push(serializeSctpPacket(tag, [{ ...this.initOf('initAck'), cookie }]));
  }

  private initAcknowledged(chunk: SctpInitChunk, nowMs: number): void {
    if (this.state !== 'cookieWait') return;
    this.remote = chunk;
    this.state = 'cookieEchoed';
    this.shake({ type: 'cookieEcho', value: copyBytes(chunk.cookie!) }, nowMs);
  }

  /** RFC 9260 5.1, 5.2.4. */
  private cookieCame({ value }: SctpControlChunk): void {
    const { asked } = this;
    if (asked === undefined || !this.crypto.equal(asked.cookie, value)) return;
    this.remote ??= asked.remote;
    if (this.remote.tag !== asked.remote.tag) return;
    this.pending.push({ type: 'cookieAck', value: EMPTY_BYTES });
    if (!this.isEstablished) this.established();
  }

  private established(): void {
    const { initialTsn, receiveWindow } = this.remote!;
    this.handshake = undefined;
    this.state = 'established';
    this.inbound = new InboundData(initialTsn);
    this.outbound = new OutboundData(this.initialTsn, receiveWindow);
    this.events.push({ kind: 'established' });
  }

  private dataCame(chunk: SctpDataChunk): void {
    if (!this.isEstablished) return;
    this.owesAcknowledgement = true;
    for (const message of this.inbound!.push(chunk)) this.events.push({ kind: 'message', message });
  }

  /** WebRTC ends by DTLS; whoever ends in order all the same gets its answer, and what is not sent yet is lost. */
  private shutDown(): void {
    if (!this.isEstablished) return;
    this.pending.push({ type: 'shutdownAck', value: EMPTY_BYTES });
    this.flush();
    this.close('shut down by the peer');
  }

  private abort(cause: number, reason: string): void {
    if (this.state === 'closed') return;
    if (this.remote !== undefined) {
      const text = bytesFromUtf8(reason);
      const value = new Uint8Array(CHUNK_HEADER_BYTES + text.length);
      new DataView(value.buffer).setUint16(0, cause);
      new DataView(value.buffer).setUint16(2, value.length);
      value.set(text, CHUNK_HEADER_BYTES);
      this.packets.push(serializeSctpPacket(this.remote.tag, [{ type: 'abort', value }]));
    }
    this.close(reason);
  }

  private close(reason: string): void {
    this.state = 'closed';
    this.handshake = undefined;
    this.inbound = undefined;
    this.outbound = undefined;
    this.pending = [];
    this.owesAcknowledgement = false;
    this.events.push({ kind: 'closed', reason });
  }

  private initOf(type: 'init' | 'initAck'): SctpInitChunk {
    const { tag, initialTsn } = this;
    const [outboundStreams, inboundStreams] = [OUTBOUND_STREAMS, MAX_INBOUND_STREAMS];
    return { type, tag, initialTsn, receiveWindow: RECEIVE_WINDOW_BYTES, outboundStreams, inboundStreams };
  }

  private shake(chunk: SentChunk, nowMs: number): void {
    this.handshake = { chunk, transmissions: 0, dueMs: nowMs };
    this.shakeAgain(this.handshake, nowMs);
  }

  private shakeAgain(handshake: NonNullable<SctpAssociation['handshake']>, nowMs: number): void {
    handshake.dueMs = nowMs + HANDSHAKE_TIMEOUT_MS * 2 ** handshake.transmissions++;
    this.packets.push(serializeSctpPacket(this.remote?.tag ?? 0, [handshake.chunk]));
  }

  /** Everything that is to be sent now, in as few packets as it fits into. */
  private output(nowMs: number): SctpOutput {
    if (this.isEstablished) {
      if (this.owesAcknowledgement) this.pending.push(this.inbound!.acknowledgement);
      this.owesAcknowledgement = false;
      this.pending.push(...this.outbound!.next(nowMs));
    }
    this.flush();
    const { packets: send, events } = this;
    this.packets = [];
    this.events = [];
    return { send, events };
  }

  private flush(): void {
    let chunks: Uint8Array[] = [];
    let size = SCTP_HEADER_BYTES;
    for (const chunk of this.pending.map(serializeSctpChunk)) {
      if (chunks.length > 0 && size + chunk.length > MAX_PACKET_BYTES) {
        this.packets.push(joinSctpChunks(this.remote!.tag, chunks));
        [chunks, size] = [[], SCTP_HEADER_BYTES];
      }
      chunks.push(chunk);
      size += chunk.length;
    }
    if (chunks.length > 0) this.packets.push(joinSctpChunks(this.remote!.tag, chunks));
    this.pending = [];
  }

  private randomNumber(): number {
    return new ByteReader(this.crypto.randomBytes(4), 'random number').u32();
  }
}
