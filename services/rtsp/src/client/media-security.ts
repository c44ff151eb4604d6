import type { CryptoPort } from '@mediamesh/bytes';
import { SRTP_TAG_BYTES, SrtcpContext, SrtpError } from '@mediamesh/rtp';
import type { SrtpKeys } from '@mediamesh/rtsp';
import { IncomingCipher } from '../srtp/incoming-cipher.ts';

/**
 * SRTP and SRTCP of one media of a source: the server's packets, and our reports.
 *
 * Errors: SrtpError of the constructor when the server names more streams than a context keeps.
 */
export class MediaSecurity {
  /** Packets whose tag was wrong, or that were no SRTP; repeated ones are not counted. */
  refusedPackets = 0;
  private readonly incoming: IncomingCipher;
  private readonly outgoing: SrtcpContext;
  private readonly mki: Uint8Array | undefined;

  constructor(crypto: CryptoPort, { client, server }: { readonly client: SrtpKeys; readonly server: SrtpKeys }) {
    this.incoming = new IncomingCipher(crypto, server);
    this.outgoing = new SrtcpContext(crypto, client.keyAndSalt);
    this.mki = client.mki;
  }

  /** Undefined: it is refused. */
  unprotect(rtcp: boolean, packet: Uint8Array): Uint8Array | undefined {
    try {
      return rtcp ? this.incoming.rtcp(packet) : this.incoming.rtp(packet);
    } catch (error) {
      if (!(error instanceof SrtpError)) throw error;
      if (error.failure !== 'replay') this.refusedPackets++;
      return undefined;
    }
  }

  protectRtcp(compound: Uint8Array): Uint8Array {
    const packet = this.outgoing.protect(compound);
    return this.mki === undefined ? packet : withMki(packet, this.mki);
  }
}

/** The key's identifier goes before the tag. Source: RFC 3711 3.1. */
function withMki(packet: Uint8Array, mki: Uint8Array): Uint8Array {
  const tagAt = packet.length - SRTP_TAG_BYTES;
  const bytes = new Uint8Array(packet.length + mki.length);
  bytes.set(packet.subarray(0, tagAt));
  bytes.set(mki, tagAt);
  bytes.set(packet.subarray(tagAt), tagAt + mki.length);
  return bytes;
}
