import type { Packetizer } from '../../packetizer.ts';
import type { RtpFrame } from '../../rtp-frame.ts';
import type { SampleLayout } from './sample-layout.ts';

/**
 * Samples (G711, G722, G726, LPCM) into RTP.
 *
 * Shape:  cut between samples where packets are full; each packet carries the timestamp of its first sample.
 * Errors: RangeError when one sample of all channels does not fit a packet.
 * Source: RFC 3551 4.1: the marker is for the end of a silence, which nobody tells, so it is never set.
 */
export class SamplesPacketizer implements Packetizer {
  private readonly packetBytes: number;
  private readonly layout: SampleLayout;

  constructor(maxPayloadBytes: number, layout: SampleLayout) {
    this.layout = layout;
    this.packetBytes = Math.floor(maxPayloadBytes / layout.groupBytes) * layout.groupBytes;
    if (this.packetBytes === 0) {
      throw new RangeError(`samples of all channels are ${layout.groupBytes} bytes, a packet takes ${maxPayloadBytes}`);
    }
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    const { groupBytes, groupTicks } = this.layout;
    let bytesBefore = 0;
    for (const samples of payload) {
      for (let from = 0; from < samples.length; from += this.packetBytes) {
        const to = Math.min(from + this.packetBytes, samples.length);
        frame.packetTimestamp = timestamp + Math.floor((bytesBefore + from) / groupBytes) * groupTicks;
        const at = frame.packet(to - from, false);
        frame.bytes.set(samples.subarray(from, to), at);
      }
      bytesBefore += samples.length;
    }
  }
}
