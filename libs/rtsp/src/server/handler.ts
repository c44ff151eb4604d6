import type { SessionDescription } from '@mediamesh/sdp';
import type { CryptoPort } from '@mediamesh/bytes';
import type { AuthMethod } from '../auth/server-auth.ts';
import type { PortPair } from '../header/transport.ts';
import type { SrtpKeys } from '../mikey/srtp-keys.ts';
import type { RequestContext } from './request-context.ts';
import type { RtspServerSession } from './session.ts';
import type { MessageTrace } from '../message/message-text.ts';

export interface RtspServerOptions {
  readonly crypto: CryptoPort;
  /** The connection is TLS. */
  readonly secure: boolean;
  /** The connection runs inside of HTTP or a WebSocket: then there is no UDP. */
  readonly tunnelled: boolean;
  /** What the server offers (`rtspTransports`). */
  readonly transports: { readonly tcp: boolean; readonly udp: boolean; readonly multicast: boolean };
  /** In the order in which they are offered (`rtspAuthMethods`). */
  readonly authMethods: readonly AuthMethod[];
  /** A publisher that sends nothing for so long is closed. */
  readonly readTimeoutMs: number;
  /** Milliseconds of the wall clock, for the timestamps of key messages. */
  readonly wallClockMs: () => number;
  readonly trace?: MessageTrace;
}

/** How one media's packets travel, as agreed with the client. */
export type MediaTransport =
  | { readonly protocol: 'tcp'; readonly secure: boolean; readonly channels: PortPair }
  | { readonly protocol: 'udp'; readonly secure: boolean; readonly clientPorts: PortPair }
  | { readonly protocol: 'multicast'; readonly secure: boolean };

export interface DescribeRequest extends RequestContext {
  /** VLC asks for multicast with `?vlcmulticast`: then the SDP should carry a multicast address. */
  readonly multicastRequested: boolean;
}

export interface AnnounceRequest extends RequestContext {
  readonly session: RtspServerSession;
  readonly description: SessionDescription;
}

export interface SetupRequest extends RequestContext {
  readonly session: RtspServerSession;
  /** Of the announced or described medias, from 0. It is not checked against what is played: refuse those that don't exist. */
  readonly mediaIndex: number;
  readonly transport: MediaTransport;
  /** The first one of a reader: authorize, and register the reader. */
  readonly first: boolean;
  /** What the client protects its packets with, when the profile is secure. */
  readonly clientKeys?: SrtpKeys;
}

/** PLAY, RECORD or PAUSE. */
export interface SessionRequest extends RequestContext {
  readonly session: RtspServerSession;
}

/** The request failed: the status is sent, then the connection closed with the reason. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: number;
  readonly reason: string;
}

/** 401 with WWW-Authenticate: the client gave no credentials and may try again. The connection stays. */
export interface Challenged {
  readonly kind: 'challenge';
}

export type DescribeAnswer =
  | { readonly kind: 'ok'; readonly sdp: string }
  /** A path (`/other`), joined with the request's scheme and host, or a URL. */
  | { readonly kind: 'redirect'; readonly location: string }
  | Challenged
  | Refusal;

export type AnnounceAnswer = { readonly kind: 'ok' } | Challenged | Refusal;

export type SetupAnswer =
  | {
      readonly kind: 'ok';
      /** Of the packets that the server will send, where the media has one format. */
      readonly ssrc?: number;
      /** UDP: where the client's packets go. */
      readonly serverPorts?: PortPair;
      readonly multicast?: { readonly address: string; readonly ports: PortPair };
      /** Secure profile: what the server protects its packets with. */
      readonly serverKeys?: SrtpKeys;
    }
  /** 461: the connection stays, so that the client can try another transport. */
  | { readonly kind: 'unsupportedTransport' }
  | Challenged
  | Refusal;

export interface PlayAnswerOk {
  readonly kind: 'ok';
  /** By media index: the next packet of medias with a single format. */
  readonly rtpInfo: ReadonlyMap<number, { readonly sequenceNumber: number; readonly timestamp: number }>;
}

export type PlayAnswer = PlayAnswerOk | Refusal;
export type RecordAnswer = { readonly kind: 'ok' } | Refusal;
export type PauseAnswer = { readonly kind: 'ok' } | Refusal;

/**
 * What a connection tells its owner. `describe` to `pause` are answered later (or at once) with the connection's method of the same name;
 * until then further requests wait.
 */
export interface RtspServerHandler {
  send(bytes: Uint8Array): void;
  describe(request: DescribeRequest): void;
  announce(request: AnnounceRequest): void;
  setup(request: SetupRequest): void;
  /** Packets may be sent as soon as it is answered with ok. */
  play(request: SessionRequest): void;
  record(request: SessionRequest): void;
  pause(request: SessionRequest): void;
  /** Before the request that creates the session. */
  sessionOpened(session: RtspServerSession): void;
  /** Torn down, or gone with its connection: stop sending, leave the path. */
  sessionClosed(session: RtspServerSession, reason: string): void;
  /** A packet of a session that plays or records; only for as long as the call lasts where the socket's buffers are reused. */
  interleaved(mediaIndex: number, rtcp: boolean, payload: Uint8Array): void;
  /** Close the socket once what was sent is flushed. Nothing else is called afterwards. */
  close(reason: string): void;
}
