import type { SessionRow } from '@mediamesh/gateway';
import type { PeerConnection } from '../transport/peer-connection.ts';
import type { Publishing } from './publishing.ts';
import type { Reading } from './reading.ts';

/** What of a session's row is not counted. */
export type SessionFacts = Pick<
  SessionRow & Record<string, unknown>,
  'id' | 'created' | 'remoteAddr' | 'path' | 'query' | 'user' | 'userAgent' | 'state'
>;

/** A session as the Control API shows it, with MediaMTX's deprecated duplicates. Contract 2.3. */
export function sessionRow(
  facts: SessionFacts,
  connection: PeerConnection | undefined,
  { reading, publishing }: { readonly reading: Reading | undefined; readonly publishing: Publishing | undefined },
): SessionRow {
  const inbound = publishing?.toStream;
  const counters = reading?.counters;
  const inboundBytes = (counters?.inboundBytes ?? 0) + (inbound?.counters.bytes ?? 0);
  const outboundBytes = (counters?.bytes ?? 0) + (publishing?.sentBytes ?? 0);
  const inboundRTPPackets = inbound?.counters.rtpPackets ?? 0;
  const inboundRTPPacketsLost = inbound?.lostPackets ?? 0;
  const inboundRTPPacketsJitter = inbound?.jitter ?? 0;
  const inboundRTCPPackets = (counters?.inboundRtcpPackets ?? 0) + (inbound?.counters.rtcpPackets ?? 0);
  const outboundRTPPackets = counters?.rtpPackets ?? 0;
  const outboundRTCPPackets = (counters?.rtcpPackets ?? 0) + (publishing?.sentRtcpPackets ?? 0);
  const isConnected = connection?.isConnected ?? false;
  const { id, created, remoteAddr, ...others } = facts;
  return {
    id,
    created,
    remoteAddr,
    peerConnectionEstablished: isConnected,
    localCandidate: isConnected ? connection!.labels.local : '',
    remoteCandidate: isConnected ? connection!.labels.remote : '',
    ...others,
    inboundBytes,
    inboundRTPPackets,
    inboundRTPPacketsLost,
    inboundRTPPacketsJitter,
    inboundRTCPPackets,
    outboundBytes,
    outboundRTPPackets,
    outboundRTCPPackets,
    outboundFramesDiscarded: reading?.framesDiscarded ?? 0,
    bytesReceived: inboundBytes,
    bytesSent: outboundBytes,
    rtpPacketsReceived: inboundRTPPackets,
    rtpPacketsSent: outboundRTPPackets,
    rtpPacketsLost: inboundRTPPacketsLost,
    rtpPacketsJitter: inboundRTPPacketsJitter,
    rtcpPacketsReceived: inboundRTCPPackets,
    rtcpPacketsSent: outboundRTCPPackets,
  };
}
