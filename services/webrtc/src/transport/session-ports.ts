import { openUdpSocket } from '@mediamesh/net';
import type { Log } from '@mediamesh/net';
import type { IceServerPool } from './ice-server-pool.ts';
import { IceMux } from './ice-mux.ts';
import type { ReflexiveAddresses } from './reflexive-addresses.ts';
import { UdpMux } from './udp-mux.ts';

/** The ports that checks are sent from, and what they look like from outside. */
export interface CheckingPorts {
  readonly mux: IceMux;
  readonly reflexive: ReflexiveAddresses | undefined;
  close(): Promise<void>;
}

export interface SessionPortsOptions {
  readonly pool: IceServerPool | undefined;
  readonly log: Log;
  readonly readBufferBytes: number;
}

/** A UDP port for one session alone, that the system chooses. Errors: ListenError. */
export async function openSessionPorts({ pool, log, readBufferBytes }: SessionPortsOptions): Promise<CheckingPorts> {
  const mux = new IceMux();
  mux.udp = new UdpMux(await openUdpSocket({ address: ':0', log, readBufferBytes }), mux.peers, log);
  const reflexive = pool?.reflexive(mux.udp);
  return {
    mux,
    reflexive,
    close: () => {
      reflexive?.close();
      return mux.close();
    },
  };
}
