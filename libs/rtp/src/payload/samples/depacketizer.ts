import { ParseError } from '@mediamesh/bytes';
import type { RtpPacket } from '../../packet.ts';
import type { DepacketizedUnit, Depacketizer } from '../../packetizer.ts';
import { NO_UNITS } from '../no-units.ts';

/**
 * Samples (G711, G722, G726, LPCM) over RTP: each packet is a unit.
 *
 * Errors:   ParseError when a packet ends inside a sample.
 * Aliasing: the unit aliases the packet.
 * Source:   RFC 3551 4.5.
 */
export class SamplesDepacketizer implements Depacketizer {
  private readonly sampleBytes: number;

  /** `sampleBytes` is that of one sample of all channels. */
  constructor(sampleBytes: number) {
    this.sampleBytes = sampleBytes;
  }

  push(packet: RtpPacket): readonly DepacketizedUnit[] {
    const { payload, timestamp } = packet;
    if (payload.length === 0) return NO_UNITS;
    if (payload.length % this.sampleBytes !== 0)
      throw new ParseError('RTP payload of samples', payload.length, `is no multiple of ${this.sampleBytes} bytes`);
    return [{ timestamp, payload: [payload] }];
  }

  reset(): void {
    // each packet stands alone
  }
}
