import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter } from '@mediamesh/bytes';
import { parseAnnexB } from './annex-b.ts';
import { H264DtsExtractor } from './dts-extractor.ts';
import { H264_NAL_UNIT, h264NalUnitType } from './nal-unit.ts';
import { parseH264Sps } from './sps.ts';

interface Times {
  readonly pts: readonly number[];
  readonly dts: readonly number[];
}

function load(name: string): { units: Uint8Array[][]; times: Times } {
  const file = (extension: string) => readFileSync(new URL(`testdata/${name}.${extension}`, import.meta.url));
  const units: Uint8Array[][] = [];
  for (const nalUnit of parseAnnexB(new Uint8Array(file('h264')))) {
    if (h264NalUnitType(nalUnit) === H264_NAL_UNIT.accessUnitDelimiter) units.push([]);
    units.at(-1)!.push(nalUnit);
  }
  return { units, times: JSON.parse(file('json').toString()) as Times };
}

/** The SPS cut before its VUI: the shortest beginning that still says the same size. */
function withoutVui(sps: Uint8Array): Uint8Array {
  const full = parseH264Sps(sps);
  for (let length = 32; length < sps.length * 8; length++) {
    const reader = new BitReader(sps, 'SPS');
    const writer = new BitWriter();
    for (let i = 0; i < length; i++) writer.flag(reader.flag());
    const cut = writer.flag(false).flag(true).finish();
    try {
      const parsed = parseH264Sps(cut);
      if (parsed.width === full.width && parsed.height === full.height && !parsed.vui) return cut;
    } catch {
      continue;
    }
  }
  throw new Error('no such beginning');
}

function expectValid(pts: readonly number[], dts: readonly number[]): void {
  for (let i = 0; i < dts.length; i++) {
    expect(dts[i]).toBeLessThanOrEqual(pts[i]!);
    if (i > 0) expect(dts[i]).toBeGreaterThan(dts[i - 1]!);
  }
}

describe('H264DtsExtractor', () => {
  test.each(['pyramid', 'zero', 'open', 'interlaced'])('gives the DTS of the muxer: %s', (name) => {
    const { units, times } = load(name);
    expect(units.length).toBe(times.pts.length);
    const extractor = new H264DtsExtractor();
    expect(units.map((unit, i) => extractor.extract(unit, times.pts[i]!))).toEqual(times.dts);
  });

  test.each(['pyramid', 'open', 'interlaced'])('finds the depth without a VUI, after the first pictures: %s', (name) => {
    const { units, times } = load(name);
    const extractor = new H264DtsExtractor();
    const dts = units.map((unit, i) => {
      const plain = unit.map((nalUnit) => (h264NalUnitType(nalUnit) === H264_NAL_UNIT.sps ? withoutVui(nalUnit) : nalUnit));
      return extractor.extract(plain, times.pts[i]!);
    });
    expectValid(times.pts, dts);
    // x264 states a depth of 2 for the last two, and uses 1.
    const frames = name === 'pyramid' ? 0 : 1;
    expect(dts.slice(4)).toEqual(times.dts.slice(4).map((time) => time + frames * 3600));
  });

  test('without a VUI and without reordering, DTS is PTS, also behind a lost picture', () => {
    const { units, times } = load('zero');
    const extractor = new H264DtsExtractor();
    const kept = units.map((unit, i) => ({ unit, pts: times.pts[i]! })).filter((_, i) => i !== 7 && i !== 8);
    const dts = kept.map(({ unit, pts }) => {
      const plain = unit.map((nalUnit) => (h264NalUnitType(nalUnit) === H264_NAL_UNIT.sps ? withoutVui(nalUnit) : nalUnit));
      return extractor.extract(plain, pts);
    });
    expect(dts).toEqual(kept.map(({ pts }) => pts));
  });

  test.each(['pyramid', 'open'])('stays valid with any one unit lost: %s', (name) => {
    const { units, times } = load(name);
    for (let lost = 1; lost < units.length; lost++) {
      const extractor = new H264DtsExtractor();
      const pts = times.pts.filter((_, i) => i !== lost);
      const dts = units.filter((_, i) => i !== lost).map((unit, i) => extractor.extract(unit, pts[i]!));
      expectValid(pts, dts);
    }
  });

  test('never throws and never goes back: no SPS, broken SPS, empty units, a clock that jumps', () => {
    const { units, times } = load('pyramid');
    const extractor = new H264DtsExtractor();
    let previous = Number.NEGATIVE_INFINITY;
    const odd: [Uint8Array[], number][] = [
      [[], 5000],
      [[Uint8Array.of(0x67)], 6000],
      [[Uint8Array.of(0x65)], 7000],
      ...units.map((unit, i): [Uint8Array[], number] => [unit, times.pts[i]!]),
      ...units.map((unit, i): [Uint8Array[], number] => [unit, times.pts[i]! - 100_000]),
      ...units.map((unit, i): [Uint8Array[], number] => [unit, times.pts[i]! + 900_000]),
    ];
    for (const [unit, pts] of odd) {
      const dts = extractor.extract(unit, pts);
      expect(dts).toBeGreaterThanOrEqual(previous);
      previous = dts;
    }
    expect(previous).toBe(times.dts.at(-1)! + 900_000);
  });
});
