import { serializeInterleavedFrame } from '@mediamesh/rtsp';
import type { MediaTransport, SetupAnswer, SrtpKeys } from '@mediamesh/rtsp';
import type { CryptoPort } from '@mediamesh/bytes';
import { IncomingCipher } from '../srtp/incoming-cipher.ts';
import type { OutgoingCipher } from '../srtp/outgoing-cipher.ts';
import { TcpReaderTransport, UdpReaderTransport } from '../reader-transport.ts';
import type { ReaderTransport } from '../reader-transport.ts';
import type { ClientStream } from './tunnel/client-stream.ts';
import type { UdpMedia, UdpPeer, UdpPorts } from './udp-ports.ts';

interface SessionMedia {
  readonly transport: MediaTransport;
  readonly udp: UdpMedia | undefined;
  readonly incoming: IncomingCipher | undefined;
  readonly outgoing: OutgoingCipher | undefined;
}

/** Keys of a media whose profile is secure. */
export interface MediaKeys {
  readonly client: SrtpKeys;
  readonly ours: OutgoingCipher;
}

/** For the answer to a SETUP. */
export type AgreedMedia = Pick<Extract<SetupAnswer, { kind: 'ok' }>, 'serverPorts' | 'serverKeys'>;

/** How the medias of one session travel, as its SETUPs agreed: channels or ports, and keys of both directions. */
export class SessionMedias {
  private readonly stream: ClientStream;
  private readonly udp: UdpPorts | undefined;
  private readonly crypto: CryptoPort;
  /** By media index. */
  private readonly medias: (SessionMedia | undefined)[] = [];

  constructor(stream: ClientStream, udp: UdpPorts | undefined, crypto: CryptoPort) {
    this.stream = stream;
    this.udp = udp;
    this.crypto = crypto;
  }

  /** What the answer says of ports and keys; a text says why it cannot be. Errors: SrtpError when the client's keys name too many streams. */
  add(mediaIndex: number, transport: MediaTransport, keys: MediaKeys | undefined, peer: UdpPeer): AgreedMedia | string {
    const incoming = keys === undefined ? undefined : new IncomingCipher(this.crypto, keys.client);
    let udp: UdpMedia | undefined;
    if (transport.protocol === 'udp') {
      const registered = this.udp!.register(this.stream.remote.address, transport.clientPorts, mediaIndex, peer);
      if (typeof registered === 'string') return registered;
      udp = registered;
    }
    this.medias[mediaIndex] = { transport, udp, incoming, outgoing: keys?.ours };
    return { ...(udp !== undefined && { serverPorts: this.udp!.ports }), ...(keys !== undefined && { serverKeys: keys.ours.keys }) };
  }

  /** A packet as it came, without its protection. Errors: SrtpError. Hot. */
  unprotect(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): Uint8Array {
    const incoming = this.medias[mediaIndex]?.incoming;
    if (incoming === undefined) return bytes;
    return rtcp ? incoming.rtcp(bytes) : incoming.rtp(bytes);
  }

  sendRtcp(mediaIndex: number, compound: Uint8Array): void {
    const media = this.medias[mediaIndex];
    if (media === undefined) return;
    const bytes = media.outgoing === undefined ? compound : media.outgoing.protectRtcp(compound);
    if (media.transport.protocol === 'tcp') this.stream.write(serializeInterleavedFrame(media.transport.channels[1], bytes));
    else if (media.udp !== undefined) this.udp!.rtcp.send(bytes, media.udp.rtcp);
  }

  /** For a reader that is no member of a group. */
  readerTransport(): ReaderTransport {
    const first = this.medias.find((media) => media !== undefined);
    const secure = first?.transport.secure === true;
    if (first?.transport.protocol === 'udp') {
      const socket = this.udp!.rtp;
      const routes = this.medias.map((media) => media?.udp && { socket, destination: media.udp.rtp });
      return new UdpReaderTransport(routes, secure);
    }
    const channels = this.medias.map((media) => (media?.transport.protocol === 'tcp' ? media.transport.channels[0] : undefined));
    return new TcpReaderTransport(this.stream, channels, secure);
  }

  close(): void {
    for (const media of this.medias) if (media?.udp !== undefined) this.udp!.unregister(media.udp);
    this.medias.length = 0;
  }
}
