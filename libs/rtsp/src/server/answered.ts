import type { CryptoPort } from '@mediamesh/bytes';
import { serializeKeyMgmt } from '../header/key-mgmt.ts';
import { serializeRtpInfo } from '../header/rtp-info.ts';
import { serializeTransport, type TransportHeader } from '../header/transport.ts';
import { serializeMikeyMessage } from '../mikey/mikey-message.ts';
import { mikeyFromSrtpKeys, type SrtpKeys } from '../mikey/srtp-keys.ts';
import type { RtspUrl } from '../message/url.ts';
import type { MediaTransport, PlayAnswerOk, SetupAnswer } from './handler.ts';
import type { RtspServerSession } from './session.ts';

/** What MediaMTX sends; packets of multicast cross that many routers. */
const MULTICAST_TTL = 127;

/** The Transport header of a SETUP response. */
export function answeredTransport(transport: MediaTransport, answer: SetupAnswer & { readonly kind: 'ok' }): string {
  const { secure } = transport;
  const ssrc = answer.ssrc === undefined ? {} : { ssrc: answer.ssrc };
  let header: TransportHeader;
  switch (transport.protocol) {
    case 'tcp':
      header = { protocol: 'tcp', secure, delivery: 'unicast', interleaved: transport.channels, ...ssrc };
      break;
    case 'udp':
      header = {
        protocol: 'udp',
        secure,
        delivery: 'unicast',
        clientPort: transport.clientPorts,
        ...(answer.serverPorts !== undefined && { serverPort: answer.serverPorts }),
        ...ssrc,
      };
      break;
    case 'multicast':
      header = {
        protocol: 'udp',
        secure,
        delivery: 'multicast',
        ttl: MULTICAST_TTL,
        ...(answer.multicast !== undefined && { destination: answer.multicast.address, port: answer.multicast.ports }),
        ...ssrc,
      };
  }
  return serializeTransport(header);
}

/** The KeyMgmt header of a SETUP response. */
export function answeredKeyMgmt(uri: string, keys: SrtpKeys, crypto: CryptoPort, wallClockMs: number): string {
  return serializeKeyMgmt({ uri, data: serializeMikeyMessage(mikeyFromSrtpKeys(keys, crypto, wallClockMs)) });
}

/** The RTP-Info header of a PLAY response, in the order of the SETUPs. */
export function answeredRtpInfo(url: RtspUrl, session: RtspServerSession, answer: PlayAnswerOk): string {
  return serializeRtpInfo(
    session.medias.map(({ mediaIndex }) => ({
      url: `${url.scheme}://${url.host}${encodeURI(session.target.path)}/trackID=${mediaIndex}`,
      ...answer.rtpInfo.get(mediaIndex),
    })),
  );
}

/** Where a redirected DESCRIBE goes: paths get the request's scheme and host. */
export function redirectLocation(url: RtspUrl, location: string): string {
  return location.startsWith('/') ? `${url.scheme}://${url.host}${location}` : location;
}
