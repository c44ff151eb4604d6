import { parseMpegAudioFrameHeader } from '@mediamesh/codecs';
import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';

const HEADER_BYTES = 4;
const CLOCK_RATE_HZ = 90_000;

/**
 * MPEG-1 and MPEG-2 audio frames into RTP, at 90 kHz.
 *
 * Shape:  neighbouring frames that fit one packet share it; a larger one becomes fragments of equal size except the last.
 * Errors: ParseError when an entry is no MPEG audio frame.
 * Source: RFC 2250 3.2, 3.5. The marker is for the first packet after a silence (3.3), which nobody tells, so it is never set.
 */
export class MpegAudioPacketizer implements Packetizer {
  private readonly maxPayloadBytes: number;

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    let first = 0;
    let bytes = HEADER_BYTES;
    let seconds = 0;
    for (let i = 0; i < payload.length; i++) {
      if (i > first && bytes + payload[i]!.length > this.maxPayloadBytes) {
        seconds = this.write(payload, first, i, { frame, timestamp, seconds });
        first = i;
        bytes = HEADER_BYTES;
      }
      bytes += payload[i]!.length;
    }
    if (first < payload.length) this.write(payload, first, payload.length, { frame, timestamp, seconds });
  }

  /** Returns the seconds from the start of the unit to behind these frames. */
  private write(
    payload: readonly Uint8Array[],
    first: number,
    end: number,
    at: { frame: RtpFrame; timestamp: number; seconds: number },
  ): number {
    const { frame } = at;
    let bytes = HEADER_BYTES;
    let seconds = at.seconds;
    for (let i = first; i < end; i++) {
      const header = parseMpegAudioFrameHeader(payload[i]!);
      seconds += header.sampleCount / header.sampleRateHz;
      bytes += payload[i]!.length;
    }
    frame.packetTimestamp = at.timestamp + Math.round(at.seconds * CLOCK_RATE_HZ);
    if (bytes > this.maxPayloadBytes) this.writeFragments(payload[first]!, frame);
    else {
      let offset = frame.packet(bytes, false) + HEADER_BYTES;
      for (let i = first; i < end; i++) {
        frame.bytes.set(payload[i]!, offset);
        offset += payload[i]!.length;
      }
    }
    return seconds;
  }

  private writeFragments(audio: Uint8Array, frame: RtpFrame): void {
    const room = this.maxPayloadBytes - HEADER_BYTES;
    for (let from = 0; from < audio.length; from += room) {
      const to = Math.min(from + room, audio.length);
      const at = frame.packet(HEADER_BYTES + to - from, false);
      frame.bytes[at + 2] = from >>> 8;
      frame.bytes[at + 3] = from;
      frame.bytes.set(audio.subarray(from, to), at + HEADER_BYTES);
    }
  }
}
