import type { Config } from '@mediamesh/config';
import type { SessionKind } from '@mediamesh/contracts';
import { SESSION_LISTS } from '../session-lists.ts';

/** Metrics of one kind of session: what the Control API lists, a line a number. Source: contract 3.3. */
export interface SessionMetrics {
  /** Value of the query parameter `type`, and name of the metric that counts the sessions. */
  readonly type: string;
  readonly title: string;
  /** Query parameter that selects one, by the row's field `key`. */
  readonly filter: string;
  readonly key: 'id' | 'path';
  /** Names of labels, and the row's fields. */
  readonly labels: readonly (readonly [label: string, field: string])[];
  /** The row's fields, in the order of their metrics. */
  readonly fields: readonly string[];
  /** Fields whose metrics have newer names; they come in a group of their own. */
  readonly deprecated: readonly string[];
  /** Undefined: no gateway has such sessions. */
  readonly kind: SessionKind | undefined;
  isServed(config: Config): boolean;
}

const BYTES = ['inboundBytes', 'outboundBytes'];
const OLD_BYTES = ['bytesReceived', 'bytesSent'];

const RTSP_SESSION = [
  ...['inboundBytes', 'inboundRTPPackets', 'inboundRTPPacketsLost', 'inboundRTPPacketsInError', 'inboundRTPPacketsJitter'],
  ...['inboundRTCPPackets', 'inboundRTCPPacketsInError', 'outboundBytes', 'outboundRTPPackets', 'outboundRTPPacketsReportedLost'],
  ...['outboundRTPPacketsDiscarded', 'outboundRTCPPackets'],
];
const OLD_RTSP_SESSION = [
  ...['bytesReceived', 'bytesSent', 'rtpPacketsReceived', 'rtpPacketsSent', 'rtpPacketsLost', 'rtpPacketsInError', 'rtpPacketsJitter'],
  ...['rtcpPacketsReceived', 'rtcpPacketsSent', 'rtcpPacketsInError'],
];
const WEBRTC_SESSION = [
  ...['inboundBytes', 'inboundRTPPackets', 'inboundRTPPacketsLost', 'inboundRTPPacketsJitter', 'inboundRTCPPackets'],
  ...['outboundBytes', 'outboundRTPPackets', 'outboundRTCPPackets', 'outboundFramesDiscarded'],
];
const OLD_WEBRTC_SESSION = [
  ...['bytesReceived', 'bytesSent', 'rtpPacketsReceived', 'rtpPacketsSent', 'rtpPacketsLost', 'rtpPacketsJitter'],
  ...['rtcpPacketsReceived', 'rtcpPacketsSent'],
];
const SRT_CONNECTION = [
  ...['packetsSent', 'packetsReceived', 'packetsSentUnique', 'packetsReceivedUnique', 'packetsSendLoss', 'packetsReceivedLoss'],
  ...['packetsRetrans', 'packetsReceivedRetrans', 'packetsSentACK', 'packetsReceivedACK', 'packetsSentNAK', 'packetsReceivedNAK'],
  ...['packetsSentKM', 'packetsReceivedKM', 'usSndDuration', 'packetsReceivedBelated', 'packetsSendDrop', 'packetsReceivedDrop'],
  ...['packetsReceivedUndecrypt', 'bytesSent', 'bytesReceived', 'bytesSentUnique', 'bytesReceivedUnique', 'bytesReceivedLoss'],
  ...['bytesRetrans', 'bytesReceivedRetrans', 'bytesReceivedBelated', 'bytesSendDrop', 'bytesReceivedDrop', 'bytesReceivedUndecrypt'],
  ...['usPacketsSendPeriod', 'packetsFlowWindow', 'packetsFlightSize', 'msRTT', 'mbpsSendRate', 'mbpsReceiveRate', 'mbpsLinkCapacity'],
  ...['bytesAvailSendBuf', 'bytesAvailReceiveBuf', 'mbpsMaxBW', 'byteMSS', 'packetsSendBuf', 'bytesSendBuf', 'msSendBuf'],
  ...['msSendTsbPdDelay', 'packetsReceiveBuf', 'bytesReceiveBuf', 'msReceiveBuf', 'msReceiveTsbPdDelay', 'packetsReorderTolerance'],
  ...['packetsReceivedAvgBelatedTime', 'packetsSendLossRate', 'packetsReceivedLossRate', 'outboundFramesDiscarded'],
];

const ID = [['id', 'id']] as const;
const CLIENT = [...ID, ['path', 'path'], ['remoteAddr', 'remoteAddr']] as const;
const CLIENT_AND_STATE = [...CLIENT, ['state', 'state']] as const;

function connections(prefix: 'rtsp' | 'rtsps', title: string): SessionMetrics {
  const names = { type: `${prefix}_conns`, filter: `${prefix}_conn`, title: `${title} connections` };
  return { ...names, key: 'id', labels: ID, fields: BYTES, deprecated: OLD_BYTES, ...listed(`${prefix}conns`) };
}

function rtspSessions(prefix: 'rtsp' | 'rtsps', title: string): SessionMetrics {
  const names = { type: `${prefix}_sessions`, filter: `${prefix}_session`, title: `${title} sessions` };
  const metrics = { labels: CLIENT_AND_STATE, fields: RTSP_SESSION, deprecated: OLD_RTSP_SESSION };
  return { ...names, key: 'id', ...metrics, ...listed(`${prefix}sessions`) };
}

function rtmpConnections(prefix: 'rtmp' | 'rtmps', title: string): SessionMetrics {
  const names = { type: `${prefix}_conns`, filter: `${prefix}_conn`, title: `${title} connections` };
  const fields = [...BYTES, 'outboundFramesDiscarded'];
  return { ...names, key: 'id', labels: CLIENT_AND_STATE, fields, deprecated: OLD_BYTES, ...listed(`${prefix}conns`) };
}

function listed(name: string): Pick<SessionMetrics, 'kind' | 'isServed'> {
  const list = SESSION_LISTS.get(name)!;
  return { kind: list.kind, isServed: (config) => list.isServed(config) };
}

/** In the order of their groups. */
export const SESSION_METRICS: readonly SessionMetrics[] = [
  {
    ...{ type: 'hls_sessions', title: 'HLS sessions', filter: 'hls_session', key: 'id', labels: CLIENT },
    ...{ fields: ['outboundBytes'], deprecated: [] },
    ...listed('hlssessions'),
  },
  {
    ...{ type: 'hls_muxers', title: 'HLS muxers', filter: 'hls_muxer', key: 'path', labels: [['name', 'path']] },
    ...{ fields: ['outboundBytes', 'outboundFramesDiscarded'], deprecated: ['bytesSent'] },
    ...{ kind: 'hlsMuxer', isServed: ({ hls }) => hls },
  },
  connections('rtsp', 'RTSP'),
  rtspSessions('rtsp', 'RTSP'),
  connections('rtsps', 'RTSPS'),
  rtspSessions('rtsps', 'RTSPS'),
  rtmpConnections('rtmp', 'RTMP'),
  rtmpConnections('rtmps', 'RTMPS'),
  {
    ...{ type: 'srt_conns', title: 'SRT connections', filter: 'srt_conn', key: 'id', labels: CLIENT_AND_STATE },
    ...{ fields: SRT_CONNECTION, deprecated: [] },
    ...listed('srtconns'),
  },
  {
    ...{ type: 'webrtc_sessions', title: 'WebRTC sessions', filter: 'webrtc_session', key: 'id', labels: CLIENT_AND_STATE },
    ...{ fields: WEBRTC_SESSION, deprecated: OLD_WEBRTC_SESSION },
    ...listed('webrtcsessions'),
  },
  {
    ...{ type: 'moq_sessions', title: 'MoQ sessions', filter: 'moq_session', key: 'id', labels: CLIENT_AND_STATE },
    ...{ fields: BYTES, deprecated: [] },
    ...listed('moqsessions'),
  },
];

/** The one name that does not follow from its field. */
const IRREGULAR_NAMES: ReadonlyMap<string, string> = new Map([['byteMSS', 'bytes_mss']]);

/** `inboundRTPPackets` is `inbound_rtp_packets`. */
export function metricSuffix(field: string): string {
  const words = field.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2');
  return IRREGULAR_NAMES.get(field) ?? words.toLowerCase();
}
