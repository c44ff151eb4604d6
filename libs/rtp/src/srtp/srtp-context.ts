import type { CryptoPort, PacketCipher, PacketPlace } from '@mediamesh/bytes';
import { RTP_HEADER_BYTES } from '../packet.ts';
import { COUNTER_BLOCK_BYTES, writeCounterBlockInto } from './counter-block.ts';
import { deriveSessionKeys } from './master-key.ts';
import type { SessionKeys } from './master-key.ts';
import { ReplayWindow } from './replay-window.ts';
import { SrtpError } from './srtp-error.ts';

export const SRTP_TAG_BYTES = 10;

/** A session has an SSRC a track and direction; each costs a replay window. */
export const MAX_SRTP_SOURCES = 64;

const MAX_ROC = 0xffff_ffff;

/** Where one SSRC stands. */
class SrtpSource {
  roc: number;
  highestSequence: number;
  readonly replays = new ReplayWindow();

  constructor(roc: number, highestSequence: number) {
    this.roc = roc;
    this.highestSequence = highestSequence;
  }
}

/**
 * SRTP with AES_CM_128_HMAC_SHA1_80, for all SSRCs of one direction of a session.
 *
 * Shape:    RTP packets in, SRTP packets out, SRTP_TAG_BYTES larger; and back.
 * Errors:   SrtpError when a packet is malformed, its tag is wrong, or it is a replay; nothing changes then.
 * Aliasing: results are new bytes.
 * Source:   RFC 3711 3.3, 4.1, 4.2.
 */
export class SrtpContext {
  private readonly keys: SessionKeys;
  private readonly cipher: PacketCipher;
  private readonly place: PacketPlace = { start: 0, clear: 0, end: 0, tag: 0 };
  private readonly counter = new Uint8Array(COUNTER_BLOCK_BYTES);
  private readonly sources = new Map<number, SrtpSource>();
  private readonly initialRocs = new Map<number, number>();

  constructor(crypto: CryptoPort, keyAndSalt: Uint8Array) {
    this.keys = deriveSessionKeys(crypto, keyAndSalt, 'rtp');
    this.cipher = crypto.packetCipher(this.keys.encryption, this.keys.authentication);
  }

  /** The roll-over counter that an SSRC's first packet has; 0 when it was never set. A reader that joins late gets it by MIKEY. */
  setInitialRoc(ssrc: number, roc: number): void {
    if (!this.initialRocs.has(ssrc) && this.initialRocs.size === MAX_SRTP_SOURCES)
      throw new SrtpError('tooManySources', `more than ${MAX_SRTP_SOURCES} SSRCs`);
    this.initialRocs.set(ssrc, roc);
  }

  /** The roll-over counter of an SSRC's last packet. */
  rocOf(ssrc: number): number {
    return this.sources.get(ssrc)?.roc ?? this.initialRocs.get(ssrc) ?? 0;
  }

  protect(packet: Uint8Array): Uint8Array {
    const protectedPacket = new Uint8Array(packet.length + SRTP_TAG_BYTES);
    this.protectInto(packet, protectedPacket, 0);
    return protectedPacket;
  }

  /** Writes the SRTP packet at `offset`, and returns its size. */
  protectInto(packet: Uint8Array, target: Uint8Array, offset: number): number {
    target.set(packet, offset);
    return this.protectInPlace(target, offset, packet.length);
  }

  /** Hot. The packet is at `offset`, with room for the tag behind it; returns its size with the tag. */
  protectInPlace(bytes: Uint8Array, offset: number, length: number): number {
    const { place, counter } = this;
    const end = offset + length;
    const clear = offset + rtpHeaderBytes(bytes, offset, end);
    const ssrc = ssrcOf(bytes, offset);
    const sequenceNumber = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    const source = this.sources.get(ssrc) ?? this.addSource(ssrc, sequenceNumber);
    const roc = guessRoc(source, sequenceNumber);
    if (roc < 0 || roc > MAX_ROC) throw new SrtpError('keyExhausted', 'the SRTP master key has no index for this packet');
    advance(source, roc, sequenceNumber);
    writeCounterBlockInto(counter, this.keys.salt, ssrc, roc, sequenceNumber);
    writeRocInto(bytes, end, roc);
    place.start = offset;
    place.clear = clear;
    place.end = end;
    place.tag = end;
    this.cipher.protect(bytes, place, counter, SRTP_TAG_BYTES);
    return length + SRTP_TAG_BYTES;
  }

  unprotect(packet: Uint8Array): Uint8Array {
    const end = packet.length - SRTP_TAG_BYTES;
    const headerBytes = rtpHeaderBytes(packet, 0, end);
    const ssrc = ssrcOf(packet, 0);
    const sequenceNumber = (packet[2]! << 8) | packet[3]!;
    const known = this.sources.get(ssrc);
    const source = known ?? new SrtpSource(this.initialRocs.get(ssrc) ?? 0, sequenceNumber);
    const roc = guessRoc(source, sequenceNumber);
    if (roc < 0 || roc > MAX_ROC) throw new SrtpError('authentication', 'the SRTP packet has an impossible index');
    const index = roc * 0x1_0000 + sequenceNumber;
    if (!source.replays.accepts(index)) throw new SrtpError('replay', `the SRTP packet ${sequenceNumber} was received before`);
    const output = new Uint8Array(packet.length);
    output.set(packet.subarray(0, end));
    writeRocInto(output, end, roc);
    const { place, counter } = this;
    writeCounterBlockInto(counter, this.keys.salt, ssrc, roc, sequenceNumber);
    place.start = 0;
    place.clear = headerBytes;
    place.end = end;
    if (!this.cipher.unprotect(output, place, counter, packet.subarray(end)))
      throw new SrtpError('authentication', 'the tag of the SRTP packet is wrong');
    if (known === undefined) this.keepSource(ssrc, source);
    source.replays.record(index);
    advance(source, roc, sequenceNumber);
    return output.subarray(0, end);
  }

  private addSource(ssrc: number, sequenceNumber: number): SrtpSource {
    const source = new SrtpSource(this.initialRocs.get(ssrc) ?? 0, sequenceNumber);
    this.keepSource(ssrc, source);
    return source;
  }

  private keepSource(ssrc: number, source: SrtpSource): void {
    if (this.sources.size === MAX_SRTP_SOURCES) throw new SrtpError('tooManySources', `more than ${MAX_SRTP_SOURCES} SSRCs`);
    this.sources.set(ssrc, source);
  }
}

/** Source: RFC 3711 3.3.1, appendix A. */
function guessRoc(source: SrtpSource, sequenceNumber: number): number {
  const { roc, highestSequence } = source;
  if (highestSequence < 0x8000) return sequenceNumber - highestSequence > 0x8000 ? roc - 1 : roc;
  return highestSequence - 0x8000 > sequenceNumber ? roc + 1 : roc;
}

function advance(source: SrtpSource, roc: number, sequenceNumber: number): void {
  if (roc < source.roc || (roc === source.roc && sequenceNumber < source.highestSequence)) return;
  source.roc = roc;
  source.highestSequence = sequenceNumber;
}

/** Behind the packet, where it is authenticated; the tag comes there afterwards. */
function writeRocInto(bytes: Uint8Array, end: number, roc: number): void {
  bytes[end] = roc >>> 24;
  bytes[end + 1] = roc >>> 16;
  bytes[end + 2] = roc >>> 8;
  bytes[end + 3] = roc;
}

function ssrcOf(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 8]! << 24) | (bytes[offset + 9]! << 16) | (bytes[offset + 10]! << 8) | bytes[offset + 11]!) >>> 0;
}

/** Fixed header, CSRCs and extension of the packet from `start` to `end`: what stays in the clear. */
function rtpHeaderBytes(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size < RTP_HEADER_BYTES || bytes[start]! >> 6 !== 2) throw new SrtpError('malformed', 'the SRTP packet has no RTP header');
  let headerBytes = RTP_HEADER_BYTES + (bytes[start]! & 0x0f) * 4;
  if ((bytes[start]! & 0x10) !== 0) {
    if (headerBytes + 4 > size) throw new SrtpError('malformed', 'the header extension of the SRTP packet is truncated');
    const at = start + headerBytes;
    headerBytes += 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!) * 4;
  }
  if (headerBytes > size) throw new SrtpError('malformed', 'the header of the SRTP packet exceeds it');
  return headerBytes;
}
