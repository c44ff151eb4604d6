import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from '../from-stream.ts';
import type { PathMuxer } from './path-muxer.ts';

export interface MuxerOptions {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<undefined, FromStream>;
  readonly logger: Logger;
  /** Address of the client whose request needs it; undefined: `hlsAlwaysRemux`. */
  readonly requestedBy: string | undefined;
  readonly query: string;
  /** Key `hlsMuxerCloseAfter`. */
  readonly closeAfterMs: number;
  /** Key `hlsDirectory`; empty: nothing is written. */
  readonly directory: string;
  onClose(muxer: PathMuxer): void;
}
