import { expect, test } from 'vitest';
import { createPacketizer } from '../../create-packetizer.ts';

const lpcm = (channelCount: number) => ({ codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 48_000, channelCount } }) as const;

test('samples of all channels that fill a packet fit, one channel more does not', () => {
  expect(() => createPacketizer(lpcm(21), { maxPayloadBytes: 64 })).not.toThrow();
  expect(() => createPacketizer(lpcm(22), { maxPayloadBytes: 64 })).toThrow('samples of all channels are 66 bytes, a packet takes 64');
});
