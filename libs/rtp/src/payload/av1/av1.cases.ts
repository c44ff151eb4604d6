import type { WireCase } from '../wire.cases.ts';

/** Used both ways. OBU headers: 08 sequence header, 30 frame, 20 tile group. */
export const AV1_CASES: readonly WireCase[] = [
  { name: 'one OBU', maxPayloadBytes: 64, unit: ['30 aa*10'], packets: ['10 30 aa*10'] },
  { name: 'an OBU of exactly the packet size', maxPayloadBytes: 64, unit: ['30 aa*62'], packets: ['10 30 aa*62'] },
  { name: 'an OBU one byte above the packet size', maxPayloadBytes: 64, unit: ['30 aa*63'], packets: ['50 30 aa*62', '90 aa'] },
  { name: 'a sequence header and a frame', maxPayloadBytes: 64, unit: ['08 11 22', '30 aa*10'], packets: ['28 03 081122 30 aa*10'] },
  {
    name: 'a frame that begins behind a sequence header',
    maxPayloadBytes: 64,
    unit: ['08 11 22', '30 aa*100'],
    packets: ['68 03 081122 30 aa*58', '90 aa*42'],
  },
  {
    name: 'four small OBUs',
    maxPayloadBytes: 64,
    unit: ['0811', '3022', '2033', '2044'],
    packets: ['38 02 0811 02 3022 2033', '10 2044'],
  },
  {
    name: 'an OBU that leaves no room for a length',
    maxPayloadBytes: 64,
    unit: ['30 aa*61', '20 bb'],
    packets: ['10 30 aa*61', '10 20bb'],
  },
  {
    name: 'the end of an OBU and the start of the next',
    maxPayloadBytes: 64,
    unit: ['30 aa*70', '20 bb*70'],
    packets: ['50 30 aa*62', 'e0 08 aa*8 20 bb*53', '90 bb*17'],
  },
];

export const AV1_FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets' | 'markers'>[] = [
  { name: 'lengths on all elements', packets: ['08 03 081122 04 30aabbcc'], unit: ['081122', '30aabbcc'] },
  { name: 'an element in three packets with lengths', packets: ['40 02 3011', 'c0 02 2233', '80 02 4455'], unit: ['301122334455'] },
  { name: 'a temporal delimiter', packets: ['20 01 10 3011'], unit: ['3011'] },
  { name: 'OBUs with size fields', packets: ['20 04 0a021122 3203aabbcc'], unit: ['081122', '30aabbcc'] },
  { name: 'an OBU with extension and size field', packets: ['10 36 28 02 aabb'], unit: ['3428aabb'] },
  { name: 'a length in two bytes', packets: ['20 8200 3011 3022'], unit: ['3011', '3022'] },
];
