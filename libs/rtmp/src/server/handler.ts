import type { RtmpCrypto } from '../crypto.ts';
import type { Amf0Value } from '@mediamesh/flv';
import type { MediaMessage } from '../message-stream.ts';
import type { StreamUrl } from '../stream-url.ts';

export interface RtmpServerOptions {
  readonly crypto: RtmpCrypto;
  /** Without a byte for so long the connection is closed, except while it reads. */
  readonly readTimeoutMs: number;
}

/** What a client wants. */
export interface StreamRequest extends StreamUrl {
  readonly action: 'publish' | 'play';
  /** `flashVer` of its connect. */
  readonly userAgent: string;
  /** Codecs of Enhanced RTMP that it can read (`fourCcList`); `*` stands for all. Empty: it knows no extension. */
  readonly fourCcs: ReadonlySet<string>;
}

/**
 * What a connection tells its owner. `requested` is answered later (or at once) with `accept` or `reject` of the connection; what the
 * client sends meanwhile is handed on as it comes.
 */
export interface RtmpServerHandler {
  send(bytes: Uint8Array): void;
  requested(request: StreamRequest): void;
  /** Of a publisher. */
  media(message: MediaMessage): void;
  /** Of a publisher: `onMetaData` and others. */
  data(values: readonly Amf0Value[]): void;
  /** Close the socket once what was sent is flushed. Nothing else is called afterwards. */
  close(reason: string): void;
}
