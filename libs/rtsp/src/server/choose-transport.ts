import type { TransportHeader } from '../header/transport.ts';
import type { MediaTransport, RtspServerOptions } from './handler.ts';
import type { RtspServerSession } from './session.ts';

/** The first alternative, in the client's order, that this server and this connection can do. */
export function supportedTransport(
  alternatives: readonly TransportHeader[],
  options: Pick<RtspServerOptions, 'secure' | 'tunnelled' | 'transports'>,
  record: boolean,
): TransportHeader | undefined {
  return alternatives.find((transport) => {
    // Keys travel in clear text, so that secure profiles need TLS; and media of RTSPS must not leave it unprotected.
    if (transport.secure && !options.secure) return false;
    if (transport.protocol === 'tcp') return options.transports.tcp;
    if (options.tunnelled || (options.secure && !transport.secure)) return false;
    if (transport.delivery === 'multicast') return options.transports.multicast && !record;
    return options.transports.udp;
  });
}

export type AgreedTransport = { readonly transport: MediaTransport } | { readonly problem: string };

/** Checks an alternative against the session's other medias, and fills in what the client left open. */
export function agreeTransport(offer: TransportHeader, session: RtspServerSession): AgreedTransport {
  const record = session.state === 'preRecord';
  if (record ? offer.mode !== 'record' : offer.mode === 'record')
    return { problem: `the transport mode does not fit ${record ? 'a publisher' : 'a reader'}` };
  const { secure } = offer;
  const protocol = offer.protocol === 'tcp' ? 'tcp' : offer.delivery === 'multicast' ? 'multicast' : 'udp';
  const other = session.transport;
  if (other !== undefined && (other.protocol !== protocol || other.secure !== secure))
    return { problem: 'all medias of a session need the same transport' };
  if (protocol === 'multicast') return { transport: { protocol, secure } };
  if (protocol === 'udp') {
    if (offer.clientPort === undefined) return { problem: 'the transport has no client_port' };
    return { transport: { protocol, secure, clientPorts: offer.clientPort } };
  }
  const channels = offer.interleaved ?? session.freeChannels();
  if (channels === undefined || channels[0] + 1 !== channels[1]) return { problem: 'the interleaved channels are not a pair' };
  if (!session.channelsAreFree(channels[0])) return { problem: 'the interleaved channels are in use' };
  return { transport: { protocol, secure, channels } };
}
