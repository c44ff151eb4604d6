import { afterEach, describe, expect, test, vi } from 'vitest';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { parseRtpPacket } from '@mediamesh/rtp';
import { FromStream } from './from-stream.ts';
import type { RtspFrame } from './from-stream.ts';
import type { PacketBuffer } from './packet-buffer.ts';
import { IncomingCipher } from './srtp/incoming-cipher.ts';
import { CRYPTO } from './testing/key-exchange.cases.ts';

const OPUS: Track = { id: 1, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };
const SECOND: Track = { ...OPUS, id: 2 };

function stateOf(tracks: readonly Track[], epoch = 1, revision = 1): EpochState {
  return { path: 'p', epoch, firstUnit: 0, firstSegment: 0, firstPart: 0, description: { tracks, revision } };
}

function unitOf(number: number, trackId = 1): BusUnit {
  const ptsTicks = number * 960;
  const times = { trackId, ptsTicks, dtsTicks: ptsTicks, ntpUs: number * 20_000 };
  const payload = [Uint8Array.of(0xf8, number >>> 8, number)];
  return { ...times, key: true, payload, epoch: 1, number, segment: 0, part: 0, revision: 1, discontinuity: false };
}

function opened(tracks: readonly Track[] = [OPUS]): FromStream {
  const maker = new FromStream(1_000, CRYPTO, () => {});
  maker.describe(stateOf(tracks));
  return maker;
}

function packetsOf({ bytes, offsets, sizes }: PacketBuffer): readonly Uint8Array[] {
  return offsets.map((offset, index) => bytes.subarray(offset, offset + sizes[index]!));
}

function sequenceNumbers(frames: readonly RtspFrame[]): readonly number[] {
  return frames.flatMap((frame) => packetsOf(frame.plain).map((packet) => parseRtpPacket(packet).sequenceNumber));
}

afterEach(() => vi.useRealTimers());

describe('numbering', () => {
  test('of a catch-up ends where the live one goes on, also around the end of the numbers', () => {
    const maker = opened();
    maker.tracks[0]!.sender.sequenceNumber = 2;
    const catchUp = maker.prepareCatchUp([1, 2, 3, 4].map((number) => unitOf(number)));
    expect(sequenceNumbers([...catchUp, maker.prepare(unitOf(5))])).toEqual([65_534, 65_535, 0, 1, 2]);
  });

  test('of the next packet of a track that has begun is known from any track, and from a catch-up', () => {
    const maker = opened([OPUS, SECOND]);
    const second = maker.tracks[1]!;
    maker.prepareCatchUp([unitOf(1)]);
    expect(maker.nextOf(second)).toBeUndefined();
    maker.prepare(unitOf(1, 2));
    maker.prepareCatchUp([unitOf(100)]);
    const next = maker.nextOf(second)!;
    const { sequenceNumber, timestamp } = parseRtpPacket(packetsOf(maker.prepare(unitOf(101, 2)).plain)[0]!);
    expect(next.sequenceNumber).toBe(sequenceNumber);
    expect(Math.abs((next.timestamp - timestamp) | 0)).toBeLessThan(48_000);
  });
});

describe('keys', () => {
  test('protect frames while somebody holds them', () => {
    const maker = opened();
    expect(maker.prepare(unitOf(1)).secure).toBeUndefined();
    const release = maker.holdKeys();
    const incoming = new IncomingCipher(CRYPTO, maker.tracks[0]!.cipher!.keys);
    const frame = maker.prepare(unitOf(2));
    expect(packetsOf(frame.secure!).map((packet) => incoming.rtp(packet))).toEqual(packetsOf(frame.plain));
    release();
    expect(maker.prepare(unitOf(3)).secure).toBeUndefined();
  });

  test('are the same for all who hold them at the same time, also over a take-over, and new ones afterwards', () => {
    const maker = opened();
    const keyNow = (): string => Buffer.from(maker.tracks[0]!.cipher!.keys.keyAndSalt).toString('hex');
    const first = maker.holdKeys();
    const key = keyNow();
    const second = maker.holdKeys();
    first();
    first(); // again: it counts once
    maker.describe(stateOf([OPUS], 2));
    expect(keyNow()).toBe(key);
    second();
    maker.holdKeys();
    expect(keyNow()).not.toBe(key);
  });

  test('of one track and of another are not the same', () => {
    const maker = opened([OPUS, SECOND]);
    maker.holdKeys();
    const [one, two] = maker.tracks.map(({ cipher }) => cipher!.keys.keyAndSalt);
    expect(one).not.toEqual(two);
  });

  test('name a roll-over counter that holds until the client begins, or it waits', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const maker = opened();
    const play = (seconds: number): void => {
      for (let number = 0; number < seconds * 50; number++) {
        maker.prepare(unitOf(number));
        vi.advanceTimersByTime(20);
      }
    };
    const { sender } = maker.tracks[0]!;
    sender.sequenceNumber = 65_535;
    expect(maker.rollsOverSoon).toBe(false); // nobody reads
    sender.sequenceNumber = 65_000;
    play(4);
    expect(65_536 - sender.sequenceNumber).toBe(336);
    expect(maker.rollsOverSoon).toBe(false);
    play(2);
    expect(maker.rollsOverSoon).toBe(true); // 236 packets, 50 a second
    play(5);
    expect(sender.sequenceNumber).toBeLessThan(100);
    expect(maker.rollsOverSoon).toBe(false);
  });
});
