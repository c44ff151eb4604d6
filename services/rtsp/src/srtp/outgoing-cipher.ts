import type { CryptoPort } from '@mediamesh/bytes';
import { INTERLEAVED_PREFIX_BYTES, SRTP_KEY_AND_SALT_BYTES, SRTP_TAG_BYTES, SrtcpContext, SrtpContext } from '@mediamesh/rtp';
import type { RtpFrame } from '@mediamesh/rtp';
import type { SrtpKeys } from '@mediamesh/rtsp';
import { PacketBuffer } from '../packet-buffer.ts';

const MAGIC = 0x24;

/**
 * What one track, or one publisher's reports, are protected with: random keys, one SSRC.
 *
 * Frames must be given in order and without gaps: from the sequence numbers that it sees it knows the roll-over counter, and a
 * number that came twice would reuse the key stream.
 */
export class OutgoingCipher {
  private readonly ssrc: number;
  private readonly keyAndSalt: Uint8Array;
  private readonly rtp: SrtpContext;
  private readonly rtcp: SrtcpContext;

  constructor(crypto: CryptoPort, ssrc: number) {
    this.ssrc = ssrc;
    this.keyAndSalt = crypto.randomBytes(SRTP_KEY_AND_SALT_BYTES);
    this.rtp = new SrtpContext(crypto, this.keyAndSalt);
    this.rtcp = new SrtcpContext(crypto, this.keyAndSalt);
  }

  /** What a client that joins now has to know. */
  get keys(): SrtpKeys {
    return { keyAndSalt: this.keyAndSalt, streams: [{ ssrc: this.ssrc, rolloverCounter: this.rtp.rocOf(this.ssrc) }] };
  }

  protect(frame: RtpFrame): PacketBuffer {
    const { bytes, offsets, sizes, channel, packetCount } = frame;
    const target = new Uint8Array(frame.interleaved.length + packetCount * SRTP_TAG_BYTES);
    const protectedOffsets: number[] = [];
    const protectedSizes: number[] = [];
    let end = 0;
    for (let i = 0; i < packetCount; i++) {
      const start = end + INTERLEAVED_PREFIX_BYTES;
      const from = offsets[i]!;
      const size = this.rtp.protectInto(bytes.subarray(from, from + sizes[i]!), target, start);
      target[end] = MAGIC;
      target[end + 1] = channel;
      target[end + 2] = size >>> 8;
      target[end + 3] = size;
      protectedOffsets.push(start);
      protectedSizes.push(size);
      end = start + size;
    }
    return new PacketBuffer(target, protectedOffsets, protectedSizes, channel);
  }

  protectRtcp(compound: Uint8Array): Uint8Array {
    return this.rtcp.protect(compound);
  }
}
