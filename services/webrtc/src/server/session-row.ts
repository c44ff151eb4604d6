import type { SessionRow } from '@mediamesh/gateway';
import type { PeerConnection } from '../transport/peer-connection.ts';
import type { Reading } from './reading.ts';

/** What of a session's row is not counted. */
export type SessionFacts = Pick<
  SessionRow & Record<string, unknown>,
  'id' | 'created' | 'remoteAddr' | 'path' | 'query' | 'user' | 'userAgent'
>;

/** A session as the Control API shows it, with MediaMTX's deprecated duplicates. Contract 2.3. */
export function sessionRow(facts: SessionFacts, connection: PeerConnection | undefined, reading: Reading | undefined): SessionRow {
  const counters = reading?.counters;
  const inboundBytes = counters?.inboundBytes ?? 0;
  const outboundBytes = counters?.bytes ?? 0;
  const inboundRTCPPackets = counters?.inboundRtcpPackets ?? 0;
  const outboundRTPPackets = counters?.rtpPackets ?? 0;
  const outboundRTCPPackets = counters?.rtcpPackets ?? 0;
  const isConnected = connection?.isConnected ?? false;
  return {
    ...facts,
    peerConnectionEstablished: isConnected,
    localCandidate: isConnected ? connection!.labels.local : '',
    remoteCandidate: isConnected ? connection!.labels.remote : '',
    state: 'read',
    inboundBytes,
    inboundRTPPackets: 0,
    inboundRTPPacketsLost: 0,
    inboundRTPPacketsJitter: 0,
    inboundRTCPPackets,
    outboundBytes,
    outboundRTPPackets,
    outboundRTCPPackets,
    outboundFramesDiscarded: reading?.framesDiscarded ?? 0,
    bytesReceived: inboundBytes,
    bytesSent: outboundBytes,
    rtpPacketsReceived: 0,
    rtpPacketsSent: outboundRTPPackets,
    rtpPacketsLost: 0,
    rtpPacketsJitter: 0,
    rtcpPacketsReceived: inboundRTCPPackets,
    rtcpPacketsSent: outboundRTCPPackets,
  };
}
