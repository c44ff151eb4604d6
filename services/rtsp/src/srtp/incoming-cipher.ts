import type { CryptoPort } from '@mediamesh/bytes';
import { SRTP_TAG_BYTES, SrtcpContext, SrtpContext, SrtpError } from '@mediamesh/rtp';
import type { SrtpKeys } from '@mediamesh/rtsp';

/**
 * What a peer protects the packets of one media with.
 *
 * Errors: SrtpError for a packet that is malformed, forged or repeated; the constructor's when there are too many streams.
 */
export class IncomingCipher {
  private readonly rtpContext: SrtpContext;
  private readonly rtcpContext: SrtcpContext;
  private readonly mki: Uint8Array | undefined;

  constructor(crypto: CryptoPort, { keyAndSalt, mki, streams }: SrtpKeys) {
    this.rtpContext = new SrtpContext(crypto, keyAndSalt);
    this.rtcpContext = new SrtcpContext(crypto, keyAndSalt);
    this.mki = mki;
    for (const { ssrc, rolloverCounter } of streams) this.rtpContext.setInitialRoc(ssrc, rolloverCounter);
  }

  rtp(packet: Uint8Array): Uint8Array {
    return this.rtpContext.unprotect(this.withoutMki(packet));
  }

  rtcp(packet: Uint8Array): Uint8Array {
    return this.rtcpContext.unprotect(this.withoutMki(packet));
  }

  /** It stands before the tag, which does not cover it. Source: RFC 3711 3.1. */
  private withoutMki(packet: Uint8Array): Uint8Array {
    const { mki } = this;
    if (mki === undefined) return packet;
    const tagAt = packet.length - SRTP_TAG_BYTES;
    const mkiAt = tagAt - mki.length;
    if (mkiAt < 0 || mki.some((byte, index) => packet[mkiAt + index] !== byte))
      throw new SrtpError('authentication', 'the SRTP packet names another key');
    const bytes = new Uint8Array(packet.length - mki.length);
    bytes.set(packet.subarray(0, mkiAt));
    bytes.set(packet.subarray(tagAt), mkiAt);
    return bytes;
  }
}
