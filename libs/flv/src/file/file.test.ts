import { readFileSync } from 'node:fs';
import { ByteWriter, ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MAX_AGGREGATED_TAGS, parseAggregate } from './aggregate.ts';
import { FlvReader, MAX_FLV_HEADER_BYTES, MAX_FLV_TAG_BYTES } from './flv-reader.ts';
import type { FlvTag } from './flv-reader.ts';
import { serializeFlvHeader, serializeFlvTag } from './flv-writer.ts';
import { FLV_TAG } from './tag-type.ts';

/** Of ffmpeg: half a second of H264 with B-frames and AAC, as `src/testdata/README.md` says. */
const CLIP = readFileSync(new URL('../testdata/h264-aac.flv', import.meta.url));

const TAGS: readonly FlvTag[] = [
  { type: FLV_TAG.script, timestampMs: 0, data: bytesFromHex('02000a') },
  { type: FLV_TAG.video, timestampMs: 0xffff_fffe, data: bytesFromHex('17') },
  { type: FLV_TAG.audio, timestampMs: 0x0102_0304, data: new Uint8Array(0) },
];
const FILE = concatBytes([serializeFlvHeader(), ...TAGS.map(serializeFlvTag)]);

describe('FlvReader', () => {
  test('reads what was written', () => {
    expect(new FlvReader().push(FILE)).toEqual(TAGS);
  });

  test.each([1, 2, 3, 7, 11, 40])('in pieces of %i bytes', (size) => {
    const reader = new FlvReader();
    const tags: FlvTag[] = [];
    for (let at = 0; at < FILE.length; at += size) tags.push(...reader.push(FILE.subarray(at, at + size)));
    expect(tags).toEqual(TAGS);
  });

  test('reads what ffmpeg wrote: the first frame of video is the configuration, times rise', () => {
    const tags = new FlvReader().push(CLIP);
    const video = tags.filter(({ type }) => type === FLV_TAG.video);
    const audio = tags.filter(({ type }) => type === FLV_TAG.audio);
    expect(tags[0]!.type).toBe(FLV_TAG.script);
    expect(hexFromBytes(video[0]!.data.subarray(0, 2))).toBe('1700');
    expect(video.length).toBeGreaterThan(10);
    expect(audio.length).toBeGreaterThan(20);
    for (const kind of [video, audio]) {
      kind.forEach(({ timestampMs }, index) => expect(timestampMs).toBeGreaterThanOrEqual(kind[index - 1]?.timestampMs ?? 0));
    }
  });

  test.each([
    ['another signature', '666c76' + '0105000000' + '09' + '00000000'],
    ['a header that is too short', '464c5601050000000800000000'],
    ['a header that is too long', `464c560105000000${(MAX_FLV_HEADER_BYTES + 1).toString(16).padStart(2, '0')}`],
    ['an encrypted tag', '464c5601050000000900000000' + '29' + '00'.repeat(10)],
  ])('%s is refused', (_, hex) => {
    expect(() => new FlvReader().push(bytesFromHex(hex))).toThrow(ParseError);
  });

  test('the largest header, and the largest tag', () => {
    const header = concatBytes([bytesFromHex('464c560105'), new ByteWriter().u32(MAX_FLV_HEADER_BYTES).finish()]);
    const long = concatBytes([header, new Uint8Array(MAX_FLV_HEADER_BYTES - header.length + 4), serializeFlvTag(TAGS[0]!)]);
    expect(new FlvReader().push(long)).toEqual([TAGS[0]]);
    const announced = (size: number) => concatBytes([serializeFlvHeader(), new ByteWriter().u8(9).u24(size).u32(0).u24(0).finish()]);
    expect(new FlvReader().push(announced(MAX_FLV_TAG_BYTES))).toEqual([]);
    expect(() => new FlvReader().push(announced(MAX_FLV_TAG_BYTES + 1))).toThrow(ParseError);
  });
});

describe('aggregate messages', () => {
  test('the first message has the time of the aggregate', () => {
    const tags = [
      { type: 9, timestampMs: 5_000, data: bytesFromHex('aa') },
      { type: 8, timestampMs: 5_020, data: bytesFromHex('bb') },
    ];
    const bytes = concatBytes(tags.map(serializeFlvTag));
    expect(parseAggregate(bytes, 100)).toEqual([
      { ...tags[0], timestampMs: 100 },
      { ...tags[1], timestampMs: 120 },
    ]);
    expect(parseAggregate(bytes.subarray(0, bytes.length - 4), 100)).toHaveLength(2);
    for (let length = 1; length < 12; length++) expect(() => parseAggregate(bytes.subarray(0, length), 0)).toThrow(ParseError);
  });

  test('messages of an aggregate', () => {
    const many = (count: number) => concatBytes(Array.from({ length: count }, () => serializeFlvTag(TAGS[2]!)));
    expect(parseAggregate(many(MAX_AGGREGATED_TAGS), 0)).toHaveLength(MAX_AGGREGATED_TAGS);
    expect(() => parseAggregate(many(MAX_AGGREGATED_TAGS + 1), 0)).toThrow('messages');
  });
});
