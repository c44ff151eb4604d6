import { ParseError } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import type { Config } from '@mediamesh/config';
import { ListenError, OpenSslUnavailableError } from '@mediamesh/net';
import type { DtlsContext, Log, TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { parseAnswer, serializeOffer } from '@mediamesh/webrtc';
import type { MediaOffer, ReceivedAnswer } from '@mediamesh/webrtc';
import { PeerConnection } from '../transport/peer-connection.ts';
import type { CheckingIce } from '../transport/checking-ice.ts';
import { openOfferingIce } from './offering-ice.ts';
import { WhipError } from './whip-client.ts';
import type { WhipClient } from './whip-client.ts';

/** What the clients of a gateway share. */
export interface ClientParts {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  /** Errors: OpenSslUnavailableError. */
  readonly dtls: () => DtlsContext;
  readonly config: Config;
}

export interface ClientSessionOptions extends ClientParts {
  readonly client: WhipClient;
  readonly logger: Logger;
  /** Longest wait for STUN and TURN servers. */
  readonly gatherTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly media: readonly MediaOffer[];
  /** Before anything that comes of it. */
  readonly onAnswer: (answer: ReceivedAnswer) => void;
  /** Before any media. */
  readonly onConnected?: (connection: PeerConnection) => void;
  readonly onRtp: (packet: Uint8Array) => void;
  readonly onRtcp: (compound: Uint8Array) => void;
  /** The connection is over; once, after `open` has resolved. */
  readonly onEnd: (reason: string) => void;
}

/** The peer has ended a connection, or could not be connected. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** What `ClientSession.open` fails with: errors of the server, the network and this machine; others are ours. */
export function isPeerFailure(error: unknown): boolean {
  return [WhipError, PeerError, ParseError, ListenError, OpenSslUnavailableError].some((kind) => error instanceof kind);
}

/** A session that we have with another server: offered, answered, and connected. */
export class ClientSession {
  readonly connection: PeerConnection;
  private readonly client: WhipClient;

  /** Errors: WhipError, ParseError, PeerError, ListenError, OpenSslUnavailableError, the signal's reason; nothing is left then, at the server neither. */
  static async open(options: ClientSessionOptions, signal: AbortSignal): Promise<ClientSession> {
    const { client, media, logger } = options;
    const dtls = options.dtls();
    const iceServers = await client.ask();
    const log: Log = (level, message) => logger[level](message);
    const { crypto, timers, config, gatherTimeoutMs } = options;
    const { ice, candidates } = await openOfferingIce({ crypto, timers, config, log, gatherTimeoutMs, iceServers }, signal);
    try {
      const { ufrag, password } = ice.credentials;
      const { fingerprint } = dtls;
      const answer = await client.offer(serializeOffer({ sessionId: Date.now(), ufrag, password, fingerprint, candidates, media }));
      const parsed = parseAnswer(answer, media.length);
      options.onAnswer(parsed);
      return new ClientSession(client, await connect(options, { ice, dtls, answer: parsed }, signal));
    } catch (error) {
      ice.close();
      await client.end();
      throw error;
    }
  }

  private constructor(client: WhipClient, connection: PeerConnection) {
    this.client = client;
    this.connection = connection;
  }

  /** Tells the peer and the server. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.connection.close();
    await this.client.end();
  }
}

interface Answered {
  readonly ice: CheckingIce;
  readonly dtls: DtlsContext;
  readonly answer: ReceivedAnswer;
}

function connect(options: ClientSessionOptions, { ice, dtls, answer }: Answered, signal: AbortSignal): Promise<PeerConnection> {
  const { crypto, timers, handshakeTimeoutMs, onRtp, onRtcp, onEnd, logger } = options;
  const { role, fingerprints } = answer;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      connection.close();
      reject(error);
    };
    const abort = (): void => fail(signal.reason as Error);
    const onConnected = (): void => {
      signal.removeEventListener('abort', abort);
      const { local, remote } = connection.labels;
      logger.info(`peer connection established, local candidate: ${local}, remote candidate: ${remote}`);
      options.onConnected?.(connection);
      resolve(connection);
    };
    const connection: PeerConnection = new PeerConnection({
      ...{ crypto, dtls, ice, timers, role, fingerprints, handshakeTimeoutMs, onConnected, onRtp, onRtcp },
      onEnd: (reason) => {
        if (connection.isConnected) onEnd(reason);
        fail(new PeerError(reason)); // nobody waits any more when it was connected
      },
    });
    signal.addEventListener('abort', abort);
    ice.check(answer);
    if (signal.aborted) abort();
  });
}
