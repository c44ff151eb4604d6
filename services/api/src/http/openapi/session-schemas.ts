import { z } from 'zod';
import { time, uint, uuid } from './answer-schemas.ts';

/** Rows of connections and sessions, in MediaMTX's order. Source: contract 2.3. */

const state = z.enum(['idle', 'read', 'publish']);
const CLIENT = { id: uuid, created: time, remoteAddr: z.string().describe('Address and port of the client.') };
const WHAT = { path: z.string(), query: z.string(), user: z.string() };

/** Counters that have a newer name. */
function replaced<Names extends Readonly<Record<string, string>>>(
  names: Names,
  counter: z.ZodType<number>,
): { [Old in keyof Names]: z.ZodType<number> } {
  const entries = Object.entries(names).map(([old, name]) => [old, counter.meta({ deprecated: true, description: `Use ${name}.` })]);
  return Object.fromEntries(entries) as { [Old in keyof Names]: z.ZodType<number> };
}

const OLD_BYTES = replaced({ bytesReceived: 'inboundBytes', bytesSent: 'outboundBytes' }, uint);

export const rtspConnSchema = z
  .strictObject({
    ...CLIENT,
    session: uuid.nullable().describe('RTSP session that uses the connection.'),
    tunnel: z.enum(['none', 'http', 'websocket']),
    inboundBytes: uint,
    outboundBytes: uint,
    ...OLD_BYTES,
  })
  .meta({ id: 'RTSPConn', description: 'A connection of an RTSP client.' });

export const rtspSessionSchema = z
  .strictObject({
    ...CLIENT,
    state,
    ...WHAT,
    userAgent: z.string(),
    transport: z.enum(['UDP', 'UDP-multicast', 'TCP']).nullable(),
    profile: z.enum(['AVP', 'SAVP']).nullable(),
    conns: z.array(uuid).describe('RTSP connections of the session.'),
    inboundBytes: uint,
    inboundRTPPackets: uint,
    inboundRTPPacketsLost: uint,
    inboundRTPPacketsInError: uint,
    inboundRTPPacketsJitter: z.number().describe('In units of the clock, averaged over the tracks.'),
    inboundRTCPPackets: uint,
    inboundRTCPPacketsInError: uint,
    outboundBytes: uint,
    outboundRTPPackets: uint,
    outboundRTPPacketsReportedLost: uint.describe('From reports of the reader.'),
    outboundRTPPacketsDiscarded: uint.describe('The reader was too slow for them.'),
    outboundRTCPPackets: uint,
    ...OLD_BYTES,
    ...replaced({ rtpPacketsReceived: 'inboundRTPPackets', rtpPacketsSent: 'outboundRTPPackets' }, uint),
    ...replaced({ rtpPacketsLost: 'inboundRTPPacketsLost', rtpPacketsInError: 'inboundRTPPacketsInError' }, uint),
    ...replaced({ rtpPacketsJitter: 'inboundRTPPacketsJitter' }, z.number()),
    ...replaced({ rtcpPacketsReceived: 'inboundRTCPPackets', rtcpPacketsSent: 'outboundRTCPPackets' }, uint),
    ...replaced({ rtcpPacketsInError: 'inboundRTCPPacketsInError' }, uint),
  })
  .meta({ id: 'RTSPSession', description: 'A session of an RTSP client.' });

export const rtmpConnSchema = z
  .strictObject({
    ...CLIENT,
    state,
    ...WHAT,
    userAgent: z.string(),
    inboundBytes: uint,
    outboundBytes: uint,
    outboundFramesDiscarded: uint.describe('The reader was too slow for them.'),
    ...OLD_BYTES,
  })
  .meta({ id: 'RTMPConn', description: 'A connection of an RTMP client.' });

export const hlsSessionSchema = z
  .strictObject({
    ...CLIENT,
    ...WHAT,
    userAgent: z.string(),
    isCDN: z.boolean().describe('Opened with hlsCDNSecret.'),
    outboundBytes: uint,
  })
  .meta({ id: 'HLSSession', description: 'A session of an HLS client.' });

export const webrtcSessionSchema = z
  .strictObject({
    ...CLIENT,
    peerConnectionEstablished: z.boolean(),
    localCandidate: z.string().describe('type/protocol/address/port, empty before the connection is established.'),
    remoteCandidate: z.string(),
    state: z.enum(['read', 'publish']),
    ...WHAT,
    userAgent: z.string(),
    inboundBytes: uint,
    inboundRTPPackets: uint,
    inboundRTPPacketsLost: uint,
    inboundRTPPacketsJitter: z.number(),
    inboundRTCPPackets: uint,
    outboundBytes: uint,
    outboundRTPPackets: uint,
    outboundRTCPPackets: uint,
    outboundFramesDiscarded: uint.describe('The reader was too slow for them.'),
    ...OLD_BYTES,
    ...replaced(
      { rtpPacketsReceived: 'inboundRTPPackets', rtpPacketsSent: 'outboundRTPPackets', rtpPacketsLost: 'inboundRTPPacketsLost' },
      uint,
    ),
    ...replaced({ rtpPacketsJitter: 'inboundRTPPacketsJitter' }, z.number()),
    ...replaced({ rtcpPacketsReceived: 'inboundRTCPPackets', rtcpPacketsSent: 'outboundRTCPPackets' }, uint),
  })
  .meta({ id: 'WebRTCSession', description: 'A session of a WebRTC client.' });

const SRT_COUNTERS = `packetsSent packetsReceived packetsSentUnique packetsReceivedUnique packetsSendLoss packetsReceivedLoss
  packetsRetrans packetsReceivedRetrans packetsSentACK packetsReceivedACK packetsSentNAK packetsReceivedNAK packetsSentKM
  packetsReceivedKM usSndDuration packetsReceivedBelated packetsSendDrop packetsReceivedDrop packetsReceivedUndecrypt bytesReceived
  bytesSent bytesSentUnique bytesReceivedUnique bytesReceivedLoss bytesRetrans bytesReceivedRetrans bytesReceivedBelated bytesSendDrop
  bytesReceivedDrop bytesReceivedUndecrypt`;
const SRT_LINK_BEFORE_BUFFERS = 'packetsFlowWindow packetsFlightSize';
const SRT_BUFFERS = `packetsSendBuf bytesSendBuf msSendBuf msSendTsbPdDelay packetsReceiveBuf bytesReceiveBuf msReceiveBuf
  msReceiveTsbPdDelay packetsReorderTolerance packetsReceivedAvgBelatedTime`;

function fields(names: string, type: z.ZodType<number>): Record<string, z.ZodType<number>> {
  return Object.fromEntries(names.split(/\s+/u).map((name) => [name, type]));
}

export const srtConnSchema = z
  .strictObject({
    ...CLIENT,
    state,
    ...WHAT,
    ...fields(SRT_COUNTERS, uint),
    usPacketsSendPeriod: z.number(),
    ...fields(SRT_LINK_BEFORE_BUFFERS, uint),
    ...fields('msRTT mbpsSendRate mbpsReceiveRate mbpsLinkCapacity', z.number()),
    ...fields('bytesAvailSendBuf bytesAvailReceiveBuf', uint),
    mbpsMaxBW: z.number(),
    byteMSS: uint,
    ...fields(SRT_BUFFERS, uint),
    ...fields('packetsSendLossRate packetsReceivedLossRate', z.number()),
    outboundFramesDiscarded: uint,
  })
  .meta({ id: 'SRTConn', description: "A connection of an SRT client, with SRT's statistics." });

export const moqSessionSchema = z
  .strictObject({
    ...CLIENT,
    state,
    path: z.string(),
    query: z.string(),
    userAgent: z.string(),
    transport: z.enum(['webtransport', 'quic']),
    version: z.string().describe('moqt-16 to moqt-19.'),
    inboundBytes: uint,
    outboundBytes: uint,
  })
  .meta({ id: 'MoQSession', description: 'A session of a client of Media over QUIC. There are none here so far.' });
