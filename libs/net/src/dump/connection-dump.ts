import type { Endpoint } from '../endpoint.ts';
import { DumpFile, timeUs } from './dump-file.ts';
import type { DumpTarget } from './dump-file.ts';
import { MAX_TCP_PAYLOAD_BYTES, TCP_FLAGS, serializeTcpFrame } from './network-frames.ts';
import type { Direction } from './network-frames.ts';
import { serializePacket, serializeSecrets } from './pcapng.ts';

/** As MediaMTX makes them up. */
const LOCAL_SEQUENCE = 1000;
const REMOTE_SEQUENCE = 2000;
const OPENING_WINDOW = 65_535;
const WINDOW = 14_600;
const NO_PAYLOAD = new Uint8Array(0);
/** Of a TLS handshake, whose secrets have to stand before it; certificates are a few KiB. */
export const MAX_HELD_BYTES = 1024 * 1024;

export interface DumpedConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Who has connected: the peer, or we. */
  readonly side: 'server' | 'client';
  /** What passes is TLS: it is held back until its secrets are known. */
  readonly tls: boolean;
}

/**
 * A TCP connection in a capture file of its own.
 *
 * Shape:  the bytes of both directions, in the order in which they passed; handshake, sequence numbers and checksums are made up.
 */
export class ConnectionDump {
  private readonly file: DumpFile;
  private readonly incoming: Direction;
  private readonly outgoing: Direction;
  private localSequence = LOCAL_SEQUENCE;
  private remoteSequence = REMOTE_SEQUENCE;
  /** Blocks that wait for the secrets; undefined once they are written. */
  private held: Uint8Array[] | undefined;
  private heldBytes = 0;
  private readonly secrets: Uint8Array[] = [];

  constructor(target: DumpTarget, { local, remote, side, tls }: DumpedConnection) {
    this.file = new DumpFile(target);
    this.incoming = { from: remote, to: local };
    this.outgoing = { from: local, to: remote };
    if (tls) this.held = [];
    this.shakeHands(side === 'client');
  }

  received(bytes: Uint8Array): void {
    this.data(this.incoming, bytes);
  }

  sent(bytes: Uint8Array): void {
    this.data(this.outgoing, bytes);
  }

  /** A line of the TLS key log. */
  secret(line: Uint8Array): void {
    if (this.held === undefined) this.file.write(serializeSecrets(line));
    else this.secrets.push(line);
  }

  /** The secrets are complete: what was held back comes behind them. */
  release(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    if (this.secrets.length > 0) this.file.write(serializeSecrets(Buffer.concat(this.secrets)));
    for (const block of held) this.file.write(block);
  }

  close(): void {
    this.release();
    this.file.close();
  }

  private shakeHands(weConnected: boolean): void {
    const [there, back] = weConnected ? [this.outgoing, this.incoming] : [this.incoming, this.outgoing];
    const [caller, called] = weConnected ? [LOCAL_SEQUENCE, REMOTE_SEQUENCE] : [REMOTE_SEQUENCE, LOCAL_SEQUENCE];
    const segment = (direction: Direction, sequence: number, acknowledged: number, flags: number): void =>
      this.packet(serializeTcpFrame(direction, { sequence, acknowledged, flags, window: OPENING_WINDOW, payload: NO_PAYLOAD }));
    segment(there, caller, 0, TCP_FLAGS.syn);
    segment(back, called, caller + 1, TCP_FLAGS.syn | TCP_FLAGS.ack);
    segment(there, caller + 1, called + 1, TCP_FLAGS.ack);
    this.localSequence++;
    this.remoteSequence++;
  }

  private data(direction: Direction, bytes: Uint8Array): void {
    const isSent = direction === this.outgoing;
    for (let at = 0; at < bytes.length; at += MAX_TCP_PAYLOAD_BYTES) {
      const payload = bytes.subarray(at, at + MAX_TCP_PAYLOAD_BYTES);
      const [sequence, acknowledged] = isSent ? [this.localSequence, this.remoteSequence] : [this.remoteSequence, this.localSequence];
      this.packet(serializeTcpFrame(direction, { sequence, acknowledged, flags: TCP_FLAGS.push | TCP_FLAGS.ack, window: WINDOW, payload }));
      if (isSent) this.localSequence += payload.length;
      else this.remoteSequence += payload.length;
    }
  }

  private packet(frame: Uint8Array): void {
    const block = serializePacket(timeUs(), frame);
    if (this.held === undefined) return this.file.write(block);
    this.held.push(block);
    this.heldBytes += block.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.release();
  }
}
