import { durationType } from '../text-types.ts';
import { boolType, stringType, uintType } from '../value-type.ts';
import { deprecatedKey, pathKey } from './key.ts';
import { moqTransportType, rtspRangeTypeType, rtspTransportType, uintListType } from './types.ts';

function ownReadBuffer(key: string, source: string) {
  const warning = `parameter '${key}' is deprecated and has been replaced with 'udpReadBufferSize'`;
  return deprecatedKey(uintType, { warning }, `Overrides \`udpReadBufferSize\` for ${source} sources.`);
}

/** When the source is an RTSP URL. */
export const PATH_RTSP_KEYS = {
  rtspTransport: pathKey(rtspTransportType, 'automatic', 'automatic, udp, multicast or tcp. Automatic tries UDP, then TCP.'),
  rtspAnyPort: pathKey(boolType, false, 'Takes packets from any port of the server; some cameras need it.'),
  sourceProtocol: deprecatedKey(rtspTransportType, { replacedBy: 'rtspTransport', onlyFor: 'rtsp' }),
  sourceAnyPortEnable: deprecatedKey(boolType, { replacedBy: 'rtspAnyPort', onlyFor: 'rtsp' }),
  rtspRangeType: pathKey(rtspRangeTypeType, '', 'Form of the Range header that is sent: clock, npt or smpte. Empty: none.'),
  rtspRangeStart: pathKey(stringType, '', 'Start of the range: 20230812T120000Z for clock, a duration for npt and smpte.'),
  rtspScale: pathKey(stringType, '', 'Value of the Scale header that is sent. Empty: none.'),
  rtspUDPReadBufferSize: ownReadBuffer('rtspUDPReadBufferSize', 'RTSP'),
  rtspUDPSourcePortRange: pathKey(uintListType, [32768, 60999], 'Local UDP ports are taken from this range: first, last.'),
} as const;

/** When the source is MPEG-TS or RTP over UDP or a Unix socket. */
export const PATH_UDP_KEYS = {
  mpegtsUDPReadBufferSize: ownReadBuffer('mpegtsUDPReadBufferSize', 'MPEG-TS'),
  rtpSDP: pathKey(stringType, '', 'SDP that describes the packets of an RTP source.'),
  rtpUDPReadBufferSize: ownReadBuffer('rtpUDPReadBufferSize', 'RTP'),
} as const;

/** When the source is a MoQ URL. */
export const PATH_MOQ_KEYS = {
  moqTransport: pathKey(moqTransportType, 'quic', 'quic or webtransport. Accepted for compatibility: MoQ is not pulled.'),
} as const;

/** When the source is a WHEP URL. */
export const PATH_WHEP_KEYS = {
  whepBearerToken: pathKey(stringType, '', 'Token for the server.'),
  whepSTUNGatherTimeout: pathKey(durationType, 5000, 'Longest wait for answers of STUN and TURN servers.'),
  whepHandshakeTimeout: pathKey(durationType, 10_000, 'Longest time for ICE and DTLS.'),
  whepTrackGatherTimeout: pathKey(durationType, 2000, 'Longest wait for the tracks.'),
} as const;

/** When the source is "redirect". */
export const PATH_REDIRECT_KEYS = {
  sourceRedirect: pathKey(stringType, '', 'RTSP readers are sent there: /path of this server, or an RTSP URL.'),
} as const;
