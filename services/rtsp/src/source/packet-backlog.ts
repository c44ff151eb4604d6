import { copyBytes } from '@mediamesh/bytes';
import type { ToStream } from '../to-stream.ts';

/** A key frame and what follows it, while control and bus prepare the path. */
export const MAX_BACKLOG_BYTES = 4 * 1024 * 1024;
export const MAX_BACKLOG_PACKETS = 4_096;

interface EarlyPacket {
  readonly mediaIndex: number;
  readonly rtcp: boolean;
  readonly bytes: Uint8Array;
  readonly nowUs: number;
}

/**
 * Packets that come before the path is ready: cameras send at once, and what they send first is a key frame.
 * When it is full they are all dropped: what follows a hole is of no use.
 */
export class PacketBacklog {
  private packets: EarlyPacket[] = [];
  private sizeBytes = 0;
  private full = false;

  get size(): number {
    return this.packets.length;
  }

  /** `bytes` are copied. */
  add(mediaIndex: number, rtcp: boolean, bytes: Uint8Array, nowUs: number): void {
    if (this.full) return;
    this.sizeBytes += bytes.length;
    if (this.sizeBytes > MAX_BACKLOG_BYTES || this.packets.length === MAX_BACKLOG_PACKETS) {
      this.full = true;
      this.packets = [];
      return;
    }
    this.packets.push({ mediaIndex, rtcp, bytes: copyBytes(bytes), nowUs });
  }

  /** In the order and with the times of arrival; it is empty afterwards. */
  feed(toStream: Pick<ToStream, 'rtp' | 'rtcp'>): void {
    const { packets } = this;
    this.packets = [];
    this.sizeBytes = 0;
    this.full = false;
    for (const { mediaIndex, rtcp, bytes, nowUs } of packets) {
      if (rtcp) toStream.rtcp(mediaIndex, bytes, nowUs);
      else toStream.rtp(mediaIndex, bytes, nowUs);
    }
  }
}
