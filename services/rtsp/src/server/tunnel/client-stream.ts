import type { Endpoint } from '@mediamesh/net';

/** How RTSP travels: the value of a connection's field `tunnel` in the Control API. */
export type Tunnel = 'none' | 'http' | 'websocket';

/** A client's bytes, whatever carries them. A `TcpConnection` is one as it is. */
export interface ClientStream {
  onData: (bytes: Uint8Array) => void;
  onClose: (error?: Error) => void;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly queuedBytes: number;
  /** False: nothing is written, too much is queued. */
  write(bytes: Uint8Array): boolean;
  /** Once what was written is sent. */
  end(): void;
  destroy(error?: Error): void;
  setBulk(bulk: boolean): void;
}
