import {
  CertificateFiles,
  ListenError,
  TrustedNetworks,
  dumpTarget,
  openTcpListener,
  openUdpSocket,
  parseListenAddress,
} from '@mediamesh/net';
import type { Log, TcpConnection, TcpListener } from '@mediamesh/net';
import type { Config } from '@mediamesh/config';
import { MulticastOutputs } from './multicast/multicast-outputs.ts';
import type { SocketSettings } from './multicast/multicast-outputs.ts';
import { Multicast } from './multicast/multicast.ts';
import { RtspConnection } from './rtsp-connection.ts';
import type { ListenerSettings, ServerSettings } from './server-settings.ts';
import { HttpTunnels } from './tunnel/http-tunnels.ts';
import { UdpPorts } from './udp-ports.ts';

/** What of the configuration a listener reads: its own keys, plain or TLS. */
export interface ServerAddresses {
  readonly address: string;
  readonly addressKey: string;
  readonly rtp: string;
  readonly rtpKey: string;
  readonly rtcp: string;
  readonly rtcpKey: string;
  /** RTP and RTCP of multicast. */
  readonly multicastPorts: readonly [number, number];
  readonly multicastKeys: readonly [string, string];
}

export function plainAddresses(config: Config): ServerAddresses {
  const { rtspAddress, rtpAddress, rtcpAddress } = config;
  return {
    address: rtspAddress,
    addressKey: 'rtspAddress',
    rtp: rtpAddress,
    rtpKey: 'rtpAddress',
    rtcp: rtcpAddress,
    rtcpKey: 'rtcpAddress',
    multicastPorts: [config.multicastRTPPort, config.multicastRTCPPort],
    multicastKeys: ['multicastRTPPort', 'multicastRTCPPort'],
  };
}

export function secureAddresses(config: Config): ServerAddresses {
  const { rtspsAddress, srtpAddress, srtcpAddress } = config;
  return {
    address: rtspsAddress,
    addressKey: 'rtspsAddress',
    rtp: srtpAddress,
    rtpKey: 'srtpAddress',
    rtcp: srtcpAddress,
    rtcpKey: 'srtcpAddress',
    multicastPorts: [config.multicastSRTPPort, config.multicastSRTCPPort],
    multicastKeys: ['multicastSRTPPort', 'multicastSRTCPPort'],
  };
}

/** One listener, RTSP or RTSPS, with its UDP ports and its connections. */
export class RtspServer {
  private readonly listener: TcpListener;
  private readonly connections: Set<RtspConnection>;
  private readonly udp: UdpPorts | undefined;
  private readonly certificate: CertificateFiles | undefined;
  private readonly settings: ServerSettings;

  /** Errors: ListenError, CertificateError; nothing is left open then. */
  static async open(config: Config, addresses: ServerAddresses, base: ListenerSettings): Promise<RtspServer> {
    const log: Log = (level, message) => base.logger[level](message);
    const protocol = base.secure ? 'rtsps' : 'rtsp';
    const datagrams = dumpTarget(config.dumpPackets, `${protocol}_server_packet_conn`, log);
    const opened: { close(): unknown }[] = [];
    try {
      const certificate = base.secure ? openCertificate(config, log) : undefined;
      if (certificate !== undefined) opened.push(certificate);
      const udp = base.transports.udp ? await openUdpPorts(config, addresses, { log, dump: datagrams }) : undefined;
      if (udp !== undefined) opened.push(udp);
      const connections = new Set<RtspConnection>();
      const settings: ServerSettings = {
        ...base,
        udp,
        multicast: openMulticast(addresses, base, { log, dump: datagrams }),
        tunnels: new HttpTunnels(base.timers, (stream) => {
          const connection = RtspConnection.tunnelled(settings, stream, () => connections.delete(connection));
          connections.add(connection);
        }),
      };
      const listener = await openTcpListener({
        address: addresses.address,
        addressKey: addresses.addressKey,
        timers: base.timers,
        log,
        writeTimeoutMs: config.writeTimeout,
        dump: dumpTarget(config.dumpPackets, `${protocol}_server_conn`, log),
        trustedProxies: new TrustedNetworks(config.rtspTrustedProxies),
        ...(certificate === undefined ? {} : { certificate }),
        onConnection: (tcp: TcpConnection) => {
          const connection = RtspConnection.accept(settings, tcp, () => connections.delete(connection));
          connections.add(connection);
        },
      });
      const server = new RtspServer(settings, { listener, connections, udp, certificate });
      base.logger.info(server.description(addresses));
      return server;
    } catch (error) {
      for (const part of opened) await part.close();
      throw error;
    }
  }

  private constructor(
    settings: ServerSettings,
    parts: {
      readonly listener: TcpListener;
      readonly connections: Set<RtspConnection>;
      readonly udp: UdpPorts | undefined;
      readonly certificate: CertificateFiles | undefined;
    },
  ) {
    this.settings = settings;
    this.listener = parts.listener;
    this.connections = parts.connections;
    this.udp = parts.udp;
    this.certificate = parts.certificate;
  }

  async close(): Promise<void> {
    this.settings.logger.info('closing');
    this.listener.stopAccepting();
    for (const connection of [...this.connections]) connection.close('terminated');
    await this.udp?.close();
    await this.listener.close();
    this.certificate?.close();
  }

  private description(addresses: ServerAddresses): string {
    const { secure } = this.settings;
    const parts = [`${addresses.address} (TCP/${secure ? 'RTSPS' : 'RTSP'})`];
    if (this.udp !== undefined) {
      parts.push(`${addresses.rtp} (UDP/${secure ? 'SRTP' : 'RTP'})`, `${addresses.rtcp} (UDP/${secure ? 'SRTCP' : 'RTCP'})`);
    }
    return `started with ${parts.length === 1 ? 'listener' : 'listeners'} on ${parts.join(', ')}`;
  }
}

function openCertificate(config: Config, log: Log): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config.rtspServerCert,
    keyFile: config.rtspServerKey,
    certificateFileKey: 'rtspServerCert',
    keyFileKey: 'rtspServerKey',
    log,
  });
}

function openMulticast(addresses: ServerAddresses, base: ListenerSettings, sockets: SocketSettings): Multicast | undefined {
  const { multicastPorts: ports, multicastKeys: keys } = addresses;
  const { secure, timers, multicastGroups: groups } = base;
  if (groups === undefined) return undefined;
  requirePair({ ports, keys });
  return new Multicast({ groups, outputs: new MulticastOutputs(sockets), ports, secure, timers, sockets });
}

/** As RTP wants its ports, and as clients believe. Errors: ListenError. */
function requirePair({
  ports: [rtp, rtcp],
  keys,
}: {
  readonly ports: readonly [number, number];
  readonly keys: readonly [string, string];
}): void {
  if (rtp % 2 !== 0) throw new ListenError('INVALID_ADDRESS', `${keys[0]}: the RTP port ${rtp} must be even`);
  if (rtcp !== rtp + 1) throw new ListenError('INVALID_ADDRESS', `${keys[1]}: the RTCP port must be the one after RTP's, ${rtp + 1}`);
}

function portOf(address: string, key: string): number {
  const parsed = parseListenAddress(address, key);
  if (parsed.kind === 'unix') throw new ListenError('INVALID_ADDRESS', `${key}: UDP needs host:port, or :port`);
  return parsed.port;
}

async function openUdpPorts(config: Config, addresses: ServerAddresses, sockets: SocketSettings): Promise<UdpPorts> {
  const { rtpKey, rtcpKey } = addresses;
  requirePair({ ports: [portOf(addresses.rtp, rtpKey), portOf(addresses.rtcp, rtcpKey)], keys: [rtpKey, rtcpKey] });
  const readBufferBytes = config.rtspUDPReadBufferSize ?? config.udpReadBufferSize;
  const rtp = await openUdpSocket({ ...sockets, address: addresses.rtp, addressKey: addresses.rtpKey, readBufferBytes });
  try {
    const rtcp = await openUdpSocket({ ...sockets, address: addresses.rtcp, addressKey: addresses.rtcpKey, readBufferBytes });
    return new UdpPorts(rtp, rtcp);
  } catch (error) {
    await rtp.close();
    throw error;
  }
}
