import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ParseError } from '@mediamesh/bytes';
import {
  createAccessUnitProcessor,
  klvUnitBytes,
  parseAc3SyncFrame,
  parseAdts,
  parseAnnexB,
  parseAudioMuxElement,
  parseAudioSpecificConfig,
  parseAv1LowOverhead,
  parseAv1SequenceHeader,
  parseAvcc,
  parseH264SliceHeader,
  parseH264Sps,
  parseH265Pps,
  parseH265SliceHeader,
  parseH265Sps,
  parseH265Vps,
  parseJpegImage,
  parseKlvUnits,
  parseMpeg12Picture,
  parseMpeg12SequenceHeader,
  parseMpeg4VideoFrame,
  parseMpegAudioFrameHeader,
  parseOpusToc,
  parseStreamMuxConfig,
  parseVideoObjectLayer,
  parseVp8FrameHeader,
  parseVp9FrameHeader,
  readLeb128,
} from './index.ts';
import type { CodecDescription } from './index.ts';
import { storedBytes, storedFrames } from './stored-frames.cases.ts';

const h264 = parseAnnexB(storedBytes('h264/testdata/pyramid.h264'));
const h265 = parseAnnexB(storedBytes('h265/testdata/open.h265'));
const h264Sps = parseH264Sps(h264.find((nalUnit) => (nalUnit[0]! & 0x1f) === 7)!);
const h265Sps = parseH265Sps(h265.find((nalUnit) => nalUnit[0]! >> 1 === 33)!);
const h265Pps = parseH265Pps(h265.find((nalUnit) => nalUnit[0]! >> 1 === 34)!);
const adts = storedBytes('aac/testdata/mono.adts');
const element = storedBytes('aac/testdata/mono.loas').subarray(3);
const vp8 = storedFrames('vp8/testdata/frames').frames[0]!;
const vp9 = storedFrames('vp9/testdata/frames').frames[0]!;
const av1 = storedFrames('av1/testdata/frames').frames[0]!;
const jpeg = storedFrames('jpeg/testdata/image').frames[0]!;
const mpeg2 = storedFrames('mpeg12-video/testdata/mpeg2-b-frames').frames[0]!;
const mpeg4 = storedFrames('mpeg4-video/testdata/b-frames').frames[0]!;
const layer3 = storedFrames('mpeg-audio/testdata/layer3').frames[0]!;
const ac3 = storedFrames('ac3/testdata/stereo').frames[0]!;
const klv = Uint8Array.of(6, 0x0e, 0x2b, 0x34, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x82, 0, 3, 1, 2, 3);

const parsers: readonly (readonly [string, (bytes: Uint8Array) => unknown, Uint8Array])[] = [
  ['parseAnnexB', parseAnnexB, storedBytes('h264/testdata/pyramid.h264').subarray(0, 900)],
  ['parseAvcc', (bytes) => parseAvcc(bytes), Uint8Array.of(0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 5)],
  ['parseH264Sps', parseH264Sps, h264.find((nalUnit) => (nalUnit[0]! & 0x1f) === 7)!],
  ['parseH264SliceHeader', (bytes) => parseH264SliceHeader(bytes, h264Sps), h264.find((nalUnit) => (nalUnit[0]! & 0x1f) === 1)!],
  ['parseH265Vps', parseH265Vps, h265.find((nalUnit) => nalUnit[0]! >> 1 === 32)!],
  ['parseH265Sps', parseH265Sps, h265.find((nalUnit) => nalUnit[0]! >> 1 === 33)!],
  ['parseH265Pps', parseH265Pps, h265.find((nalUnit) => nalUnit[0]! >> 1 === 34)!],
  ['parseH265SliceHeader', (bytes) => parseH265SliceHeader(bytes, h265Sps, h265Pps), h265.find((nalUnit) => nalUnit[0]! >> 1 === 1)!],
  ['parseAdts', parseAdts, adts.subarray(0, 149)],
  ['parseAudioSpecificConfig', parseAudioSpecificConfig, Uint8Array.of(0xeb, 0x8a, 0x08, 0x00)],
  ['parseStreamMuxConfig', parseStreamMuxConfig, Uint8Array.of(0x40, 0x00, 0x23, 0x10, 0x3f, 0xc0)],
  ['parseAudioMuxElement', (bytes) => parseAudioMuxElement(bytes, undefined, true), element.subarray(0, 149)],
  ['readLeb128', (bytes) => readLeb128(new ByteReader(bytes, 'leb128')), Uint8Array.of(0x80, 0x80, 0x01)],
  ['parseAv1LowOverhead', parseAv1LowOverhead, av1],
  ['parseAv1SequenceHeader', parseAv1SequenceHeader, parseAv1LowOverhead(av1).find((obu) => obu[0]! >> 3 === 1)!],
  ['parseVp8FrameHeader', parseVp8FrameHeader, vp8],
  ['parseVp9FrameHeader', parseVp9FrameHeader, vp9],
  ['parseMpeg4VideoFrame', parseMpeg4VideoFrame, mpeg4],
  ['parseVideoObjectLayer', parseVideoObjectLayer, mpeg4],
  ['parseMpeg12Picture', parseMpeg12Picture, mpeg2],
  ['parseMpeg12SequenceHeader', parseMpeg12SequenceHeader, mpeg2],
  ['parseJpegImage', parseJpegImage, jpeg],
  ['parseMpegAudioFrameHeader', parseMpegAudioFrameHeader, layer3],
  ['parseAc3SyncFrame', parseAc3SyncFrame, ac3],
  ['parseOpusToc', parseOpusToc, Uint8Array.of(0xff, 3)],
  ['klvUnitBytes', klvUnitBytes, klv],
  ['parseKlvUnits', parseKlvUnits, klv],
];

/** A result, or a ParseError; anything else fails the test. */
function attempt(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    parse(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
}

describe.each(parsers)('%s', (_, parse, sample) => {
  test('reads its sample', () => {
    parse(sample);
  });

  test('fails only with ParseError: any bytes, truncation at any offset, any byte changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => attempt(parse, bytes)),
      { numRuns: 200 },
    );
    for (let length = 0; length < Math.min(sample.length, 300); length++) attempt(parse, sample.subarray(0, length));
    const changes = fc.record({ at: fc.nat(Math.min(sample.length, 64) - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 4 }), (list) => {
        const bytes = Uint8Array.from(sample);
        for (const { at, value } of list) bytes[at] = value;
        attempt(parse, bytes);
      }),
      { numRuns: 200 },
    );
  });
});

const descriptions: readonly (readonly [CodecDescription, readonly Uint8Array[]])[] = [
  [{ codec: 'H264', parameters: {} }, h264],
  [{ codec: 'H265', parameters: {} }, h265],
  [{ codec: 'AV1', parameters: {} }, parseAv1LowOverhead(av1)],
  [{ codec: 'VP8', parameters: {} }, [vp8]],
  [{ codec: 'VP9', parameters: {} }, [vp9]],
  [{ codec: 'MPEG-4 Video', parameters: {} }, [mpeg4]],
  [{ codec: 'MPEG-1/2 Video', parameters: {} }, [mpeg2]],
  [{ codec: 'Opus', parameters: { channelCount: 2 } }, [Uint8Array.of(1)]],
];

test.each(descriptions.map(([description, seeds]) => [description.codec, description, seeds] as const))(
  'a processor survives any units: %s',
  (_, description, seeds) => {
    const entry = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...seeds));
    const units = fc.array(fc.tuple(fc.array(entry, { maxLength: 4 }), fc.integer({ min: -1000, max: 1_000_000 })), { maxLength: 20 });
    fc.assert(
      fc.property(units, (list) => {
        const processor = createAccessUnitProcessor(description, 90_000);
        let previous = Number.NEGATIVE_INFINITY;
        for (const [payload, pts] of list) {
          try {
            const unit = processor.process(payload, pts);
            if (!unit || description.codec === 'Opus' || description.codec === 'AV1' || description.codec.startsWith('VP')) continue;
            expect(unit.payload.length).toBeGreaterThan(0);
            expect(Number.isSafeInteger(unit.dtsTicks)).toBe(true);
            expect(unit.dtsTicks).toBeGreaterThanOrEqual(previous);
            previous = unit.dtsTicks;
          } catch (error) {
            expect(error).toBeInstanceOf(ParseError);
          }
        }
      }),
      { numRuns: 100 },
    );
  },
);
