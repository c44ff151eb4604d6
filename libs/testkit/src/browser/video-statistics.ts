import type { Page } from 'playwright-core';

/** What a peer connection of the page has received, as the browser counts it. */
export interface VideoStatistics {
  readonly timestamp: number;
  readonly framesReceived: number;
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly freezeCount: number;
  readonly packetsReceived: number;
  /** On the way; those that came again under RTX are counted below. */
  readonly packetsLost: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly retransmittedPacketsReceived?: number;
}

/** What a peer connection of the page sends. */
export interface SendStatistics {
  /** What the browser believes that its path carries. */
  readonly availableOutgoingBitrate: number;
  /** Of video. */
  readonly bytesSent: number;
  readonly packetsSent: number;
}

// These run in the page; as text, since this package has no types of browsers.
const KEEP_CONNECTIONS = `
  const Original = RTCPeerConnection;
  window.keptConnections = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...options) {
      super(...options);
      window.keptConnections.push(this);
    }
  };`;
const READ_STATISTICS = `(async () => {
  for (const connection of window.keptConnections.toReversed()) {
    for (const entry of (await connection.getStats()).values()) if (entry.type === 'inbound-rtp' && entry.kind === 'video') return entry;
  }
  return null;
})()`;

const READ_SENDING = `(async () => {
  for (const connection of window.keptConnections.toReversed()) {
    const entries = [...(await connection.getStats()).values()];
    const pair = entries.find(({ type, availableOutgoingBitrate }) => type === 'candidate-pair' && availableOutgoingBitrate !== undefined);
    const video = entries.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
    if (pair && video) return { availableOutgoingBitrate: pair.availableOutgoingBitrate, bytesSent: video.bytesSent, packetsSent: video.packetsSent };
  }
  return null;
})()`;

/** Before the page is opened: its connections can be asked then. */
export function keepConnections(page: Page): Promise<unknown> {
  return page.addInitScript(KEEP_CONNECTIONS);
}

/** Of the page's last connection that sends video; null before. */
export function readSendStatistics(page: Page): Promise<SendStatistics | null> {
  return page.evaluate<SendStatistics | null>(READ_SENDING);
}

/** Of the page's last connection that has video; null before. */
export function readVideoStatistics(page: Page): Promise<VideoStatistics | null> {
  return page.evaluate<VideoStatistics | null>(READ_STATISTICS);
}
