import type { CryptoPort } from '@mediamesh/bytes';
import type { MediaDescription, SessionDescription } from '@mediamesh/sdp';
import type { PortPair } from '../header/transport.ts';
import type { RangeStart } from '../header/range.ts';
import type { RtpInfoEntry } from '../header/rtp-info.ts';
import type { SrtpKeys } from '../mikey/srtp-keys.ts';
import type { MessageTrace } from '../message/message-text.ts';

export type ClientProtocol = 'udp' | 'multicast' | 'tcp';

export interface RtspClientOptions {
  readonly crypto: CryptoPort;
  /** With credentials, if there are any: they go into headers only. `rtsps` means that the socket is TLS. */
  readonly url: string;
  readonly userAgent: string;
  /** Inside of HTTP or a WebSocket: then media stays on TCP. */
  readonly tunnelled: boolean;
  /** `automatic`: UDP, and TCP where that does not work. */
  readonly transport: 'automatic' | ClientProtocol;
  /** Accept servers that name no UDP ports (`rtspAnyPort`). */
  readonly anyPort: boolean;
  readonly readTimeoutMs: number;
  readonly wallClockMs: () => number;
  /** How often this connection was redirected already: what `reconnect` said. */
  readonly redirects: number;
  readonly trace?: MessageTrace;
}

export interface PlayOptions {
  readonly range?: RangeStart;
  /** Value of the Scale header. */
  readonly scale?: string;
}

export interface PublishOptions {
  /** Its medias need a control each. */
  readonly description: SessionDescription;
  /** By media: of the packets that will be sent; the key messages of a secure profile name it. */
  readonly ssrcs: readonly number[];
}

export type ClientMediaTransport =
  | { readonly protocol: 'tcp'; readonly channels: PortPair }
  /** `serverPorts` is absent with `anyPort`; `source` is where packets come from, if it is not the server. */
  | { readonly protocol: 'udp'; readonly clientPorts: PortPair; readonly serverPorts?: PortPair; readonly source?: string }
  | { readonly protocol: 'multicast'; readonly address: string; readonly ports: PortPair; readonly source?: string };

/** A media that was set up. */
export interface ClientMedia {
  readonly mediaIndex: number;
  readonly media: MediaDescription;
  readonly transport: ClientMediaTransport;
  /** Of the server's packets, where it says so. */
  readonly ssrc?: number;
  /** Secure profile: what we protect our packets with, and the server its own. */
  readonly keys?: { readonly client: SrtpKeys; readonly server: SrtpKeys };
}

/** The attempt is over, and another connection continues it. */
export interface Reconnect {
  readonly url: string;
  readonly transport: 'automatic' | ClientProtocol;
  readonly redirects: number;
  /** For the log: a redirect, or why TCP is used from now on. */
  readonly reason: string;
}

export interface RtspClientHandler {
  send(bytes: Uint8Array): void;
  /** What the server offers, before anything is set up. `end` refuses it. */
  described(description: SessionDescription): void;
  /** Open a pair of UDP sockets (even port, odd port) and tell them with `portsBound`. */
  bindPorts(mediaIndex: number): void;
  mediaSetUp(media: ClientMedia): void;
  /** Media comes, or may be sent, from now on. */
  streaming(rtpInfo: readonly RtpInfoEntry[]): void;
  /** A packet over TCP; only for as long as the call lasts where the socket's buffers are reused. */
  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void;
  /** The transport changed on this connection: for the log. */
  transportSwitched(reason: string): void;
  /** Close this socket, and open another connection with these options. The last call. */
  reconnect(next: Reconnect): void;
  /** Close the socket. The last call. */
  close(reason: string): void;
}
