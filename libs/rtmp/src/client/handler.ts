import type { RtmpCrypto } from '../crypto.ts';
import type { Amf0Value } from '@mediamesh/flv';
import type { MediaMessage } from '../message-stream.ts';
import type { AuthStep } from './adobe-auth.ts';
import type { StreamAddress } from './stream-address.ts';

export interface RtmpClientOptions {
  readonly crypto: RtmpCrypto;
  readonly address: StreamAddress;
  readonly action: 'play' | 'publish';
  /** Codecs of Enhanced RTMP that we read or send, as servers want to be told; empty: none is mentioned. */
  readonly fourCcs: readonly string[];
  /** For each answer, and for media while playing. */
  readonly readTimeoutMs: number;
  /** Of the connection before, where its server asked for credentials. */
  readonly auth?: AuthStep;
}

/** What a connection tells its owner. */
export interface RtmpClientHandler {
  send(bytes: Uint8Array): void;
  /** The server has accepted: media comes, or can be sent. */
  started(): void;
  media(message: MediaMessage): void;
  data(values: readonly Amf0Value[]): void;
  /** The server wants credentials: close, and connect again with this. Nothing else is called afterwards. */
  reconnect(auth: AuthStep): void;
  /** Close the socket once what was sent is flushed. Nothing else is called afterwards. */
  close(reason: string): void;
}
