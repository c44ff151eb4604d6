export { RtspFramer } from './message/framer.ts';
export type { RtspFramerHandler } from './message/framer.ts';
export { RtspHeaders, parseHeaderLines } from './message/headers.ts';
export { MAX_INTERLEAVED_PAYLOAD_BYTES, serializeInterleavedFrame } from './message/interleaved-frame.ts';
export {
  MAX_BODY_BYTES,
  MAX_HEADERS,
  MAX_HEADER_NAME_CHARS,
  MAX_HEADER_VALUE_CHARS,
  MAX_HEAD_BYTES,
  MAX_METHOD_CHARS,
  MAX_PROTOCOL_CHARS,
  MAX_URL_CHARS,
} from './message/limits.ts';
export { contentLength, parseHead, serializeRequest, serializeResponse } from './message/message.ts';
export type { RtspHead, RtspRequest, RtspResponse } from './message/message.ts';
export { requestText, responseText } from './message/message-text.ts';
export type { MessageDirection, MessageTrace } from './message/message-text.ts';
export { RtspStatus, reasonPhrase } from './message/status.ts';
export { parseRtspUrl, percentDecode, queryParameter, requestUri, serializeRtspUrl } from './message/url.ts';
export type { RtspUrl } from './message/url.ts';

export { parseAuthorization, serializeAuthorization } from './header/authorization.ts';
export type { AuthorizationHeader, BasicAuthorization, DigestAlgorithm, DigestAuthorization } from './header/authorization.ts';
export { parseKeyMgmt, serializeKeyMgmt } from './header/key-mgmt.ts';
export type { KeyMgmtHeader } from './header/key-mgmt.ts';
export { MAX_KEY_VALUES } from './header/key-values.ts';
export { serializeRange } from './header/range.ts';
export type { RangeStart } from './header/range.ts';
export { MAX_RTP_INFO_ENTRIES, parseRtpInfo, serializeRtpInfo } from './header/rtp-info.ts';
export type { RtpInfoEntry } from './header/rtp-info.ts';
export { parseSession, serializeSession } from './header/session.ts';
export type { SessionHeader } from './header/session.ts';
export { MAX_TRANSPORTS, parseTransport, parseTransports, serializeTransport } from './header/transport.ts';
export type { PortPair, TransportHeader } from './header/transport.ts';
export { parseChallenge, serializeChallenge } from './header/www-authenticate.ts';
export type { Challenge } from './header/www-authenticate.ts';

export { REALM, challengeValues, digestUriMatches, verifyDigest } from './auth/server-auth.ts';
export type { AuthMethod, DigestCheck } from './auth/server-auth.ts';
export { authorizationValue, chooseChallenge } from './auth/client-auth.ts';
export type { Credentials } from './auth/client-auth.ts';

export {
  MAX_CRYPTO_SESSIONS,
  MAX_KEYS,
  MAX_PAYLOADS,
  MAX_POLICY_PARAMETERS,
  parseMikeyMessage,
  serializeMikeyMessage,
} from './mikey/mikey-message.ts';
export type { CryptoSession, MikeyMessage, SecurityPolicy, TrafficKey } from './mikey/mikey-message.ts';
export { MAX_CLOCK_DIFFERENCE_MS, SRTP_KEY_BYTES, mikeyFromSrtpKeys, srtpKeysFromMikey } from './mikey/srtp-keys.ts';
export type { SrtpKeys } from './mikey/srtp-keys.ts';

export { MAX_WAITING_REQUESTS, RtspServerConnection } from './server/connection.ts';
export type {
  AnnounceAnswer,
  AnnounceRequest,
  Challenged,
  DescribeAnswer,
  DescribeRequest,
  MediaTransport,
  PauseAnswer,
  PlayAnswer,
  PlayAnswerOk,
  RecordAnswer,
  Refusal,
  RtspServerHandler,
  RtspServerOptions,
  SessionRequest,
  SetupAnswer,
  SetupRequest,
} from './server/handler.ts';
export type { PresentedCredentials, RequestContext, Target } from './server/request-context.ts';
export { MAX_SETUP_MEDIAS } from './server/session.ts';
export type { RtspServerSession, SessionState, SetupMedia } from './server/session.ts';
export { announcedTracks, hasH264PacketizationMode0, parseAnnouncement } from './server/announcement.ts';
export type { AnnouncedTrack } from './server/announcement.ts';
export { describedSession, serializeDescribeSdp } from './server/describe-sdp.ts';
export type { DescribeSdpOptions, DescribedTrack } from './server/describe-sdp.ts';
export { IDLE_TIMEOUT_MS } from './server/timeouts.ts';

export { Base64StreamDecoder, encodeBase64Message } from './tunnel/base64-stream.ts';
export { MAX_HTTP_HEAD_BYTES } from './tunnel/http-head.ts';
export { HttpTunnelAnswer, HttpTunnelPairs, MAX_COOKIE_CHARS, MAX_WAITING_TUNNELS, httpTunnelRequests } from './tunnel/http-tunnel.ts';
export type { HttpTunnelRequests, TunnelHalf } from './tunnel/http-tunnel.ts';
export { TunnelDetector } from './tunnel/tunnel-detector.ts';
export type { Detected } from './tunnel/tunnel-detector.ts';
export { WebSocketClientHandshake } from './tunnel/websocket-handshake.ts';
export { MAX_CONTROL_BYTES, MAX_WEBSOCKET_FRAME_BYTES, WebSocketStream, serializeWebSocketHeader } from './tunnel/websocket.ts';
export type { WebSocketHandler } from './tunnel/websocket.ts';

export { FIRST_PACKET_TIMEOUT_MS, MAX_REDIRECTS, RtspClientConnection } from './client/connection.ts';
export type {
  ClientMedia,
  ClientMediaTransport,
  ClientProtocol,
  PlayOptions,
  PublishOptions,
  Reconnect,
  RtspClientHandler,
  RtspClientOptions,
} from './client/handler.ts';
