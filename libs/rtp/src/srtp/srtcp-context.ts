import { copyBytes } from '@mediamesh/bytes';
import type { CryptoPort, PacketCipher, PacketPlace } from '@mediamesh/bytes';
import { COUNTER_BLOCK_BYTES, writeCounterBlockInto } from './counter-block.ts';
import { deriveSessionKeys } from './master-key.ts';
import type { SessionKeys } from './master-key.ts';
import { ReplayWindow } from './replay-window.ts';
import { MAX_SRTP_SOURCES, SRTP_TAG_BYTES } from './srtp-context.ts';
import { SrtpError } from './srtp-error.ts';

const INDEX_BYTES = 4;
/** Header and SSRC of the first packet stay in the clear. */
const CLEAR_BYTES = 8;
const ENCRYPTED_FLAG = 0x80;
const MAX_INDEX = 0x7fff_ffff;

/** What SRTCP adds to a compound packet. */
export const SRTCP_TRAILER_BYTES = INDEX_BYTES + SRTP_TAG_BYTES;

/**
 * SRTCP with AES_CM_128_HMAC_SHA1_80, for all SSRCs of one direction of a session.
 *
 * Shape:    compound packets in, SRTCP packets out, SRTCP_TRAILER_BYTES larger; and back.
 * Errors:   SrtpError when a packet is malformed, its tag is wrong, or it is a replay; nothing changes then.
 * Aliasing: results are new bytes.
 * Source:   RFC 3711 3.4.
 */
export class SrtcpContext {
  private readonly keys: SessionKeys;
  private readonly cipher: PacketCipher;
  private readonly place: PacketPlace = { start: 0, clear: CLEAR_BYTES, end: 0, tag: 0 };
  private readonly counter = new Uint8Array(COUNTER_BLOCK_BYTES);
  private readonly replays = new Map<number, ReplayWindow>();
  /** Of the last packet sent; one count for all SSRCs keeps the counter blocks apart too. */
  private index = 0;

  constructor(crypto: CryptoPort, keyAndSalt: Uint8Array) {
    this.keys = deriveSessionKeys(crypto, keyAndSalt, 'rtcp');
    this.cipher = crypto.packetCipher(this.keys.encryption, this.keys.authentication);
  }

  protect(compound: Uint8Array): Uint8Array {
    if (compound.length < CLEAR_BYTES) throw new SrtpError('malformed', 'the RTCP packet has no header');
    if (this.index === MAX_INDEX) throw new SrtpError('keyExhausted', 'the SRTP master key has protected all RTCP packet indexes');
    const index = ++this.index;
    const end = compound.length;
    const output = new Uint8Array(end + SRTCP_TRAILER_BYTES);
    output.set(compound);
    output[end] = ENCRYPTED_FLAG | (index >>> 24);
    output[end + 1] = index >>> 16;
    output[end + 2] = index >>> 8;
    output[end + 3] = index;
    this.aim(output, index, end, true);
    this.cipher.protect(output, this.place, this.counter, SRTP_TAG_BYTES);
    return output;
  }

  unprotect(packet: Uint8Array): Uint8Array {
    const end = packet.length - SRTCP_TRAILER_BYTES;
    if (end < CLEAR_BYTES || packet[0]! >> 6 !== 2) throw new SrtpError('malformed', 'the SRTCP packet has no RTCP header');
    const flagAndIndex = ((packet[end]! << 24) | (packet[end + 1]! << 16) | (packet[end + 2]! << 8) | packet[end + 3]!) >>> 0;
    const index = flagAndIndex & MAX_INDEX;
    const ssrc = ssrcOf(packet);
    const known = this.replays.get(ssrc);
    if (known !== undefined && !known.accepts(index)) throw new SrtpError('replay', `the SRTCP packet ${index} was received before`);
    const output = copyBytes(packet);
    this.aim(output, index, end, flagAndIndex > MAX_INDEX);
    if (!this.cipher.unprotect(output, this.place, this.counter, packet.subarray(end + INDEX_BYTES)))
      throw new SrtpError('authentication', 'the tag of the SRTCP packet is wrong');
    (known ?? this.addSource(ssrc)).record(index);
    return output.subarray(0, end);
  }

  /** Makes counter block and place those of this packet, whose index lies at `end`. */
  private aim(packet: Uint8Array, index: number, end: number, isEncrypted: boolean): void {
    const { place } = this;
    writeCounterBlockInto(this.counter, this.keys.salt, ssrcOf(packet), index >>> 16, index & 0xffff);
    place.clear = isEncrypted ? CLEAR_BYTES : end;
    place.end = end;
    place.tag = end + INDEX_BYTES;
  }

  private addSource(ssrc: number): ReplayWindow {
    if (this.replays.size === MAX_SRTP_SOURCES) throw new SrtpError('tooManySources', `more than ${MAX_SRTP_SOURCES} SSRCs`);
    const window = new ReplayWindow();
    this.replays.set(ssrc, window);
    return window;
  }
}

function ssrcOf(packet: Uint8Array): number {
  return ((packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!) >>> 0;
}
