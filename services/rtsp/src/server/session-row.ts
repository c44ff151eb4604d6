import type { SessionRow } from '@mediamesh/gateway';
import type { Publishing } from '../publishing.ts';
import type { Reading } from './reading.ts';

/** What of a session's row is not counted. */
export type SessionFacts = Pick<
  SessionRow & Record<string, unknown>,
  'id' | 'created' | 'remoteAddr' | 'path' | 'query' | 'user' | 'userAgent' | 'transport' | 'profile' | 'conns'
>;

/** Receiver reports to a publisher. */
export interface SentReports {
  packets: number;
  bytes: number;
}

/** A session as the Control API shows it, with MediaMTX's deprecated duplicates. Contract 2.3. */
export function sessionRow(
  facts: SessionFacts,
  {
    publishing,
    reading,
    reports,
  }: { readonly publishing: Publishing | undefined; readonly reading: Reading | undefined; readonly reports: SentReports },
): SessionRow {
  const inbound = publishing?.toStream;
  const outbound = reading?.counters;
  const inboundBytes = (inbound?.counters.bytes ?? 0) + (outbound?.inboundBytes ?? 0);
  const outboundBytes = (outbound?.bytes ?? 0) + reports.bytes;
  const inboundRTPPackets = inbound?.counters.rtpPackets ?? 0;
  const inboundRTPPacketsLost = inbound?.lostPackets ?? 0;
  const inboundRTPPacketsInError = inbound?.counters.rtpPacketsInError ?? 0;
  const inboundRTPPacketsJitter = inbound?.jitter ?? 0;
  const inboundRTCPPackets = (inbound?.counters.rtcpPackets ?? 0) + (outbound?.inboundRtcpPackets ?? 0);
  const inboundRTCPPacketsInError = (inbound?.counters.rtcpPacketsInError ?? 0) + (outbound?.inboundRtcpPacketsInError ?? 0);
  const outboundRTPPackets = outbound?.rtpPackets ?? 0;
  const outboundRTCPPackets = (outbound?.rtcpPackets ?? 0) + reports.packets;
  const { id, created, remoteAddr, ...others } = facts;
  return {
    id,
    created,
    remoteAddr,
    state: publishing !== undefined ? 'publish' : reading?.isPlaying === true ? 'read' : 'idle',
    ...others,
    inboundBytes,
    inboundRTPPackets,
    inboundRTPPacketsLost,
    inboundRTPPacketsInError,
    inboundRTPPacketsJitter,
    inboundRTCPPackets,
    inboundRTCPPacketsInError,
    outboundBytes,
    outboundRTPPackets,
    outboundRTPPacketsReportedLost: outbound?.reportedLost ?? 0,
    outboundRTPPacketsDiscarded: reading?.framesDiscarded ?? 0,
    outboundRTCPPackets,
    bytesReceived: inboundBytes,
    bytesSent: outboundBytes,
    rtpPacketsReceived: inboundRTPPackets,
    rtpPacketsSent: outboundRTPPackets,
    rtpPacketsLost: inboundRTPPacketsLost,
    rtpPacketsInError: inboundRTPPacketsInError,
    rtpPacketsJitter: inboundRTPPacketsJitter,
    rtcpPacketsReceived: inboundRTCPPackets,
    rtcpPacketsSent: outboundRTCPPackets,
    rtcpPacketsInError: inboundRTCPPacketsInError,
  };
}
