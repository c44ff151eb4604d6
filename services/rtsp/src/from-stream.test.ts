import { NodeCrypto } from '@mediamesh/platform';
import { parseRtpPacket } from '@mediamesh/rtp';
import type { RtpPacket } from '@mediamesh/rtp';
import type { Track } from '@mediamesh/media';
import { describe, expect, test } from 'vitest';
import { FromStream } from './from-stream.ts';
import type { RtspFrame } from './from-stream.ts';
import { AUDIO, VIDEO, epochState, unit } from './testing/streams.cases.ts';

const VIDEO_WITH_SPS: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: { sps: Uint8Array.of(0x67) } };
const LPCM_24: Track = {
  id: 3,
  kind: 'audio',
  clockRateHz: 48_000,
  codec: 'LPCM',
  parameters: { bitDepth: 24, sampleRateHz: 48_000, channelCount: 2 },
};
const AAC: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'MPEG-4 Audio', parameters: { config: Uint8Array.of(0x11, 0x90) } };
const MALFORMED: Track = { ...AAC, parameters: { config: Uint8Array.of(0) } };

function maker(maxPayloadBytes = 1_440): { from: FromStream; log: string[] } {
  const log: string[] = [];
  return { from: new FromStream(maxPayloadBytes, new NodeCrypto(), (message) => log.push(message)), log };
}

const packetsOf = ({ plain }: RtspFrame): RtpPacket[] =>
  plain.offsets.map((offset, i) => parseRtpPacket(plain.bytes.subarray(offset, offset + plain.sizes[i]!)));
const numbers = (frames: readonly RtspFrame[]): number[] => frames.flatMap(packetsOf).map(({ sequenceNumber }) => sequenceNumber);
const following = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => (first + i) & 0xffff);

describe('numbering', () => {
  test('goes on from frame to frame, in one SSRC, in the payload type of the description', () => {
    const { from } = maker();
    from.describe(epochState([VIDEO]));
    const frames = [unit(VIDEO, 0, 5_000), unit(VIDEO, 3_000, 100), unit(VIDEO, 6_000, 3_000)].map((each) => from.prepare(each));
    const packets = frames.flatMap(packetsOf);
    expect(packets.length).toBeGreaterThan(6);
    expect(packets.map(({ sequenceNumber }) => sequenceNumber)).toEqual(following(packets[0]!.sequenceNumber, packets.length));
    expect(new Set(packets.map(({ ssrc }) => ssrc))).toEqual(new Set([from.tracks[0]!.sender.ssrc]));
    expect(new Set(packets.map(({ payloadType }) => payloadType))).toEqual(new Set([96]));
    expect(frames.map((frame) => packetsOf(frame).at(-1)!.marker)).toEqual([true, true, true]);
  });

  test.each([1, 3, 70_000])('of a catch-up of %i frames ends where the live ones go on', (count) => {
    const { from } = maker();
    from.describe(epochState([VIDEO, AUDIO]));
    from.prepare(unit(VIDEO, 0, 3_000));
    const catchUp = from.prepareCatchUp(Array.from({ length: count }, (_, i) => unit(VIDEO, i * 3_000, 10)));
    const live = from.prepare(unit(VIDEO, 9_000, 10));
    const all = numbers([...catchUp, live]);
    expect(all.length).toBe(count + 1);
    expect(all).toEqual(following(all[0]!, count + 1));
  });

  test('of a catch-up touches no other reader, and no other track', () => {
    const { from } = maker();
    from.describe(epochState([VIDEO, AUDIO]));
    const before = [from.prepare(unit(VIDEO, 0, 3_000)), from.prepare(unit(AUDIO, 0, 10))];
    const catchUp = from.prepareCatchUp([unit(VIDEO, 0, 3_000), unit(AUDIO, 0, 10), unit(AUDIO, 960, 10)]);
    const after = [from.prepare(unit(VIDEO, 3_000, 10)), from.prepare(unit(AUDIO, 1_920, 10))];
    for (const track of [0, 1]) {
      const live = numbers([before[track]!, after[track]!]);
      expect(live).toEqual(following(live[0]!, live.length));
      const own = numbers([...catchUp.filter((frame) => frame.track.mediaIndex === track), after[track]!]);
      expect(own).toEqual(following(own[0]!, own.length));
    }
  });

  test('and SSRC, payload type and media stay over a revision and over a spliced epoch', () => {
    const { from } = maker();
    from.describe(epochState([VIDEO, AUDIO]));
    const first = from.prepare(unit(VIDEO, 0, 10));
    const told = from.tracks.map(({ sender: { ssrc, payloadType }, mediaIndex, timestampOffset }) => [
      ssrc,
      payloadType,
      mediaIndex,
      timestampOffset,
    ]);
    from.describe(epochState([VIDEO_WITH_SPS, AUDIO], { revision: 2 }));
    const second = from.prepare(unit(VIDEO, 3_000, 10));
    from.describe(epochState([VIDEO, AUDIO], { epoch: 6, continues: 5 }));
    const third = from.prepare(unit(VIDEO, 6_000, 10));
    expect(numbers([first, second, third])).toEqual(following(numbers([first])[0]!, 3));
    expect(
      from.tracks.map(({ sender: { ssrc, payloadType }, mediaIndex, timestampOffset }) => [ssrc, payloadType, mediaIndex, timestampOffset]),
    ).toEqual(told);
  });
});

describe('timestamps', () => {
  test.each([
    ['wrap', 2 ** 32 - 1, 2 ** 32 + 2_999],
    ['of a long stay', 2 ** 45, 2 ** 45 + 3_000],
    ['before the start', -3_000, 0],
  ])('%s', (_, first, second) => {
    const { from } = maker();
    from.describe(epochState([VIDEO]));
    const [a, b] = [from.prepare(unit(VIDEO, first, 10)), from.prepare(unit(VIDEO, second, 10))].map((frame) => packetsOf(frame)[0]!);
    expect((b!.timestamp - a!.timestamp) >>> 0).toBe(second - first);
    expect(a!.timestamp).toBe((((first % 2 ** 32) + from.tracks[0]!.timestampOffset) % 2 ** 32) >>> 0);
  });
});

describe('channels', () => {
  test('each track has its own; other channels are a copy that readers share', () => {
    const { from } = maker();
    from.describe(epochState([VIDEO, AUDIO]));
    const frame = from.prepare(unit(AUDIO, 0, 3_000));
    const { plain } = frame;
    const channels = (bytes: Uint8Array): number[] => plain.offsets.map((offset) => bytes[offset - 3]!);
    expect(new Set(channels(plain.interleaved(2)))).toEqual(new Set([2]));
    expect(plain.interleaved(2)).toBe(plain.bytes);
    const other = plain.interleaved(7);
    expect(new Set(channels(other))).toEqual(new Set([7]));
    expect(plain.interleaved(7)).toBe(other);
    expect(new Set(channels(plain.bytes))).toEqual(new Set([2]));
    expect(other.length).toBe(plain.bytes.length);
  });
});

describe('a track that cannot be packetized', () => {
  test('is skipped with one line; the others are medias without a gap', () => {
    const { from, log } = maker();
    const state = epochState([VIDEO, MALFORMED, LPCM_24]);
    from.describe(state);
    from.describe({ ...state, description: { ...state.description, revision: 2 } });
    expect(from.tracks.map(({ track, mediaIndex, sender }) => [track.id, mediaIndex, sender.payloadType])).toEqual([
      [1, 0, 96],
      [3, 1, 97],
    ]);
    expect(log).toEqual([expect.stringMatching(/^skipping track 2 \(MPEG-4 Audio\): /u)]);
    expect(packetsOf(from.prepare(unit(LPCM_24, 0, 12))).length).toBe(1);
  });

  test('and becomes one with a revision goes on as it was', () => {
    const { from, log } = maker();
    from.describe(epochState([VIDEO, AAC]));
    const [, before] = from.tracks;
    from.describe(epochState([VIDEO, MALFORMED], { revision: 2 }));
    expect(from.tracks[1]).toBe(before);
    expect(packetsOf(from.prepare(unit(AAC, 0, 12))).length).toBe(1);
    expect(log).toEqual([]);
  });
});

test('keys are held by readers: a frame is protected while somebody holds them', () => {
  const { from } = maker();
  from.describe(epochState([VIDEO]));
  expect(from.prepare(unit(VIDEO, 0, 10)).secure).toBeUndefined();
  const release = [from.holdKeys(), from.holdKeys()];
  release[0]!();
  release[0]!();
  const { secure, plain } = from.prepare(unit(VIDEO, 3_000, 10));
  expect(secure!.sizes).toEqual(plain.sizes.map((size) => size + 10));
  release[1]!();
  expect(from.prepare(unit(VIDEO, 6_000, 10)).secure).toBeUndefined();
});
