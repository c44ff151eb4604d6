import type { Gateway, ReaderPaths } from '@mediamesh/gateway';
import type { DtlsContext } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { FromStream, OutgoingFrame } from '../from-stream.ts';
import type { AnsweringIceParts } from './answering-ice.ts';
import type { IceServers } from './ice-servers.ts';
import type { SessionDirectory } from './session-directory.ts';

/** What the server's sessions share. */
export interface ServerSettings extends AnsweringIceParts {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<OutgoingFrame, FromStream>;
  readonly sessions: SessionDirectory;
  readonly logger: Logger;
  readonly dtls: DtlsContext;
  readonly iceServers: IceServers;
  readonly handshakeTimeoutMs: number;
  readonly trackGatherTimeoutMs: number;
}
