import type { CryptoPort } from '@mediamesh/bytes';
import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';

/** What a listener (RTMP, or RTMPS) is given, and its connections share. */
export interface ServerSettings {
  readonly secure: boolean;
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<RtmpFrame, FromStream>;
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly readTimeoutMs: number;
}
