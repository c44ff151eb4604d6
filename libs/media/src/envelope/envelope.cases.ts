import type { CodecDescription } from '@mediamesh/codecs';
import type { BusUnit, EpochState } from '../epoch.ts';
import type { Track, TrackKind } from '../track.ts';
import { busUnit, epochState } from '../testing.cases.ts';

export interface UnitCase {
  readonly name: string;
  readonly unit: BusUnit;
  /** Golden bytes: they change only with the version. */
  readonly hex: string;
}

export const UNIT_CASES: readonly UnitCase[] = [
  {
    name: 'a key unit that starts a segment',
    unit: busUnit({
      trackId: 1,
      epoch: 0x6_5234_5670_0001,
      number: 0x1_0000_0002,
      segment: 7,
      part: 0x24,
      revision: 3,
      ptsTicks: 0x1_0000_1000,
      dtsTicks: 0x1_0000_0f00,
      ntpUs: 1_700_000_000_123_456,
      key: true,
      payload: [Uint8Array.of(0x67, 1), Uint8Array.of(), Uint8Array.of(0x65, 2, 3)],
      segmentStart: {
        ntpUs: 1_700_000_000_123_456,
        targetDurationMs: 2000,
        partTargetMs: 212.5,
        discontinuitySequence: 1,
        firstSegmentInWindow: 4,
      },
    }),
    hex: [
      '01020901',
      '0006523456700001',
      '0000000100000002',
      '00000007',
      '00000024',
      '00000003',
      '0000000100001000',
      '0000000100000f00',
      '00060a2418202240',
      '00000003',
      '00060a2418202240',
      '000007d0',
      '00033e14',
      '00000001',
      '00000004',
      '00000002',
      '00000000',
      '00000003',
      '6701',
      '650203',
    ].join(''),
  },
  {
    name: 'a delta after a loss, before the start of its timeline',
    unit: busUnit({
      trackId: 255,
      epoch: 5,
      number: 1,
      ptsTicks: -1,
      dtsTicks: -0x1_0000_0000,
      key: false,
      discontinuity: true,
      payload: [],
    }),
    hex: [
      '010202ff',
      '0000000000000005',
      '0000000000000001',
      '00000000',
      '00000000',
      '00000000',
      'ffffffffffffffff',
      'ffffffff00000000',
      '0000000000000000',
      '00000000',
    ].join(''),
  },
];

export const STATE_GOLDEN: { readonly state: EpochState; readonly hex: string } = {
  state: epochState({
    path: 'a/é',
    epoch: 6,
    continues: 5,
    firstUnit: 42,
    firstSegment: 8,
    firstPart: 31,
    timelineOffsetUs: 12_040_000,
    description: {
      title: 'hi',
      revision: 2,
      tracks: [
        { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: { sps: Uint8Array.of(0x67, 0x64) } },
        { id: 2, kind: 'audio', clockRateHz: 8000, codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8000, channelCount: 1 } },
      ],
    },
  }),
  hex: [
    '01010700',
    '0000000000000006',
    '000000000000002a',
    '00000008',
    '0000001f',
    '0000000000000005',
    '0000000000b7b740',
    '00000004612fc3a9',
    '00000002',
    '000000026869',
    '02',
    '0100',
    '00015f90',
    '05',
    '01000000026764',
    '00',
    '0201',
    '00001f40',
    '10',
    '01',
    '00001f40',
    '00000001',
  ].join(''),
};

const bytes = Uint8Array.of(1, 2, 3);
const generic = { rtpMap: 'x/90000', fmtp: { a: '1', 'profile-id': '', __proto: 'ä' }, payloadType: 97, mediaType: 'application' };

/** Every codec, with all of its parameters and with none that can be absent. */
export const CODEC_CASES: readonly CodecDescription[] = [
  { codec: 'AV1', parameters: { profile: 0, levelIdx: 8, tier: 1 } },
  { codec: 'AV1', parameters: {} },
  { codec: 'VP9', parameters: { profileId: 2 } },
  { codec: 'VP9', parameters: {} },
  { codec: 'VP8', parameters: {} },
  { codec: 'H265', parameters: { vps: bytes, sps: bytes, pps: bytes, maxDonDiff: 1 } },
  { codec: 'H265', parameters: {} },
  { codec: 'H264', parameters: { sps: bytes, pps: bytes } },
  { codec: 'H264', parameters: { pps: Uint8Array.of() } },
  { codec: 'MPEG-4 Video', parameters: { profileLevelId: 1, config: bytes } },
  { codec: 'MPEG-4 Video', parameters: {} },
  { codec: 'MPEG-1/2 Video', parameters: {} },
  { codec: 'M-JPEG', parameters: {} },
  { codec: 'Opus', parameters: { channelCount: 2 } },
  { codec: 'Opus', parameters: { channelCount: 6, multistream: { streamCount: 4, coupledCount: 2, mapping: [0, 4, 1, 2, 3, 5] } } },
  { codec: 'MPEG-4 Audio', parameters: { config: bytes } },
  {
    codec: 'MPEG-4 Audio LATM',
    parameters: { profileLevelId: 30, bitrateBps: 64_000, configInBand: false, config: bytes, sbrEnabled: false },
  },
  { codec: 'MPEG-4 Audio LATM', parameters: { configInBand: true } },
  { codec: 'MPEG-1/2 Audio', parameters: {} },
  { codec: 'AC3', parameters: { sampleRateHz: 48_000, channelCount: 6 } },
  { codec: 'G726', parameters: { bitrateBps: 32_000, aal2: true } },
  { codec: 'G722', parameters: { channelCount: 1 } },
  { codec: 'G711', parameters: { muLaw: false, sampleRateHz: 16_000, channelCount: 2 } },
  { codec: 'LPCM', parameters: { bitDepth: 24, sampleRateHz: 96_000, channelCount: 8 } },
  { codec: 'KLV', parameters: {} },
  { codec: 'MPEG-TS', parameters: generic },
  { codec: 'FLAC', parameters: generic },
  { codec: 'Vorbis', parameters: { ...generic, fmtp: {} } },
  { codec: 'Speex', parameters: generic },
  { codec: 'Generic', parameters: generic },
];

export function stateWith(codec: CodecDescription, kind: TrackKind = 'data'): EpochState {
  const track: Track = { id: 1, kind, clockRateHz: 90_000, ...codec };
  return epochState({ description: { tracks: [track], revision: 1 } });
}
