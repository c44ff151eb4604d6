import type { CryptoPort } from '@mediamesh/bytes';
import type { Config } from '@mediamesh/config';
import { openUdpSocket } from '@mediamesh/net';
import type { Log, TimerWheel } from '@mediamesh/net';
import { parseIceServerUrl } from '@mediamesh/webrtc';
import { IceMux } from '../transport/ice-mux.ts';
import { IceServerPool } from '../transport/ice-server-pool.ts';
import type { CheckingPorts } from '../transport/session-ports.ts';
import { TcpMux } from '../transport/tcp-mux.ts';
import { UdpMux } from '../transport/udp-mux.ts';
import { IceServers } from './ice-servers.ts';

interface Parts {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly log: Log;
}

export interface IcePorts {
  readonly ports: CheckingPorts;
  readonly iceServers: IceServers;
  readonly iceServerPool: IceServerPool | undefined;
}

/** The ports of all sessions, and the servers that are asked what they look like from outside. Errors: ListenError; nothing is left open then. */
export async function openIcePorts(config: Config, parts: Parts): Promise<IcePorts> {
  const mux = await openIceMux(config, parts);
  const iceServers = new IceServers(config.webrtcICEServers2);
  const iceServerPool = openPool(config, iceServers, parts);
  const reflexive = mux.udp && iceServerPool?.reflexive(mux.udp);
  const close = (): Promise<void> => {
    reflexive?.close();
    return mux.close();
  };
  return { ports: { mux, reflexive, close }, iceServers, iceServerPool };
}

/** Undefined when there is no server that we could use. */
function openPool(config: Config, iceServers: IceServers, { crypto, timers, log }: Parts): IceServerPool | undefined {
  const usable = iceServers.forServer().filter(({ url }) => {
    const isUsable = parseIceServerUrl(url) !== undefined;
    if (!isUsable)
      log(
        'warn',
        `ICE server '${url}' is told to clients and not used by the server: use stun:host:port, turn:host:port?transport=udp or tcp, or turns:host:port`,
      );
    return isUsable;
  });
  if (usable.length === 0) return undefined;
  return new IceServerPool({ servers: () => iceServers.forServer(), crypto, timers, log, timeoutMs: config.webrtcSTUNGatherTimeout });
}

/** Errors: ListenError; nothing is left open then. */
async function openIceMux(config: Config, { timers, log }: Parts): Promise<IceMux> {
  const { webrtcLocalUDPAddress: udp, webrtcLocalTCPAddress: tcp, udpReadBufferSize: readBufferBytes } = config;
  const { webrtcHandshakeTimeout: handshakeTimeoutMs, writeTimeout: writeTimeoutMs } = config;
  const mux = new IceMux();
  const { peers } = mux;
  if (udp !== '')
    mux.udp = new UdpMux(await openUdpSocket({ address: udp, addressKey: 'webrtcLocalUDPAddress', log, readBufferBytes }), peers, log);
  if (tcp === '') return mux;
  const addressKey = 'webrtcLocalTCPAddress';
  try {
    mux.tcp = await TcpMux.open({ address: tcp, addressKey, peers, timers, handshakeTimeoutMs, writeTimeoutMs, log });
    return mux;
  } catch (error) {
    await mux.close();
    throw error;
  }
}
