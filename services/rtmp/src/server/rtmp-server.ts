import type { Config } from '@mediamesh/config';
import { CertificateFiles, TrustedNetworks, dumpTarget, openTcpListener } from '@mediamesh/net';
import type { Log, TcpConnection, TcpListener } from '@mediamesh/net';
import { MAX_GOP_CACHE_BYTES } from '@mediamesh/media';
import { RtmpConnection } from './rtmp-connection.ts';
import type { ServerSettings } from './server-settings.ts';

/** What a reader is given of the past is outside of its queue, but in its connection: the largest cache, and a queue. */
const MAX_QUEUED_BYTES = MAX_GOP_CACHE_BYTES + 16 * 1024 * 1024;

/** One listener, RTMP or RTMPS, and its connections. */
export class RtmpServer {
  private readonly settings: ServerSettings;
  private readonly listener: TcpListener;
  private readonly connections: Set<RtmpConnection>;
  private readonly certificate: CertificateFiles | undefined;

  /** Errors: ListenError, CertificateError; nothing is left open then. */
  static async open(config: Config, settings: ServerSettings): Promise<RtmpServer> {
    const { secure, timers, logger } = settings;
    const log: Log = (level, message) => logger[level](message);
    const certificate = secure ? openCertificate(config, log) : undefined;
    const address = secure ? config.rtmpsAddress : config.rtmpAddress;
    const connections = new Set<RtmpConnection>();
    try {
      const listener = await openTcpListener({
        address,
        addressKey: secure ? 'rtmpsAddress' : 'rtmpAddress',
        timers,
        log,
        writeTimeoutMs: config.writeTimeout,
        maxQueuedBytes: MAX_QUEUED_BYTES,
        dump: dumpTarget(config.dumpPackets, `${secure ? 'rtmps' : 'rtmp'}_server_conn`, log),
        trustedProxies: new TrustedNetworks(config.rtmpTrustedProxies),
        ...(certificate !== undefined && { certificate }),
        onConnection: (tcp: TcpConnection) => {
          const connection = new RtmpConnection(settings, tcp, () => connections.delete(connection));
          connections.add(connection);
        },
      });
      logger.info(`started with listener on ${address} (TCP/${secure ? 'RTMPS' : 'RTMP'})`);
      return new RtmpServer(settings, { listener, connections, certificate });
    } catch (error) {
      certificate?.close();
      throw error;
    }
  }

  private constructor(
    settings: ServerSettings,
    parts: {
      readonly listener: TcpListener;
      readonly connections: Set<RtmpConnection>;
      readonly certificate: CertificateFiles | undefined;
    },
  ) {
    this.settings = settings;
    this.listener = parts.listener;
    this.connections = parts.connections;
    this.certificate = parts.certificate;
  }

  async close(): Promise<void> {
    this.settings.logger.info('closing');
    this.listener.stopAccepting();
    for (const connection of [...this.connections]) connection.close('terminated');
    await this.listener.close();
    this.certificate?.close();
  }
}

function openCertificate(config: Config, log: Log): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config.rtmpServerCert,
    keyFile: config.rtmpServerKey,
    certificateFileKey: 'rtmpServerCert',
    keyFileKey: 'rtmpServerKey',
    log,
  });
}
