import { describe, expect, test } from 'vitest';
import { BitWriter, ParseError, concatBytes } from '@mediamesh/bytes';
import { serializeAv1LowOverhead, parseAv1LowOverhead } from '../av1/low-overhead.ts';
import { av1ObuType } from '../av1/obu.ts';
import type { CodecDescription, H264Parameters, H265Parameters, Mpeg4VideoParameters } from '../description.ts';
import { parseAnnexB } from '../h264/annex-b.ts';
import { storedBytes, storedFrames } from '../stored-frames.cases.ts';
import { MAX_FURTHER_PICTURE_PARAMETER_SETS } from './picture-parameter-sets.ts';
import type { ProcessedUnit } from './processed-unit.ts';
import { createAccessUnitProcessor } from './processor.ts';

const h264 = parseAnnexB(storedBytes('h264/testdata/pyramid.h264'));
const sps = h264.find((nalUnit) => nalUnit[0] === 0x67)!;
const pps = h264.find((nalUnit) => nalUnit[0] === 0x68)!;
const otherPps = Uint8Array.of(0x68, 0x80, 1); // identifier 0, other fields
const furtherPps = Uint8Array.of(0x68, 0x40, 1); // identifier 1
const aud = Uint8Array.of(0x09, 0xf0);
const sei = Uint8Array.of(0x06, 5, 0);
const idr = h264.find((nalUnit) => nalUnit[0] === 0x65)!;
const delta = h264.find((nalUnit) => (nalUnit[0]! & 0x1f) === 1)!;

function processorOf(codec: CodecDescription['codec'], parameters: object = {}, clockRateHz = 90_000) {
  return createAccessUnitProcessor({ codec, parameters } as unknown as CodecDescription, clockRateHz);
}

describe('H264', () => {
  test('in-band parameter sets go into the description, stand before IDR pictures only, and delimiters go', () => {
    const processor = processorOf('H264');
    const before = processor.description;
    const first = processor.process([aud, sps, pps, sei, idr], 0)!;
    expect(first.payload).toEqual([sps, pps, sei, idr]);
    expect(first.key).toBe(true);
    const described = processor.description;
    expect(described).not.toBe(before);
    expect(described).toEqual({ codec: 'H264', parameters: { sps, pps } });

    const second = processor.process([aud, sps, pps, delta], 3600)!;
    expect(second.payload).toEqual([delta]);
    expect(second.key).toBe(false);
    expect(processor.description).toBe(described);

    expect(processor.process([idr], 7200)!.payload).toEqual([sps, pps, idr]);
  });

  test('parameter sets of the description stand before IDR pictures; half of them do not', () => {
    expect(processorOf('H264', { sps, pps }).process([idr], 0)!.payload).toEqual([sps, pps, idr]);
    expect(processorOf('H264', { sps }).process([idr], 0)!.payload).toEqual([idr]);
  });

  test('a unit that stays as it is keeps its array', () => {
    const payload = [sei, delta];
    expect(processorOf('H264', { sps, pps }).process(payload, 0)!.payload).toBe(payload);
  });

  test('another picture parameter set replaces one of its identifier, one of another identifier stands beside it', () => {
    const processor = processorOf('H264', { sps, pps });
    expect(processor.process([furtherPps, idr], 0)!.payload).toEqual([sps, pps, furtherPps, idr]);
    expect((processor.description.parameters as H264Parameters).pps).toEqual(pps);
    expect(processor.process([otherPps, furtherPps, idr], 3600)!.payload).toEqual([sps, otherPps, furtherPps, idr]);
    expect((processor.description.parameters as H264Parameters).pps).toEqual(otherPps);
  });

  test('further picture parameter sets up to a limit', () => {
    const processor = processorOf('H264', { sps, pps });
    const sets = Array.from({ length: MAX_FURTHER_PICTURE_PARAMETER_SETS + 1 }, (_, i) => {
      const id = i + 1;
      const length = 2 * Math.floor(Math.log2(id + 1)) + 1;
      return concatBytes([
        Uint8Array.of(0x68),
        new BitWriter()
          .bits(id + 1, length)
          .flag(true)
          .finish(),
      ]);
    });
    const unit = processor.process([...sets, idr], 0)!;
    expect(unit.payload).toEqual([sps, pps, ...sets.slice(0, -1), idr]);
  });

  test('another sequence drops the picture parameter sets of the one before', () => {
    const processor = processorOf('H264', { sps, pps });
    processor.process([furtherPps, idr], 0);
    const otherSps = concatBytes([sps, Uint8Array.of(0x80)]);
    expect(processor.process([otherSps, pps, idr], 3600)!.payload).toEqual([otherSps, pps, idr]);
    expect(processor.description).toEqual({ codec: 'H264', parameters: { sps: otherSps, pps } });
  });

  test('what is only delimiters and parameter sets is no unit, but is learnt', () => {
    const processor = processorOf('H264');
    expect(processor.process([aud, sps, pps], 0)).toBeNull();
    expect(processor.process([], 0)).toBeNull();
    expect((processor.description.parameters as H264Parameters).sps).toEqual(sps);
  });

  test('a malformed unit throws and the next one is read', () => {
    const processor = processorOf('H264');
    expect(() => processor.process([sps, Uint8Array.of()], 0)).toThrow(ParseError);
    expect(() => processor.process([pps, Uint8Array.of(0x68)], 0)).toThrow(ParseError);
    expect(processor.process([idr], 0)!.payload).toEqual([sps, pps, idr]);
    expect((processor.description.parameters as H264Parameters).pps).toEqual(pps);
  });

  test('parameter sets do not alias the packets that brought them', () => {
    const processor = processorOf('H264');
    const packet = Uint8Array.from(sps);
    processor.process([packet, pps, idr], 0);
    packet.fill(0);
    expect((processor.description.parameters as H264Parameters).sps).toEqual(sps);
  });

  test('units before the first IDR picture pass, without a key mark', () => {
    const processor = processorOf('H264');
    expect(processor.process([delta], 1000)).toMatchObject({ key: false, ptsTicks: 1000, dtsTicks: 1000 });
  });
});

describe('H265', () => {
  const h265 = parseAnnexB(storedBytes('h265/testdata/open.h265'));
  const ofType = (type: number) => h265.find((nalUnit) => nalUnit[0]! >> 1 === type)!;
  const [vps, hSps, hPps, hIdr, cra, trail] = [ofType(32), ofType(33), ofType(34), ofType(20) ?? ofType(19), ofType(21), ofType(1)];

  test('in-band parameter sets go into the description and stand before IDR and CRA pictures', () => {
    const processor = processorOf('H265', { maxDonDiff: 0 });
    const unit = processor.process([Uint8Array.of(0x46, 1, 0x50), vps!, hSps!, hPps!, hIdr!], 0)!;
    expect(unit.payload).toEqual([vps, hSps, hPps, hIdr]);
    expect(unit.key).toBe(true);
    expect(processor.description.parameters as H265Parameters).toEqual({ vps, sps: hSps, pps: hPps, maxDonDiff: 0 });
    expect(processor.process([trail!], 3600)).toMatchObject({ payload: [trail], key: false });
    expect(processor.process([cra!], 7200)).toMatchObject({ payload: [vps, hSps, hPps, cra], key: true });
  });

  test('a malformed unit throws, what is empty is no unit', () => {
    const processor = processorOf('H265');
    expect(() => processor.process([Uint8Array.of(0x26)], 0)).toThrow(ParseError);
    expect(processor.process([vps!, hSps!, hPps!], 0)).toBeNull();
    expect(processor.process([hIdr!], 0)!.payload).toHaveLength(4);
  });
});

describe('AV1', () => {
  const { frames, keys } = storedFrames('av1/testdata/frames');
  const delimiter = Uint8Array.of(0x12, 0);

  test('temporal delimiters and size fields go; key marks are those of ffmpeg', () => {
    const processor = processorOf('AV1');
    const units = frames.map((frame, i) => processor.process([delimiter, ...parseAv1LowOverhead(frame)], i)!);
    expect(units.map((unit) => unit.key)).toEqual(keys);
    for (const unit of units) for (const obu of unit.payload) expect(av1ObuType(obu)).not.toBe(2);
    const sized = serializeAv1LowOverhead(units[1]!.payload);
    expect(processor.process([sized], 9)!.payload).toEqual(units[1]!.payload);
    expect(processor.process([delimiter], 10)).toBeNull();
    expect(() => processor.process([Uint8Array.of()], 11)).toThrow(ParseError);
  });
});

test.each(['VP8', 'VP9'] as const)('%s: key marks are those of ffmpeg', (codec) => {
  const { frames, pts, keys } = storedFrames(`${codec.toLowerCase()}/testdata/frames`);
  const processor = processorOf(codec);
  const units = frames.map((frame, i) => processor.process([frame], pts[i]!)!);
  expect(units.map((unit) => unit.key)).toEqual(keys);
  expect(units.map((unit) => unit.dtsTicks)).toEqual(pts);
  expect(processor.process([], 0)).toBeNull();
  expect(() => processor.process([frames[0]!, frames[1]!], 0)).toThrow(ParseError);
});

function expectValid(units: readonly ProcessedUnit[]): void {
  for (const [i, unit] of units.entries()) {
    expect(unit.dtsTicks).toBeLessThanOrEqual(unit.ptsTicks);
    if (i > 0) expect(unit.dtsTicks).toBeGreaterThan(units[i - 1]!.dtsTicks);
  }
}

describe('MPEG-4 Video', () => {
  const { frames, pts, dts, keys } = storedFrames('mpeg4-video/testdata/b-frames');

  test('the configuration goes into the description and stands before key frames', () => {
    const processor = processorOf('MPEG-4 Video', { profileLevelId: 1 });
    const units = frames.map((frame, i) => processor.process([frame], pts[i]!)!);
    expect(units.map((unit) => unit.key)).toEqual(keys);
    const { config, profileLevelId } = processor.description.parameters as Mpeg4VideoParameters;
    expect(profileLevelId).toBe(1);
    for (const unit of units.filter(({ key }) => key)) expect(unit.payload[0]!.subarray(0, config!.length)).toEqual(config);
    const stripped = units.find(({ key }) => key)!.payload[0]!.subarray(config!.length);
    expect(stripped.subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 1, 0xb3));
    expect(processor.process([stripped], 1_000_000)!.payload[0]).toEqual(concatBytes([config!, stripped]));
    expect(processor.process([config!], 1_000_000)).toBeNull();
    expect(() => processor.process([stripped, stripped], 0)).toThrow(ParseError);
  });

  test('DTS are those of the muxer, with B-VOPs and without', () => {
    const processor = processorOf('MPEG-4 Video');
    expect(frames.map((frame, i) => processor.process([frame], pts[i]!)!.dtsTicks)).toEqual(dts);
    const plain = storedFrames('mpeg4-video/testdata/no-b-frames');
    const other = processorOf('MPEG-4 Video');
    expect(plain.frames.map((frame, i) => other.process([frame], plain.pts[i]!)!.dtsTicks)).toEqual(plain.dts);
  });
});

describe('MPEG-1/2 Video', () => {
  test('with B pictures: DTS are those of the muxer, once the first reference showed the order', () => {
    const { frames, pts, dts, keys } = storedFrames('mpeg12-video/testdata/mpeg2-b-frames');
    const processor = processorOf('MPEG-1/2 Video');
    const units = frames.map((frame, i) => processor.process([frame], pts[i]!)!);
    expectValid(units);
    expect(units.slice(2).map((unit) => unit.dtsTicks)).toEqual(dts.slice(2));
    expect(units.map((unit) => unit.key)).toEqual(keys);
  });

  test('joined at an open group: room for the pictures that precede it', () => {
    const { frames, pts, dts, keys } = storedFrames('mpeg12-video/testdata/mpeg2-b-frames');
    const start = keys.indexOf(true, 1);
    const processor = processorOf('MPEG-1/2 Video');
    const units = frames.slice(start).map((frame, i) => processor.process([frame], pts[start + i]!)!);
    expectValid(units);
    expect(units[0]!.dtsTicks).toBe(dts[start]);
  });

  test('without B pictures, DTS is PTS', () => {
    const { frames, pts, keys } = storedFrames('mpeg12-video/testdata/mpeg1');
    const processor = processorOf('MPEG-1/2 Video');
    const units = frames.map((frame, i) => processor.process([frame], pts[i]!)!);
    expect(units.map((unit) => unit.dtsTicks)).toEqual(pts);
    expect(units.map((unit) => unit.key)).toEqual(keys);
    expect(() => processor.process([Uint8Array.of(1, 2, 3)], 0)).toThrow(ParseError);
  });
});

test.each(['Opus', 'KLV', 'Generic', 'M-JPEG', 'G711'] as const)('%s passes', (codec) => {
  const processor = processorOf(codec, {}, 48_000);
  const payload = [Uint8Array.of(1, 2)];
  const unit = processor.process(payload, 960)!;
  expect(unit).toEqual({ payload, ptsTicks: 960, dtsTicks: 960, key: true });
  expect(unit.payload).toBe(payload);
  expect(processor.process([], 0)).toBeNull();
});
