import type { WireCase } from '../wire.cases.ts';

/** Used both ways, with the lengths of AAC-hbr. */
export const MPEG4_AUDIO_CASES: readonly WireCase[] = [
  { name: 'one frame', maxPayloadBytes: 64, unit: ['21 aa*9'], packets: ['0010 0050 21 aa*9'] },
  { name: 'two frames', maxPayloadBytes: 64, unit: ['21 aa*3', '21 bb'], packets: ['0020 0020 0010 21 aa*3 21 bb'] },
  {
    name: 'a frame in fragments',
    maxPayloadBytes: 64,
    unit: ['21 aa*129'],
    packets: ['0010 0410 21 aa*59', '0010 0410 aa*60', '0010 0410 aa*10'],
  },
];

export const MPEG4_AUDIO_FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets' | 'markers'>[] = [
  { name: 'fragments that announce their own size', packets: ['0010 0020 21 aa*3', '0010 0010 aabb'], unit: ['21 aa*4 bb'] },
  { name: 'a frame in ADTS', packets: ['0010 0050 fff1 5080 015f fc 21aa bb'], unit: ['21aabb'] },
];
