import type { ServerResponse } from 'node:http';
import { AllowedOrigins, HttpServer, NOT_FOUND_TEXT, sendText } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import type { Config } from '@mediamesh/config';
import { CertificateFiles, dumpTarget } from '@mediamesh/net';
import type { Log } from '@mediamesh/net';
import { HostAddresses } from './host-addresses.ts';
import { openIcePorts } from './ice-ports.ts';
import { OfferEndpoint, methodNotAllowed } from './offer-endpoint.ts';
import { Pages } from './pages.ts';
import type { ServerSettings } from './server-settings.ts';
import type { SessionTarget } from './session.ts';

const OFFER_URL = /^\/(.+?)\/(whip|whep)$/;
const SESSION_URL = /^\/(.+?)\/(whip|whep)\/(.+?)$/;

export type ServerParts = Pick<ServerSettings, 'gateway' | 'paths' | 'sessions' | 'crypto' | 'timers' | 'logger' | 'dtls'>;

/** The HTTP listener of pages, WHIP, WHEP and sessions, and the ports of their media. */
export class WebRtcServer {
  private readonly settings: ServerSettings;
  private readonly offers: OfferEndpoint;
  private readonly pages: Pages;
  private readonly certificate: CertificateFiles | undefined;
  private http!: HttpServer;

  /** Errors: ListenError, CertificateError; nothing is left open then. */
  static async open(config: Config, parts: ServerParts): Promise<WebRtcServer> {
    const log: Log = (level, message) => parts.logger[level](message);
    const { ports, iceServers, iceServerPool } = await openIcePorts(config, { ...parts, log });
    let certificate: CertificateFiles | undefined;
    try {
      certificate = config.webrtcEncryption ? openCertificate(config, log) : undefined;
      const settings: ServerSettings = {
        ...parts,
        ports,
        hosts: new HostAddresses(config),
        iceServers,
        iceServerPool,
        readBufferBytes: config.udpReadBufferSize,
        handshakeTimeoutMs: config.webrtcHandshakeTimeout,
        trackGatherTimeoutMs: config.webrtcTrackGatherTimeout,
      };
      const server = new WebRtcServer(settings, certificate);
      server.http = await HttpServer.open({
        address: config.webrtcAddress,
        addressKey: 'webrtcAddress',
        certificate,
        allowOrigins: new AllowedOrigins(config.webrtcAllowOrigins),
        allowMethods: 'OPTIONS, GET, POST, PATCH, DELETE',
        allowHeaders: 'Authorization, Content-Type, If-Match',
        trustedProxies: config.webrtcTrustedProxies,
        readTimeoutMs: config.readTimeout,
        writeTimeoutMs: config.writeTimeout,
        logger: parts.logger,
        dump: dumpTarget(config.dumpPackets, `${certificate ? 'webrtcs' : 'webrtc'}_server_conn`, log),
        handle: (request, response) => server.handle(request, response),
      });
      parts.logger.info(`started with listeners on ${listenersOf(config)}`);
      return server;
    } catch (error) {
      certificate?.close();
      await ports.close();
      throw error;
    }
  }

  private constructor(settings: ServerSettings, certificate: CertificateFiles | undefined) {
    this.settings = settings;
    this.certificate = certificate;
    this.offers = new OfferEndpoint(settings);
    this.pages = new Pages(settings.gateway.control, settings.logger);
  }

  get url(): string {
    return this.http.url;
  }

  /** User fragments that checks can name. */
  get ufragCount(): number {
    return this.settings.ports.mux.peers.ufragCount;
  }

  async close(): Promise<void> {
    this.settings.logger.info('closing');
    this.settings.sessions.closeAll('terminated');
    await this.http.close();
    await this.settings.ports.close();
    this.certificate?.close();
  }

  private async handle(request: HttpRequest, response: ServerResponse): Promise<void> {
    const offer = OFFER_URL.exec(request.path);
    if (offer !== null) return this.offer({ path: offer[1]!, action: offer[2] === 'whip' ? 'publish' : 'read' }, request, response);
    const session = SESSION_URL.exec(request.path);
    if (session !== null) return this.session(session[3]!, request, response);
    if (await this.pages.handle(request, response)) return;
    sendText(response, 404, NOT_FOUND_TEXT);
  }

  private async offer(target: SessionTarget, request: HttpRequest, response: ServerResponse): Promise<void> {
    switch (request.method) {
      case 'OPTIONS':
        return this.offers.options(target, request, response);
      case 'POST':
        return this.offers.post(target, request, response);
      case 'GET':
      case 'HEAD':
      case 'PUT':
        return methodNotAllowed(response);
      default:
        sendText(response, 404, NOT_FOUND_TEXT);
    }
  }

  private async session(url: string, request: HttpRequest, response: ServerResponse): Promise<void> {
    if (request.method === 'PATCH') return this.offers.patch(url, request, response);
    if (request.method === 'DELETE') return this.offers.delete(url, response);
    sendText(response, 404, NOT_FOUND_TEXT);
  }
}

/** As MediaMTX lists them. */
function listenersOf({ webrtcAddress, webrtcEncryption, webrtcLocalUDPAddress: udp, webrtcLocalTCPAddress: tcp }: Config): string {
  const listeners = [`${webrtcAddress} (TCP/${webrtcEncryption ? 'HTTPS' : 'HTTP'})`];
  if (udp !== '') listeners.push(`${udp} (UDP/ICE)`);
  if (tcp !== '') listeners.push(`${tcp} (TCP/ICE)`);
  return listeners.join(', ');
}

function openCertificate(config: Config, log: Log): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config.webrtcServerCert,
    keyFile: config.webrtcServerKey,
    certificateFileKey: 'webrtcServerCert',
    keyFileKey: 'webrtcServerKey',
    log,
  });
}
