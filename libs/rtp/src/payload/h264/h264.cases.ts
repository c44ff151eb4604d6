import type { WireCase } from '../wire.cases.ts';

/** Used both ways: unit into packets, packets into unit. */
export const H264_CASES: readonly WireCase[] = [
  { name: 'a single NAL unit', maxPayloadBytes: 64, unit: ['65 88 aa*10'], packets: ['65 88 aa*10'] },
  { name: 'a NAL unit of exactly the packet size', maxPayloadBytes: 64, unit: ['41 9a bb*62'], packets: ['41 9a bb*62'] },
  {
    name: 'a NAL unit one byte above the packet size',
    maxPayloadBytes: 64,
    unit: ['41 9a bb*63'],
    packets: ['5c 81 9a bb*61', '5c 41 bb bb'],
  },
  {
    name: 'parameter sets and a small slice in a STAP-A',
    maxPayloadBytes: 64,
    unit: ['67 42 00 1e', '68 ce', '65 88 11*3'],
    packets: ['78 0004 6742001e 0002 68ce 0005 6588111111'],
  },
  {
    name: 'a STAP-A, then fragments',
    maxPayloadBytes: 64,
    unit: ['67 42', '68 ce', '65 88 11*123'],
    packets: ['78 0002 6742 0002 68ce', '7c 85 88 11*61', '7c 45 11*62'],
  },
  {
    name: 'a slice that does not fit the STAP-A before it',
    maxPayloadBytes: 64,
    unit: ['09 f0', '41 9a 22*60', '06 05 33'],
    packets: ['09f0', '419a 22*60', '06 05 33'],
  },
];

/** Depacketized only: what other senders do. */
export const H264_FOREIGN_CASES: readonly Pick<WireCase, 'name' | 'unit' | 'packets' | 'markers'>[] = [
  { name: 'FU-A with both S and E set', packets: ['7c c5 88 11 22'], unit: ['65 88 11 22'] },
  {
    name: 'an access unit with start codes in place of a NAL unit',
    packets: ['00000001 6742001e 00000001 68ce3880 000001 65 88 84'],
    unit: ['6742001e', '68ce3880', '658884'],
  },
  {
    name: 'start codes after the first NAL unit',
    packets: ['6742001e 00000001 68ce3880 00000001 65 88 84'],
    unit: ['6742001e', '68ce3880', '658884'],
  },
  {
    name: 'start codes in fragments',
    packets: ['7c 87 42001e 000000', '7c 47 01 658884'],
    unit: ['6742001e', '658884'],
  },
  { name: 'a STAP-A with padding', packets: ['78 0002 6742 0000 000000'], unit: ['6742'] },
  { name: 'packetization mode 0', packets: ['6742001e', '68ce3880', '658884'], unit: ['6742001e', '68ce3880', '658884'] },
];
