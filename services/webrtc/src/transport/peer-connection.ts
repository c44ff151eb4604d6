import type { CryptoPort } from '@mediamesh/bytes';
import { SrtcpContext, SrtpContext, SrtpError } from '@mediamesh/rtp';
import { DtlsSession } from '@mediamesh/net';
import type { DtlsContext, SrtpMasterKeys, TimerWheel, WheelTimer } from '@mediamesh/net';
import type { DtlsFingerprint } from '@mediamesh/webrtc';
import type { WebRtcFrame } from '../from-stream.ts';
import { DataTransport } from './data-transport.ts';
import type { PeerPath } from './mux-peers.ts';
import type { IceListener, PeerIce } from './peer-ice.ts';
import type { ReaderNumbering } from './reader-numbering.ts';
import { protectAgain, protectBuffer, protectFrame } from './srtp-sender.ts';

/** DTLS flights are sent again after a second at the earliest. */
const HANDSHAKE_TICK_MS = 200;
const CONSENT_TICK_MS = 1_000;

export interface PeerConnectionOptions {
  readonly crypto: CryptoPort;
  readonly dtls: DtlsContext;
  readonly ice: PeerIce;
  readonly timers: TimerWheel;
  readonly role: 'server' | 'client';
  readonly fingerprints: readonly DtlsFingerprint[];
  readonly handshakeTimeoutMs: number;
  /** Whether the SDP of both has data channels. */
  readonly hasData?: boolean;
  /** The data channels ended before the connection. Called once. */
  readonly onDataClosed?: (reason: string) => void;
  readonly onConnected: () => void;
  /** SRTP of the peer, without its protection. */
  readonly onRtp: (packet: Uint8Array) => void;
  readonly onRtcp: (compound: Uint8Array) => void;
  /** Called once. */
  readonly onEnd: (reason: string) => void;
}

/**
 * The transport of one session: DTLS, SRTP, SRTCP and data channels of one peer, on the way that ICE finds.
 *
 * Trust:  DTLS and SRTP come only from addresses whose check was valid; SRTP counts only with its tag.
 * Errors: none leave: what is not the peer's is dropped and counted; what ends the connection is told by `onEnd`.
 */
export class PeerConnection implements IceListener {
  /** Datagrams that were no packets of the peer's. */
  refusedPackets = 0;
  readonly data: DataTransport | undefined;
  private readonly options: PeerConnectionOptions;
  private readonly dtls: DtlsSession;
  private readonly timer: WheelTimer;
  private readonly startedMs: number;
  private selected: PeerPath | undefined;
  private hasStarted = false;
  private srtp: { readonly outgoing: SrtpContext; readonly incoming: SrtpContext } | undefined;
  private srtcp: { readonly outgoing: SrtcpContext; readonly incoming: SrtcpContext } | undefined;
  private closed = false;

  constructor(options: PeerConnectionOptions) {
    this.options = options;
    const { ice, timers, dtls, role, fingerprints, crypto } = options;
    if (options.hasData === true) {
      const onClosed = (reason: string): void => options.onDataClosed?.(reason);
      this.data = new DataTransport({ crypto, timers, role, send: (packet) => this.dtls.send(packet), onClosed });
    }
    this.dtls = new DtlsSession({
      context: dtls,
      role,
      fingerprints,
      send: (datagram) => this.selected?.send(datagram),
      onKeys: (keys) => this.connect(keys),
      onData: (packet) => this.data?.receive(packet),
      onEnd: (reason) => this.end(reason),
    });
    this.startedMs = timers.nowMs();
    this.timer = timers.schedule(HANDSHAKE_TICK_MS, () => this.tick());
    ice.open(this);
  }

  get isConnected(): boolean {
    return this.srtp !== undefined;
  }

  /** Where media goes; undefined before the first valid check. */
  get path(): PeerPath | undefined {
    return this.selected;
  }

  /** As MediaMTX names candidates: `host/udp/192.0.2.1/8189`. Empty before the first valid check. */
  get labels(): { readonly local: string; readonly remote: string } {
    const { selected } = this;
    if (selected === undefined) return { local: '', remote: '' };
    const { base, local, remote, protocol } = selected;
    return {
      local: `${base.type}/${protocol}/${local.address}/${local.port}`,
      remote: `${this.options.ice.remoteType}/${protocol}/${remote.address}/${remote.port}`,
    };
  }

  receive(bytes: Uint8Array): void {
    const first = bytes[0] ?? 0;
    if (first >= 20 && first < 64) return this.dtls.receive(bytes);
    if (first < 128 || first >= 192 || this.srtp === undefined || this.srtcp === undefined) {
      this.refusedPackets++;
      return;
    }
    try {
      // RFC 5761 4: packet types of RTCP.
      const type = bytes[1] ?? 0;
      if (type >= 192 && type < 224) this.options.onRtcp(this.srtcp.incoming.unprotect(bytes));
      else this.options.onRtp(this.srtp.incoming.unprotect(bytes));
    } catch (error) {
      if (!(error instanceof SrtpError)) throw error;
      if (error.failure !== 'replay') this.refusedPackets++; // what is sent again without RTX can come twice
    }
  }

  /** Hot: once a frame and reader. Returns how many packets were taken. */
  sendFrame(frame: WebRtcFrame, numbering: ReaderNumbering): number {
    const { selected, srtp } = this;
    if (selected === undefined || srtp === undefined) return 0;
    const { protectedOffsets, protectedSizes, packets } = frame;
    const bytes = protectFrame(frame, numbering, srtp.outgoing);
    return selected.sendBatch(bytes, protectedOffsets, protectedSizes, packets.packetCount);
  }

  /** A packet that was sent before, under this number. */
  sendAgain(packet: Uint8Array, sequenceNumber: number, numbering: ReaderNumbering): void {
    const { selected, srtp } = this;
    if (selected === undefined || srtp === undefined) return;
    const size = protectAgain(packet, sequenceNumber, numbering, srtp.outgoing);
    selected.sendBatch(protectBuffer.bytes, [0], [size], 1);
  }

  sendRtcp(compound: Uint8Array): void {
    if (this.srtcp !== undefined) this.selected?.send(this.srtcp.outgoing.protect(compound));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { ice, timers } = this.options;
    timers.cancel(this.timer);
    this.data?.close();
    this.dtls.close();
    ice.close();
  }

  select(path: PeerPath): void {
    this.selected = path;
    if (this.hasStarted) return;
    this.hasStarted = true;
    this.dtls.start();
  }

  lose(): void {
    this.selected = undefined;
  }

  private connect({ ours, theirs }: SrtpMasterKeys): void {
    const { crypto, timers, onConnected } = this.options;
    this.srtp = { outgoing: new SrtpContext(crypto, ours), incoming: new SrtpContext(crypto, theirs) };
    this.srtcp = { outgoing: new SrtcpContext(crypto, ours), incoming: new SrtcpContext(crypto, theirs) };
    timers.reschedule(this.timer, CONSENT_TICK_MS);
    this.data?.start();
    onConnected();
  }

  private tick(): void {
    const { ice, timers, handshakeTimeoutMs } = this.options;
    const nowMs = timers.nowMs();
    if (this.isConnected) {
      if (ice.hasLostConsent(nowMs)) return this.end('peer connection closed');
      return timers.reschedule(this.timer, CONSENT_TICK_MS);
    }
    if (nowMs - this.startedMs > handshakeTimeoutMs) return this.end('deadline exceeded while waiting connection');
    this.dtls.tick();
    if (!this.closed) timers.reschedule(this.timer, HANDSHAKE_TICK_MS);
  }

  private end(reason: string): void {
    if (this.closed) return;
    this.close();
    this.options.onEnd(reason);
  }
}
