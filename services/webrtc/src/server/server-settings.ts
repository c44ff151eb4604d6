import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { DtlsContext, TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, WebRtcFrame } from '../from-stream.ts';
import type { IceMux } from '../transport/ice-mux.ts';
import type { HostAddresses } from './host-addresses.ts';
import type { IceServers } from './ice-servers.ts';
import type { SessionDirectory } from './session-directory.ts';

/** What the server's sessions share. */
export interface ServerSettings {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<WebRtcFrame, FromStream>;
  readonly sessions: SessionDirectory;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly dtls: DtlsContext;
  readonly mux: IceMux;
  readonly hosts: HostAddresses;
  readonly iceServers: IceServers;
  readonly handshakeTimeoutMs: number;
  readonly trackGatherTimeoutMs: number;
}
