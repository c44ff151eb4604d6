import { lpcmOfG711 } from '@mediamesh/codecs';
import type { G711Parameters } from '@mediamesh/codecs';
import { createPacketizer } from '@mediamesh/rtp';
import type { Packetizer, PacketizerOptions, RtpFrame } from '@mediamesh/rtp';

/** G711 of other rates than 8 kHz, which WebRTC has no name for, as L16. Contract 6.4.4. */
export class LinearG711Packetizer implements Packetizer {
  private readonly muLaw: boolean;
  private readonly linear: Packetizer;

  constructor({ muLaw, sampleRateHz, channelCount }: G711Parameters, options: PacketizerOptions) {
    this.muLaw = muLaw;
    this.linear = createPacketizer({ codec: 'LPCM', parameters: { bitDepth: 16, sampleRateHz, channelCount } }, options);
  }

  packetize(payload: readonly Uint8Array[], timestamp: number, frame: RtpFrame): void {
    const entries: Uint8Array[] = [];
    for (let i = 0; i < payload.length; i++) entries.push(lpcmOfG711(payload[i]!, this.muLaw));
    this.linear.packetize(entries, timestamp, frame);
  }
}
