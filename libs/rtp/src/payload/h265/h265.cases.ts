import type { WireCase } from '../wire.cases.ts';

/** Used both ways, without decoding order numbers. */
export const H265_CASES: readonly WireCase[] = [
  { name: 'a single NAL unit', maxPayloadBytes: 64, unit: ['2601 88 aa*10'], packets: ['2601 88 aa*10'] },
  { name: 'a NAL unit of exactly the packet size', maxPayloadBytes: 64, unit: ['0201 9a bb*61'], packets: ['0201 9a bb*61'] },
  {
    name: 'a NAL unit one byte above the packet size',
    maxPayloadBytes: 64,
    unit: ['0201 9a bb*62'],
    packets: ['6201 81 9a bb*60', '6201 41 bb bb'],
  },
  {
    name: 'an aggregation packet, then fragments',
    maxPayloadBytes: 64,
    unit: ['4001 11', '4201 22', '4401 33', '2601 88 11*121'],
    packets: ['6001 0003 400111 0003 420122 0003 440133', '6201 93 88 11*60', '6201 53 11*61'],
  },
  {
    name: 'layer and temporal id of an aggregate are the lowest',
    maxPayloadBytes: 64,
    unit: ['4013 91', '020a 92'],
    packets: ['600a 0003 401391 0003 020a92'],
  },
];

/** With `sprop-max-don-diff` of 1: the first unit that a packetizer makes. */
export const H265_DON_CASES: readonly WireCase[] = [
  {
    name: 'aggregated, single and fragmented NAL units with decoding order numbers',
    maxPayloadBytes: 64,
    unit: ['4001 11', '4201 22', '2601 88 11*54', '0201 90 22*100'],
    packets: ['6001 0000 0003 400111 00 0003 420122', '2601 0002 88 11*54', '6201 81 0003 90 22*58', '6201 41 22*42'],
  },
];

export const H265_FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets' | 'markers'>[] = [
  { name: 'a fragment with both S and E set', packets: ['6201 d3 8811'], unit: ['26018811'] },
  {
    name: 'an access unit with start codes in place of a NAL unit',
    packets: ['00000001 400111 00000001 420122 000001 26018833'],
    unit: ['400111', '420122', '26018833'],
  },
  {
    name: 'start codes after the first NAL unit',
    packets: ['400111 00000001 420122 000001 26018833'],
    unit: ['400111', '420122', '26018833'],
  },
];
