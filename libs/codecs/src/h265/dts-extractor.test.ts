import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAnnexB } from '../h264/annex-b.ts';
import { H265DtsExtractor } from './dts-extractor.ts';
import { H265_NAL_UNIT, h265NalUnitType, isH265RandomAccess } from './nal-unit.ts';
import { parseH265Pps } from './pps.ts';
import { parseH265SliceHeader } from './slice-header.ts';
import { parseH265Sps } from './sps.ts';
import { parseH265Vps } from './vps.ts';

interface Times {
  readonly pts: readonly number[];
  readonly dts: readonly number[];
}

function load(name: string): { units: Uint8Array[][]; times: Times; find(type: number): Uint8Array } {
  const file = (extension: string) => readFileSync(new URL(`testdata/${name}.${extension}`, import.meta.url));
  const nalUnits = parseAnnexB(new Uint8Array(file('h265')));
  const units: Uint8Array[][] = [];
  for (const nalUnit of nalUnits) {
    if (h265NalUnitType(nalUnit) === H265_NAL_UNIT.accessUnitDelimiter) units.push([]);
    units.at(-1)!.push(nalUnit);
  }
  const find = (type: number) => nalUnits.find((nalUnit) => h265NalUnitType(nalUnit) === type)!;
  return { units, times: JSON.parse(file('json').toString()) as Times, find };
}

describe('H265DtsExtractor', () => {
  test.each(['open', 'closed'])('gives the DTS of the muxer: %s', (name) => {
    const { units, times } = load(name);
    expect(units.length).toBe(times.pts.length);
    const extractor = new H265DtsExtractor();
    expect(units.map((unit, i) => extractor.extract(unit, times.pts[i]!))).toEqual(times.dts);
  });

  test('a stream that is joined at a CRA picture leaves room for its leading pictures', () => {
    const { units, times, find } = load('open');
    const cra = units.findIndex((unit, i) => i > 0 && isH265RandomAccess(unit));
    expect(h265NalUnitType(units[cra]!.at(-1)!)).toBe(H265_NAL_UNIT.cra);
    const extractor = new H265DtsExtractor();
    extractor.useSps(find(H265_NAL_UNIT.sps));
    extractor.usePps(find(H265_NAL_UNIT.pps));
    const pts = times.pts.slice(cra);
    const dts = units.slice(cra).map((unit, i) => extractor.extract(unit, pts[i]!));
    for (let i = 0; i < dts.length; i++) {
      expect(dts[i]).toBeLessThanOrEqual(pts[i]!);
      if (i > 0) expect(dts[i]).toBeGreaterThanOrEqual(dts[i - 1]!);
    }
    expect(dts[0]).toBe(times.dts[cra]);
    expect(dts.slice(4)).toEqual(times.dts.slice(cra + 4));
  });

  test('never throws and never goes back: no parameter sets, broken ones, a clock that jumps', () => {
    const { units, times } = load('closed');
    const extractor = new H265DtsExtractor();
    let previous = Number.NEGATIVE_INFINITY;
    const odd: [Uint8Array[], number][] = [
      [[], 5000],
      [[Uint8Array.of(0x42, 1, 0xff)], 6000],
      [[Uint8Array.of(0x44, 1)], 6000],
      [[Uint8Array.of(0x2a, 1)], 7000],
      ...units.map((unit, i): [Uint8Array[], number] => [unit, times.pts[i]!]),
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

describe('parameter sets of a real stream', () => {
  const { units, find } = load('open');

  test('VPS, SPS, PPS', () => {
    const sps = parseH265Sps(find(H265_NAL_UNIT.sps));
    expect(sps).toMatchObject({ width: 64, height: 48, chromaFormatIdc: 1, bitDepthLuma: 8, fps: 25, maxNumReorderPics: 2 });
    expect(sps.profileTierLevel.profileIdc).toBe(1);
    expect(parseH265Vps(find(H265_NAL_UNIT.vps)).profileTierLevel).toEqual(sps.profileTierLevel);
    expect(parseH265Pps(find(H265_NAL_UNIT.pps))).toMatchObject({ id: 0, spsId: 0 });
  });

  test('slice headers', () => {
    const sps = parseH265Sps(find(H265_NAL_UNIT.sps));
    const pps = parseH265Pps(find(H265_NAL_UNIT.pps));
    const headers = units.slice(0, 4).map((unit) => parseH265SliceHeader(unit.at(-1)!, sps, pps));
    expect(headers.map((header) => header.pocLsb)).toEqual([0, 5, 3, 1]);
    expect(headers[1]!.refPicSet!.before[0]).toBe(-5);
    expect(headers[2]!.refPicSet).toEqual({ before: [-3], after: [2] });
  });
});
