import type { Config } from '@mediamesh/config';
import { AllowedOrigins, HttpServer } from '@mediamesh/http';
import type { Gateway } from '@mediamesh/gateway';
import { CertificateFiles, dumpTarget } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import type { Muxers } from './muxers.ts';
import { Requests } from './requests.ts';
import type { SessionFinder } from './session-finder.ts';

/** The listener. */
export class HlsServer {
  private readonly http: HttpServer;
  private readonly certificate: CertificateFiles | undefined;
  private readonly logger: Logger;

  /** Errors: ListenError, CertificateError; nothing is left open then. */
  static async open(
    config: Config,
    parts: { readonly gateway: Gateway; readonly muxers: Muxers; readonly finder: SessionFinder; readonly logger: Logger },
  ): Promise<HlsServer> {
    const { gateway, muxers, finder, logger } = parts;
    const certificate = config.hlsEncryption ? certificateOf(config, logger) : undefined;
    const requests = new Requests({
      gateway,
      muxers,
      finder,
      logger,
      cdnSecret: config.hlsCDNSecret,
      alwaysRemux: config.hlsAlwaysRemux,
    });
    try {
      const http = await HttpServer.open({
        address: config.hlsAddress,
        addressKey: 'hlsAddress',
        certificate,
        allowOrigins: new AllowedOrigins(config.hlsAllowOrigins),
        allowMethods: 'OPTIONS, GET',
        allowHeaders: 'Authorization, Range',
        trustedProxies: config.hlsTrustedProxies,
        readTimeoutMs: config.readTimeout,
        writeTimeoutMs: config.writeTimeout,
        logger,
        dump: dumpTarget(config.dumpPackets, `${certificate ? 'hlss' : 'hls'}_server_conn`, (level, message) => logger[level](message)),
        handle: (request, response) => requests.handle(request, response),
      });
      logger.info(`started with listener on ${config.hlsAddress} (TCP/${config.hlsEncryption ? 'HTTPS' : 'HTTP'})`);
      return new HlsServer(http, certificate, logger);
    } catch (error) {
      certificate?.close();
      throw error;
    }
  }

  private constructor(http: HttpServer, certificate: CertificateFiles | undefined, logger: Logger) {
    this.http = http;
    this.certificate = certificate;
    this.logger = logger;
  }

  get url(): string {
    return this.http.url;
  }

  async close(): Promise<void> {
    this.logger.info('closing');
    await this.http.close();
    this.certificate?.close();
  }
}

function certificateOf(config: Config, logger: Logger): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config.hlsServerCert,
    keyFile: config.hlsServerKey,
    certificateFileKey: 'hlsServerCert',
    keyFileKey: 'hlsServerKey',
    log: (level, message) => logger[level](message),
  });
}
