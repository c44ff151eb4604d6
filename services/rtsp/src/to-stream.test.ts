import { Ingest, startTimeline } from '@mediamesh/media';
import type { BusUnit, EpochState } from '@mediamesh/media';
import { ntpFromWallClockUs, parseRtcpCompound, serializeRtcpCompound, serializeRtpPacket } from '@mediamesh/rtp';
import type { RtpPacket } from '@mediamesh/rtp';
import { announcedTracks } from '@mediamesh/rtsp';
import { parseSessionDescription } from '@mediamesh/sdp';
import { describe, expect, test } from 'vitest';
import { ToStream, tracksOf } from './to-stream.ts';

const NOW_US = 1_700_000_000_000_000;
const SENDER = 0x1111;
const RECEIVER = 0x2222;

const HEAD = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 't=0 0'];
const VP8 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 VP8/90000'];
const OPUS = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 opus/48000/2'];
const H264 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1'];
const TWO_TYPES = ['m=audio 0 RTP/AVP 97 0', 'a=rtpmap:97 opus/48000/2'];

/** A frame in a packet: descriptor, then a key frame's or another's first byte. */
const KEY = Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00);
const DELTA = Uint8Array.of(0x10, 0x11, 0, 0, 1);
const SOUND = Uint8Array.of(0xf8, 1, 2);

interface Rig {
  readonly to: ToStream;
  readonly ingest: Ingest;
  readonly units: BusUnit[];
  readonly states: EpochState[];
  readonly events: string[];
  rtp(mediaIndex: number, packet: Partial<RtpPacket>, afterUs?: number): void;
}

function rig(medias: readonly string[][], more: { transport?: 'tcp' | 'udp'; useAbsoluteTimestamp?: boolean } = {}): Rig {
  const announced = announcedTracks(parseSessionDescription([...HEAD, ...medias.flat(), ''].join('\r\n')));
  const units: BusUnit[] = [];
  const states: EpochState[] = [];
  const events: string[] = [];
  const ingest = new Ingest(
    {
      segmentDurationMs: 1_000,
      partDurationMs: 200,
      segmentCount: 7,
      state: startTimeline('cam', 5, { tracks: tracksOf(announced), revision: 1 }),
      sink: { write: (unit) => units.push(unit), describe: (state) => states.push(state) },
    },
    NOW_US,
  );
  const to = new ToStream(announced, ingest, {
    transport: more.transport ?? 'tcp',
    useAbsoluteTimestamp: more.useAbsoluteTimestamp ?? false,
    receiverSsrc: RECEIVER,
    events: {
      lost: (packets) => events.push(`lost ${packets}`),
      undecodable: (error) => events.push(`undecodable ${error.name}`),
      withoutAbsoluteTime: () => events.push('without time'),
    },
  });
  const rtp = (mediaIndex: number, packet: Partial<RtpPacket>, afterUs = 0): void => {
    const whole = { marker: true, payloadType: 96 + mediaIndex, sequenceNumber: 0, timestamp: 0, ssrc: SENDER, payload: KEY, ...packet };
    to.rtp(mediaIndex, serializeRtpPacket(whole), NOW_US + afterUs);
  };
  return { to, ingest, units, states, events, rtp };
}

const times = (units: readonly BusUnit[], trackId: number): number[] =>
  units.filter((unit) => unit.trackId === trackId).map(({ ptsTicks }) => ptsTicks);

describe('two tracks', () => {
  test('each in its own clock; the second begins where it arrived', () => {
    const { rtp, units, to, ingest } = rig([VP8, OPUS]);
    rtp(0, { timestamp: 0xffff_f000, sequenceNumber: 0xffff });
    rtp(1, { timestamp: 5, payload: SOUND }, 500_000);
    rtp(0, { timestamp: 0x0000_0bb8, sequenceNumber: 0, payload: DELTA }, 40_000);
    rtp(1, { timestamp: 965, sequenceNumber: 1, payload: SOUND }, 520_000);
    expect(times(units, 1)).toEqual([0, 0x1bb8]);
    expect(times(units, 2)).toEqual([24_000, 24_960]);
    expect(units.map(({ key }) => key)).toEqual([true, true, false, true]);
    expect(units.some(({ discontinuity }) => discontinuity)).toBe(false);
    expect(to.counters).toMatchObject({ rtpPackets: 4, rtpPacketsInError: 0 });
    expect(ingest.inboundBytes).toBe(to.counters.bytes);
  });

  test('a video track begins with a key frame', () => {
    const { rtp, units, events } = rig([H264]);
    rtp(0, { payload: Uint8Array.of(0x41, 0x9a, 1), timestamp: 0 });
    expect([units, events]).toEqual([[], []]);
  });
});

describe('losses', () => {
  test('over TCP a gap is a loss at once: counted, told, and marked on the next unit of that track', () => {
    const { rtp, units, events, to } = rig([VP8, OPUS]);
    rtp(0, {});
    rtp(1, { payload: SOUND });
    rtp(0, { sequenceNumber: 4, timestamp: 3_000 }, 40_000);
    rtp(1, { sequenceNumber: 1, timestamp: 960, payload: SOUND }, 40_000);
    expect(events).toEqual(['lost 3']);
    expect(to.lostPackets).toBe(3);
    expect(units.map(({ discontinuity }) => discontinuity)).toEqual([false, false, true, false]);
    expect(times(units, 1)).toEqual([0, 3_000]);
  });

  test('over UDP packets are put in order first', () => {
    const { rtp, units, events } = rig([VP8], { transport: 'udp' });
    for (const [sequenceNumber, timestamp] of [
      [0, 0],
      [2, 6_000],
      [1, 3_000],
      [3, 9_000],
    ]) {
      rtp(0, { sequenceNumber: sequenceNumber!, timestamp: timestamp! });
    }
    expect(times(units, 1)).toEqual([0, 3_000, 6_000, 9_000]);
    expect(events).toEqual([]);
  });

  test('an incomplete frame is dropped', () => {
    const { rtp, units } = rig([VP8]);
    rtp(0, { marker: false });
    rtp(0, { sequenceNumber: 2, timestamp: 3_000 });
    expect(times(units, 1)).toEqual([0]);
    expect(units.length).toBe(1);
  });
});

describe('a sender that begins anew', () => {
  test.each([
    ['with another SSRC', { ssrc: 0x9999, sequenceNumber: 500 }],
    ['with other numbers, confirmed by a second packet', { sequenceNumber: 40_000 }],
  ])('%s: times go on with arrival, and the break is marked', (_, restart) => {
    const { rtp, units, events } = rig([VP8]);
    rtp(0, { sequenceNumber: 100, timestamp: 4_000_000_000 });
    rtp(0, { sequenceNumber: 101, timestamp: 4_000_003_000, payload: DELTA }, 33_333);
    const confirmed = { ...restart, sequenceNumber: restart.sequenceNumber + 1 };
    rtp(0, { ...restart, timestamp: 17 }, 1_000_000);
    rtp(0, { ...confirmed, timestamp: 3_017 }, 1_033_333);
    const [first, second, third] = times(units, 1);
    expect([first, second]).toEqual([0, 3_000]);
    expect(third).toBeGreaterThanOrEqual(90_000);
    expect(third).toBeLessThanOrEqual(93_000);
    expect(units[2]!.discontinuity).toBe(true);
    expect(units.every(({ dtsTicks }, i) => i === 0 || dtsTicks > units[i - 1]!.dtsTicks)).toBe(true);
    expect(events).toEqual([]);
  });
});

describe('malformed packets', () => {
  test.each([
    ['no RTP', Uint8Array.of(1, 2, 3), { rtpPacketsInError: 1, rtpPackets: 0 }, ['undecodable ParseError']],
    ['an unknown payload type', serializeRtpPacket({ ...packetOf(101), payload: KEY }), { rtpPacketsInError: 1, rtpPackets: 0 }, []],
  ])('%s is counted', (_, bytes, counters, events) => {
    const made = rig([VP8]);
    made.to.rtp(0, bytes, NOW_US);
    made.to.rtp(7, bytes, NOW_US);
    expect(made.to.counters).toMatchObject({ ...counters, rtpPacketsInError: 2, bytes: bytes.length * 2 });
    expect(made.events).toEqual([...events, ...events]);
    expect(made.units).toEqual([]);
  });

  test('a payload that cannot be decoded is a frame in error; the next one is read', () => {
    const { rtp, units, events, ingest } = rig([VP8]);
    rtp(0, { payload: Uint8Array.of(0x90) });
    rtp(0, { sequenceNumber: 1, timestamp: 3_000 });
    expect(ingest.framesInError).toBe(1);
    expect(events).toEqual(['undecodable ParseError']);
    expect(units.length).toBe(1);
  });

  test('RTCP that cannot be parsed', () => {
    const { to, events } = rig([VP8]);
    to.rtcp(0, Uint8Array.of(1, 2, 3), NOW_US);
    expect(to.counters).toMatchObject({ rtcpPackets: 0, rtcpPacketsInError: 1, bytes: 3 });
    expect(events).toEqual(['undecodable ParseError']);
  });
});

test('several payload types of a media are tracks of their own', () => {
  const { rtp, units, to } = rig([TWO_TYPES]);
  rtp(0, { payloadType: 97, payload: SOUND });
  rtp(0, { payloadType: 0, payload: new Uint8Array(160), ssrc: 0x3333, sequenceNumber: 900 }, 20_000);
  rtp(0, { payloadType: 97, payload: SOUND, sequenceNumber: 1, timestamp: 960 }, 20_000);
  expect(units.map(({ trackId }) => trackId)).toEqual([1, 2, 1]);
  expect(to.lostPackets).toBe(0);
  const reports = to.receiverReports(NOW_US);
  expect(reports.map(({ mediaIndex }) => mediaIndex)).toEqual([0]);
  expect(parseRtcpCompound(reports[0]!.bytes)).toMatchObject([
    { type: 'receiverReport', ssrc: RECEIVER, reports: [{ ssrc: SENDER }] },
    { type: 'receiverReport', ssrc: RECEIVER, reports: [{ ssrc: 0x3333 }] },
  ]);
});

test('before the first packet there is nothing to report', () => {
  const { to } = rig([VP8, OPUS]);
  expect(to.receiverReports(NOW_US)).toEqual([]);
  expect([to.jitter, to.lostPackets]).toEqual([0, 0]);
});

describe('useAbsoluteTimestamp', () => {
  const CAPTURE_US = 1_600_000_000_000_000;

  function report(rtpTimestamp: number): Uint8Array {
    const ntp = ntpFromWallClockUs(CAPTURE_US);
    return serializeRtcpCompound([{ type: 'senderReport', ssrc: SENDER, ntp, rtpTimestamp, packetCount: 0, octetCount: 0, reports: [] }]);
  }

  test("units carry the sender's clock; before its first report they are skipped", () => {
    const { rtp, to, units, events } = rig([OPUS], { useAbsoluteTimestamp: true });
    rtp(0, { payloadType: 97, payload: SOUND, timestamp: 0 });
    expect([units.length, events]).toEqual([0, ['without time']]);
    to.rtcp(0, report(960), NOW_US);
    rtp(0, { payloadType: 97, payload: SOUND, timestamp: 960 + 48_000, sequenceNumber: 1 }, 1_000_000);
    expect(units[0]!.ntpUs).toBe(CAPTURE_US + 1_000_000);
    expect(to.counters.rtcpPackets).toBe(1);
  });

  test('without it the arrival counts', () => {
    const { rtp, to, units } = rig([OPUS]);
    to.rtcp(0, report(0), NOW_US);
    rtp(0, { payloadType: 97, payload: SOUND, timestamp: 0 }, 7);
    expect(units[0]!.ntpUs).toBe(NOW_US + 7);
  });
});

test('parameters found in-band are a new revision, before the unit that needs them', () => {
  const { rtp, units, states } = rig([H264]);
  const sps = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x47, 0xfe, 0x88);
  const pps = Uint8Array.of(0x68, 0xce, 0x3c, 0x80);
  const idr = Uint8Array.of(0x65, 0x88, 0x84, 0x00, 0x10);
  [sps, pps, idr].forEach((payload, i) => rtp(0, { payload, sequenceNumber: i, marker: i === 2 }));
  expect(states.map(({ description }) => description.revision)).toEqual([2]);
  expect(states[0]!.description.tracks[0]).toMatchObject({ id: 1, codec: 'H264', parameters: { sps, pps } });
  expect(units.map(({ revision, key }) => [revision, key])).toEqual([[2, true]]);
});

function packetOf(payloadType: number): RtpPacket {
  return { marker: true, payloadType, sequenceNumber: 0, timestamp: 0, ssrc: SENDER, payload: KEY };
}
