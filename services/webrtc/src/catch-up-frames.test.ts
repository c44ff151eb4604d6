import type { BusUnit, Track } from '@mediamesh/media';
import { expect, test } from 'vitest';
import { CatchUpFrames } from './catch-up-frames.ts';
import { FromStream } from './from-stream.ts';
import type { WebRtcFrame } from './from-stream.ts';

const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
const OPUS: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };

function unit(trackId: number, number: number, sizeBytes: number): BusUnit {
  const ptsTicks = number * 3_000;
  const stamps = { epoch: 1, number, segment: 0, part: 0, revision: 1, discontinuity: false };
  return {
    trackId,
    ptsTicks,
    dtsTicks: ptsTicks,
    ntpUs: 0,
    key: number === 0,
    payload: [new Uint8Array(sizeBytes).fill(number)],
    ...stamps,
  };
}

const numberAt = (bytes: Uint8Array, offset: number): number => (bytes[offset + 2]! << 8) | bytes[offset + 3]!;

function streamOf(): FromStream {
  const stream = new FromStream();
  const description = { tracks: [VP8, OPUS], revision: 1 };
  stream.describe({ path: 'cam', epoch: 1, firstUnit: 0, firstSegment: 0, firstPart: 0, description });
  return stream;
}

test('frames come one by one, numbered without gaps, by numbers that no live packet has', () => {
  const stream = streamOf();
  const [video, audio] = stream.tracks;
  const live = video!.sender.sequenceNumber;
  const catchUp = new CatchUpFrames([unit(1, 0, 3_000), unit(1, 1, 100), unit(1, 2, 2_000)], stream.tracks);
  const first = catchUp.firstNumberOf(video!)!;
  expect(Math.abs(first - live)).toBe(0x8000);
  expect(catchUp.firstNumberOf(audio!)).toBeUndefined();
  const numbers: number[] = [];
  while (!catchUp.isOver) {
    const { packets, track } = catchUp.next()!;
    expect(track).toBe(video);
    numbers.push(...packets.offsets.map((offset) => numberAt(packets.bytes, offset)));
    stream.prepare(unit(1, 9, 10)); // live ones go on meanwhile
  }
  expect(numbers).toEqual(Array.from({ length: 6 }, (_, index) => (first + index) & 0xffff));
  expect(video!.sender.sequenceNumber).toBe((live + 3) & 0xffff);
});

test('packets that were made are found by track and number, others are not', () => {
  const stream = streamOf();
  const [video, audio] = stream.tracks;
  const catchUp = new CatchUpFrames([unit(1, 0, 3_000), unit(1, 1, 100)], stream.tracks);
  const first = catchUp.firstNumberOf(video!)!;
  expect(catchUp.find(video!, first)).toBeUndefined();
  catchUp.next();
  for (let index = 0; index < 3; index++)
    expect(numberAt(catchUp.find(video!, (first + index) & 0xffff)!, 0)).toBe((first + index) & 0xffff);
  for (const number of [first - 1, first + 3]) expect(catchUp.find(video!, number & 0xffff)).toBeUndefined();
  expect(catchUp.find(audio!, first)).toBeUndefined();
  catchUp.next();
  expect(catchUp.find(video!, (first + 3) & 0xffff)).toHaveLength(12 + 1 + 100);
});

test('a unit that cannot be packetized is left out', () => {
  const stream = streamOf();
  const [video] = stream.tracks;
  const catchUp = new CatchUpFrames([unit(1, 0, 100), unit(2, 1, 4_000), unit(1, 2, 100)], stream.tracks);
  const frames = [catchUp.next(), catchUp.next(), catchUp.next()];
  expect(frames.map((frame) => frame?.track)).toEqual([video, undefined, video]);
  expect(catchUp.isOver).toBe(true);
});

test('times of sound do not go back where the live ones follow', () => {
  const stream = streamOf();
  const [, audio] = stream.tracks;
  /** A packet of 20 ms. */
  const sound = (number: number, ptsMs: number): BusUnit => ({
    ...unit(2, number, 10),
    ptsTicks: ptsMs * 48,
    payload: [Uint8Array.of(0xf8)],
  });
  const timeOf = (frame: WebRtcFrame): number => ((frame.packets.timestamp - audio!.timestampOffset) >>> 0) / 48;
  const units = [sound(0, 0), sound(1, 35), sound(2, 55)]; // the first one is early
  for (const each of units) stream.prepare(each); // for others that read
  const catchUp = new CatchUpFrames(units, stream.tracks);
  const caughtUp = units.map(() => timeOf(catchUp.next()!));
  expect(caughtUp).toEqual([-15 + 2 ** 32 / 48, 20, 40]);
  expect(timeOf(stream.prepare(sound(3, 62)) as WebRtcFrame)).toBe(60);
});
