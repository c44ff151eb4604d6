import type { CryptoPort } from '@mediamesh/bytes';
import { SRTP_TAG_BYTES, SrtcpContext, SrtpContext, SrtpError } from '@mediamesh/rtp';
import type { SrtpKeys } from '@mediamesh/rtsp';

/**
 * SRTP and SRTCP of one media of a source. Keys with an identifier (MKI) have it before the tag of each packet.
 *
 * Errors: SrtpError of the constructor when the server names more streams than a context keeps.
 */
export class MediaSecurity {
  /** Packets whose tag was wrong, or that were no SRTP; repeated ones are not counted. */
  refusedPackets = 0;
  private readonly rtp: SrtpContext;
  private readonly rtcp: SrtcpContext;
  private readonly outgoing: SrtcpContext;
  private readonly incomingMki: Uint8Array | undefined;
  private readonly outgoingMki: Uint8Array | undefined;

  constructor(crypto: CryptoPort, { client, server }: { readonly client: SrtpKeys; readonly server: SrtpKeys }) {
    this.rtp = new SrtpContext(crypto, server.keyAndSalt);
    this.rtcp = new SrtcpContext(crypto, server.keyAndSalt);
    this.outgoing = new SrtcpContext(crypto, client.keyAndSalt);
    this.incomingMki = server.mki;
    this.outgoingMki = client.mki;
    for (const { ssrc, rolloverCounter } of server.streams) this.rtp.setInitialRoc(ssrc, rolloverCounter);
  }

  /** Undefined: it is refused. */
  unprotect(rtcp: boolean, packet: Uint8Array): Uint8Array | undefined {
    const context = rtcp ? this.rtcp : this.rtp;
    try {
      return context.unprotect(this.incomingMki === undefined ? packet : withoutMki(packet, this.incomingMki));
    } catch (error) {
      if (!(error instanceof SrtpError)) throw error;
      if (error.failure !== 'replay') this.refusedPackets++;
      return undefined;
    }
  }

  protectRtcp(compound: Uint8Array): Uint8Array {
    const packet = this.outgoing.protect(compound);
    return this.outgoingMki === undefined ? packet : withMki(packet, this.outgoingMki);
  }
}

function withMki(packet: Uint8Array, mki: Uint8Array): Uint8Array {
  const tagAt = packet.length - SRTP_TAG_BYTES;
  const bytes = new Uint8Array(packet.length + mki.length);
  bytes.set(packet.subarray(0, tagAt));
  bytes.set(mki, tagAt);
  bytes.set(packet.subarray(tagAt), tagAt + mki.length);
  return bytes;
}

/** Source: RFC 3711 3.1. The tag does not cover the identifier. */
function withoutMki(packet: Uint8Array, mki: Uint8Array): Uint8Array {
  const mkiAt = packet.length - SRTP_TAG_BYTES - mki.length;
  if (mkiAt < 0 || mki.some((byte, index) => packet[mkiAt + index] !== byte))
    throw new SrtpError('authentication', 'the SRTP packet names another key');
  const bytes = new Uint8Array(packet.length - mki.length);
  bytes.set(packet.subarray(0, mkiAt));
  bytes.set(packet.subarray(mkiAt + mki.length), mkiAt);
  return bytes;
}
