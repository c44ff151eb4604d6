import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, RtspFrame } from '../from-stream.ts';
import type { AuthMethod } from '@mediamesh/rtsp';
import type { UdpPorts } from './udp-ports.ts';

/** What the connections of one listener (RTSP, or RTSPS) share. */
export interface ServerSettings {
  readonly secure: boolean;
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<RtspFrame, FromStream>;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly transports: { readonly tcp: boolean; readonly udp: boolean; readonly multicast: boolean };
  readonly authMethods: readonly AuthMethod[];
  readonly readTimeoutMs: number;
  /** RTP and RTCP sockets; undefined when UDP is off. */
  readonly udp: UdpPorts | undefined;
}
