import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, RtspFrame } from '../from-stream.ts';
import type { AuthMethod } from '@mediamesh/rtsp';
import type { Multicast } from './multicast/multicast.ts';
import type { MulticastGroups } from './multicast/multicast-groups.ts';
import type { HttpTunnels } from './tunnel/http-tunnels.ts';
import type { UdpPorts } from './udp-ports.ts';

/** What a listener (RTSP, or RTSPS) is given. */
export interface ListenerSettings {
  readonly secure: boolean;
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<RtspFrame, FromStream>;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly transports: { readonly tcp: boolean; readonly udp: boolean; readonly multicast: boolean };
  readonly authMethods: readonly AuthMethod[];
  readonly readTimeoutMs: number;
  /** Shared by all listeners of this process; undefined when multicast is off. */
  readonly multicastGroups: MulticastGroups | undefined;
}

/** What its connections share. */
export interface ServerSettings extends ListenerSettings {
  /** RTP and RTCP sockets; undefined when UDP is off. */
  readonly udp: UdpPorts | undefined;
  /** Undefined when multicast is off. */
  readonly multicast: Multicast | undefined;
  readonly tunnels: HttpTunnels;
}
