import { concatBytes } from '@mediamesh/bytes';
import { TimerWheel } from '@mediamesh/net';
import { parseRtcpCompound } from '@mediamesh/rtp';
import { VirtualClock } from '@mediamesh/testkit';
import { describe, expect, test } from 'vitest';
import type { IncomingTrack } from './to-stream.ts';
import { MAX_GATHERED_PACKETS, TrackGathering } from './track-gathering.ts';
import { TrackRouter } from './track-router.ts';

const RID_EXTENSION = 10;
const REPAIRED_RID_EXTENSION = 11;
const TIMEOUT_MS = 2_000;

function trackOf(id: number, payloadType: number, { rid, rtxPayloadType }: { rid?: string; rtxPayloadType?: number }): IncomingTrack {
  return {
    track: { id, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} },
    payloadType,
    rtxPayloadType,
    feedback: ['goog-remb'],
    ...(rid !== undefined && { layer: { rid, ridExtensionId: RID_EXTENSION, repairedRidExtensionId: REPAIRED_RID_EXTENSION } }),
  };
}

interface Fields {
  readonly payloadType?: number;
  readonly ssrc: number;
  readonly rid?: string;
  /** Of the extension that has the name. */
  readonly extensionId?: number;
  readonly payload?: readonly number[];
}

function packet({ payloadType = 96, ssrc, rid, extensionId = RID_EXTENSION, payload = [1] }: Fields): Uint8Array {
  const header = Uint8Array.of(rid === undefined ? 0x80 : 0x90, payloadType, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc);
  if (rid === undefined) return concatBytes([header, Uint8Array.from(payload)]);
  const element = new Uint8Array(4);
  element.set([(extensionId << 4) | (rid.length - 1), ...Buffer.from(rid)]);
  return concatBytes([header, Uint8Array.of(0xbe, 0xde, 0, 1), element, Uint8Array.from(payload)]);
}

const LAYERS = [
  trackOf(1, 96, { rid: 'h', rtxPayloadType: 97 }),
  trackOf(2, 96, { rid: 'l', rtxPayloadType: 97 }),
  trackOf(3, 111, { rtxPayloadType: 112 }),
];

describe('which track a packet is of', () => {
  const router = new TrackRouter(LAYERS);
  const indexOf = (fields: Fields): number => {
    const { payloadType = 96, ssrc } = fields;
    return router.indexOf({ marker: false, payloadType, sequenceNumber: 0, timestamp: 0, ssrc, payload: Uint8Array.of(1) }, packet(fields));
  };

  test.each<readonly [string, Fields, number]>([
    ['a layer that is not named yet', { ssrc: 7 }, -1],
    ['a layer that is named', { ssrc: 7, rid: 'l' }, 1],
    ['the same sender, without the name', { ssrc: 7 }, 1],
    ['another layer', { ssrc: 8, rid: 'h' }, 0],
    ['a name that was not offered', { ssrc: 9, rid: 'x' }, -1],
    ['a layer under another sender', { ssrc: 10, rid: 'l' }, 1],
    ['its former sender', { ssrc: 7 }, -1],
    ['a media without layers', { ssrc: 11, payloadType: 111 }, 2],
    ['what is sent again of it', { ssrc: 12, payloadType: 112 }, 2],
    ['another payload type', { ssrc: 7, rid: 'l', payloadType: 98 }, -1],
    ['what is sent again of a layer that is not named yet', { ssrc: 13, payloadType: 97 }, -1],
    ['what is sent again, with the name of media', { ssrc: 13, payloadType: 97, rid: 'l' }, -1],
    ['media, with the name of what is sent again', { ssrc: 14, rid: 'l', extensionId: REPAIRED_RID_EXTENSION }, -1],
    ['what is sent again of a layer', { ssrc: 13, payloadType: 97, rid: 'l', extensionId: REPAIRED_RID_EXTENSION }, 1],
    ['the same sender, without the name of its layer', { ssrc: 13, payloadType: 97 }, 1],
    ['what is sent again of the other layer', { ssrc: 15, payloadType: 97, rid: 'h', extensionId: REPAIRED_RID_EXTENSION }, 0],
    ['media of the layer still', { ssrc: 10 }, 1],
    ['media of its sender', { ssrc: 13 }, -1],
  ])('%s', (_name, fields, index) => {
    expect(indexOf(fields)).toBe(index);
  });
});

describe('the tracks that a publisher really sends', () => {
  function gather(medias = LAYERS.map((track) => [track])) {
    const clock = new VirtualClock();
    const timers = new TimerWheel(clock.nowMs);
    const found: (readonly number[])[] = [];
    const rtcp: Uint8Array[] = [];
    const gathering = new TrackGathering(medias, {
      timers,
      timeoutMs: TIMEOUT_MS,
      sendRtcp: (compound) => rtcp.push(compound),
      onDone: (tracks) => found.push(tracks.map(({ track }) => track.id)),
    });
    const wait = (ms: number): void => {
      clock.advance(ms);
      timers.advance();
    };
    const replayed = (): readonly Uint8Array[] => {
      const packets: Uint8Array[] = [];
      gathering.replay((bytes) => packets.push(bytes));
      return packets;
    };
    return { gathering, found, rtcp, wait, replayed };
  }

  const high = packet({ ssrc: 8, rid: 'h' });
  const low = packet({ ssrc: 7, rid: 'l' });
  const sound = packet({ ssrc: 11, payloadType: 111 });

  test('are known as soon as all have come, in the order of the offer', () => {
    const { gathering, found, replayed } = gather();
    const sentAgain = packet({ ssrc: 12, payloadType: 112 });
    for (const bytes of [sentAgain, low, high]) gathering.rtp(bytes, 1);
    expect(found).toEqual([]);
    gathering.rtp(sound, 1);
    expect(found).toEqual([[1, 2, 3]]);
    expect(replayed()).toEqual([low, high, sound]);
  });

  test('are those that came until the timeout', () => {
    const { gathering, found, wait } = gather();
    gathering.rtp(low, 1);
    wait(TIMEOUT_MS - 100);
    expect(found).toEqual([]);
    wait(200);
    expect(found).toEqual([[2]]);
    gathering.rtp(high, 1);
    expect(found).toEqual([[2]]);
  });

  test('are one of each media: that of its first packet', () => {
    const { gathering, found } = gather([[trackOf(1, 96, {}), trackOf(2, 97, {})], [trackOf(3, 111, {})]]);
    gathering.rtp(packet({ ssrc: 7, payloadType: 97 }), 1);
    gathering.rtp(packet({ ssrc: 7, payloadType: 96 }), 1);
    expect(found).toEqual([]);
    gathering.rtp(sound, 1);
    expect(found).toEqual([[2, 3]]);
  });

  test('can be none', () => {
    const { found, wait } = gather();
    wait(TIMEOUT_MS + 100);
    expect(found).toEqual([[]]);
  });

  test('show by padding too, which is not kept; what is no packet shows nothing', () => {
    const { gathering, found, replayed } = gather();
    for (const bytes of [new Uint8Array(3), packet({ ssrc: 8, rid: 'h', payload: [] }), low, sound]) gathering.rtp(bytes, 1);
    expect(found).toEqual([[1, 2, 3]]);
    expect(replayed()).toEqual([low, sound]);
  });

  test('as many packets are kept as there may be, and the first one of each track', () => {
    const { gathering, replayed } = gather();
    for (let i = 0; i <= MAX_GATHERED_PACKETS; i++) gathering.rtp(low, 1);
    gathering.rtp(high, 1);
    gathering.rtp(high, 1);
    const packets = replayed();
    expect(packets).toHaveLength(MAX_GATHERED_PACKETS + 1);
    expect(packets.at(-1)).toEqual(high);
    expect(replayed()).toEqual([]);
  });

  test('may be sent with more than the least at once', () => {
    const { gathering, rtcp } = gather();
    gathering.rtp(low, 1);
    gathering.rtp(high, 1);
    expect(rtcp.flatMap((bytes) => parseRtcpCompound(bytes))).toMatchObject([{ ssrcs: [7] }, { ssrcs: [7, 8], bitrateBps: 2_000_000 }]);
  });

  test('nothing is told once it has stopped', () => {
    const { gathering, found, wait } = gather();
    gathering.stop();
    wait(TIMEOUT_MS + 100);
    expect(found).toEqual([]);
  });
});
