import { describe, expect, test } from 'vitest';
import type { RtpPacket } from '../packet.ts';
import { EMPTY_BYTES } from '@mediamesh/bytes';
import { compactNtp, ntpFromWallClockUs } from '../ntp.ts';
import { parseRtcpCompound } from '../rtcp/compound.ts';
import { RtpReceiver } from './receiver.ts';
import { MAX_AWAITED_PACKETS, MAX_REORDERED_PACKETS, MAX_REORDER_WAIT_US, ReorderBuffer } from './reorder-buffer.ts';
import { RtpFrame } from '../rtp-frame.ts';
import { RtpSenderReporter } from './sender-reporter.ts';
import { RtpSentCounters } from './sent-counters.ts';
import { RtpTimestampUnwrapper } from './timestamp-unwrapper.ts';

const packet = (sequenceNumber: number, ssrc = 1, timestamp = sequenceNumber * 3000): RtpPacket => ({
  marker: true,
  payloadType: 96,
  sequenceNumber: sequenceNumber & 0xffff,
  timestamp: timestamp >>> 0,
  ssrc,
  payload: EMPTY_BYTES,
});

/** `5` is a packet, `-3` before it says that three were lost, `R` that the sender restarted. */
function released(buffer: ReorderBuffer): string {
  const text = buffer.packets.map((p, i) => (buffer.lostBefore[i] === 0 ? '' : `-${buffer.lostBefore[i]} `) + p.sequenceNumber).join(' ');
  return buffer.restarted ? `R ${text}` : text;
}

function run(window: number, sequence: readonly number[]): readonly string[] {
  const buffer = new ReorderBuffer(window);
  return sequence.map((sequenceNumber) => {
    buffer.push(packet(sequenceNumber), 0);
    return released(buffer);
  });
}

describe('reorder buffer', () => {
  test.each<[string, number, readonly number[], readonly string[]]>([
    ['packets in order', 64, [1, 2, 3], ['1', '2', '3']],
    ['the wrap of the sequence number', 64, [65534, 65535, 0, 1], ['65534', '65535', '0', '1']],
    ['two packets swapped', 64, [1, 3, 2, 4], ['1', '', '2 3', '4']],
    ['packets swapped at the wrap', 64, [65534, 0, 65535, 1], ['65534', '', '65535 0', '1']],
    ['reversed packets', 64, [1, 5, 4, 3, 2, 6], ['1', '', '', '', '2 3 4 5', '6']],
    ['a duplicate of a packet that was released', 64, [1, 2, 2, 3], ['1', '2', '', '3']],
    ['a duplicate of a packet that waits', 64, [1, 3, 3, 2], ['1', '', '', '2 3']],
    ['two gaps', 64, [1, 3, 5, 2, 4], ['1', '', '', '2 3', '4 5']],
    ['a jump forward beyond the window', 64, [1, 66], ['1', '-64 66']],
    ['a jump with packets waiting', 64, [1, 3, 5, 100], ['1', '', '', '-1 3 -1 5 -94 100']],
    ['a loss over TCP', 0, [1, 4, 5], ['1', '-2 4', '5']],
    ['a duplicate over TCP', 0, [1, 2, 2, 3], ['1', '2', '', '3']],
    ['one packet from before the window', 64, [1000, 5, 1001], ['1000', '', '1001']],
    ['a restart at lower numbers', 64, [1000, 5, 6, 7], ['1000', '', 'R 6', '7']],
    ['a restart with packets waiting', 64, [1000, 1002, 5, 6, 7], ['1000', '', '', 'R 6', '7']],
    ['a restart over TCP', 0, [1000, 5, 6, 7], ['1000', '', 'R 6', '7']],
  ])('%s', (_, window, sequence, wanted) => {
    expect(run(window, sequence)).toEqual(wanted);
  });

  test.each([MAX_REORDERED_PACKETS, MAX_AWAITED_PACKETS])('a window of %i packets waits for one, and not one more', (window) => {
    const buffer = new ReorderBuffer(window);
    buffer.push(packet(0), 0);
    for (let i = 2; i <= window; i++) {
      buffer.push(packet(i), 0);
      expect(released(buffer)).toBe('');
    }
    buffer.push(packet(window + 1), 0);
    expect(buffer.packets).toHaveLength(window);
    expect(buffer.lostBefore[0]).toBe(1);
    expect(buffer.lostPackets).toBe(1);
    buffer.push(packet(window + 2), 0);
    expect(released(buffer)).toBe(String(window + 2));
  });

  test('a gap is given up after a time', () => {
    const buffer = new ReorderBuffer(64);
    buffer.push(packet(1), 0);
    buffer.push(packet(3), 1000);
    buffer.push(packet(4), 1000 + MAX_REORDER_WAIT_US - 1);
    expect(released(buffer)).toBe('');
    buffer.push(packet(5), 1000 + MAX_REORDER_WAIT_US);
    expect(released(buffer)).toBe('-1 3 4 5');
  });

  test('another SSRC is a restart', () => {
    const buffer = new ReorderBuffer(64);
    buffer.push(packet(1, 1), 0);
    buffer.push(packet(3, 1), 0);
    buffer.push(packet(2, 9), 0);
    expect(released(buffer)).toBe('R 2');
    buffer.push(packet(3, 9), 0);
    expect(released(buffer)).toBe('3');
  });

  test('a window beyond the limit is refused', () => {
    expect(() => new ReorderBuffer(MAX_AWAITED_PACKETS + 1)).toThrow(RangeError);
    expect(() => new ReorderBuffer(-1)).toThrow(RangeError);
  });

  test('any order within the window comes out in order, without loss', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 8) % below;
    };
    const sequence = Array.from({ length: 2000 }, (_, i) => 65000 + i);
    for (let i = 1; i + 20 < sequence.length; i += 20) {
      for (let k = 19; k > 0; k--) {
        const other = random(k + 1);
        [sequence[i + k], sequence[i + other]] = [sequence[i + other]!, sequence[i + k]!];
      }
    }
    const buffer = new ReorderBuffer(64);
    const out: number[] = [];
    for (const sequenceNumber of sequence) {
      buffer.push(packet(sequenceNumber), 0);
      out.push(...buffer.packets.map((p) => p.sequenceNumber));
    }
    expect(out).toEqual(Array.from({ length: 2000 }, (_, i) => (65000 + i) & 0xffff));
    expect(buffer.lostPackets).toBe(0);
  });
});

describe('receiver', () => {
  const options = { clockRateHz: 90_000, transport: 'udp' } as const;

  test('reports losses since the last report, and in all', () => {
    const receiver = new RtpReceiver(options);
    expect(receiver.report(99, 0).reports).toEqual([]);
    for (const sequenceNumber of [65533, 65534, 0, 1, 4]) receiver.receive(packet(sequenceNumber, 0x1234), 0);
    const [first] = receiver.report(99, 0).reports;
    expect(first).toMatchObject({
      ssrc: 0x1234,
      cumulativeLost: 3,
      fractionLost: Math.floor((3 * 256) / 8),
      extendedHighestSequenceNumber: 0x1_0004,
    });
    for (const sequenceNumber of [5, 6, 7, 8]) receiver.receive(packet(sequenceNumber, 0x1234), 0);
    expect(receiver.report(99, 0).reports[0]).toMatchObject({
      cumulativeLost: 3,
      fractionLost: 0,
      extendedHighestSequenceNumber: 0x1_0008,
    });
    expect(receiver.receivedPackets).toBe(9);
  });

  test('duplicates make the cumulative loss negative', () => {
    const receiver = new RtpReceiver(options);
    for (const sequenceNumber of [1, 2, 2, 2]) receiver.receive(packet(sequenceNumber), 0);
    expect(receiver.report(99, 0).reports[0]).toMatchObject({ cumulativeLost: -2, fractionLost: 0 });
    expect(receiver.droppedPackets).toBe(2);
  });

  test('jitter is 0 for an even stream and follows a late packet', () => {
    const receiver = new RtpReceiver(options);
    for (let i = 0; i < 10; i++) receiver.receive(packet(i), (i * 3000 * 1e6) / 90_000);
    expect(receiver.jitterTicks).toBeCloseTo(0, 6);
    receiver.receive(packet(10), (10 * 3000 * 1e6) / 90_000 + 10_000);
    expect(receiver.jitterTicks).toBeCloseTo(900 / 16, 6);
  });

  test('maps RTP to wall-clock time from the sender report, across the wrap of the timestamp', () => {
    const receiver = new RtpReceiver(options);
    receiver.receive(packet(1, 5, 0xffff_ff00), 0);
    expect(receiver.wallClockUsOf(0)).toBeUndefined();
    const wallClockUs = 1_790_000_000_500_000;
    const report = {
      type: 'senderReport',
      ssrc: 5,
      ntp: ntpFromWallClockUs(wallClockUs),
      rtpTimestamp: 0xffff_fff0,
      packetCount: 0,
      octetCount: 0,
      reports: [],
    } as const;
    receiver.receiveSenderReport({ ...report, ssrc: 6 }, 0);
    expect(receiver.wallClockUsOf(0)).toBeUndefined();
    receiver.receiveSenderReport(report, 1_000_000);
    expect(receiver.wallClockUsOf(90_000 - 16)).toBe(wallClockUs + 1_000_000);
    expect(receiver.wallClockUsOf(0xffff_fff0 - 90_000)).toBe(wallClockUs - 1_000_000);
    expect(receiver.report(9, 1_500_000).reports[0]).toMatchObject({ delaySinceLastSenderReport: 32_768 });
    receiver.receive(packet(100, 77), 0);
    expect(receiver.wallClockUsOf(0)).toBeUndefined();
    expect(receiver.ssrc).toBe(77);
  });
});

describe('sender reporter', () => {
  test('carries the last mark on to now', () => {
    const reporter = new RtpSenderReporter(3, 48_000);
    expect(reporter.report(0)).toBeUndefined();
    reporter.count(2, 300);
    reporter.count(1, 50);
    reporter.mark(0xffff_ffff, 1_790_000_000_000_000, 5_000_000);
    expect(reporter.report(5_500_000)).toEqual({
      type: 'senderReport',
      ssrc: 3,
      ntp: ntpFromWallClockUs(1_790_000_000_500_000),
      rtpTimestamp: 23_999,
      packetCount: 3,
      octetCount: 350,
      reports: [],
    });
  });

  test('a report that a receiver echoes gives loss and round trip', () => {
    const reporter = new RtpSenderReporter(3, 90_000);
    reporter.mark(0, 1_790_000_000_000_000, 0);
    const receiver = new RtpReceiver({ clockRateHz: 90_000, transport: 'udp' });
    receiver.receive(packet(1, 3), 0);
    receiver.receive(packet(4, 3), 0);
    receiver.receiveSenderReport(reporter.report(1_000_000)!, 0);
    const { reports } = receiver.report(8, 250_000);
    reporter.receiveReports([{ ...reports[0]!, ssrc: 4, cumulativeLost: 50 }, ...reports], 1_300_000);
    expect(reporter.reportedLostPackets).toBe(2);
    expect(Math.abs(reporter.roundTripUs! - 50_000)).toBeLessThan(50); // of the report's 1/65536 seconds
  });

  test('the round trip is that of the report that is echoed, whatever the time of frames since; nothing without one', () => {
    const reporter = new RtpSenderReporter(3, 90_000);
    reporter.mark(0, 1_790_000_000_000_000, 0);
    const block = { ssrc: 3, fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 1, jitterTicks: 0 };
    const echo = (lastSenderReport: number, nowUs: number): number | undefined => {
      reporter.receiveReports([{ ...block, lastSenderReport, delaySinceLastSenderReport: 65_536 / 4 }], nowUs);
      return reporter.roundTripUs;
    };
    expect(echo(0, 1_000_000)).toBeUndefined();
    const first = compactNtp(reporter.report(1_000_000)!.ntp);
    reporter.mark(90_000, 1_790_000_001_900_000, 2_000_000); // a frame whose time is 100 ms early
    reporter.report(2_000_000);
    expect(echo(first, 2_500_000)).toBe(1_250_000);
    for (let second = 3; second < 20; second++) reporter.report(second * 1_000_000);
    expect(echo(first, 20_000_000)).toBe(1_250_000); // that was long ago
  });
});

test('sent packets are counted, also where a reader got a part of the frame, and reports with them', () => {
  const counters = new RtpSentCounters([{ index: 2, ssrc: 9, clockRateHz: 90_000 }]);
  const frame = new RtpFrame({ payloadType: 96, ssrc: 9, sequenceNumber: 1 }, 3_000, 0, new Uint8Array(200));
  frame.packet(28, false);
  frame.packet(28, true);
  expect(counters.report(2, 0)).toBeUndefined();
  counters.count(2, frame, 2, 1_790_000_000_000_000, 0);
  counters.count(2, frame, 1, 1_790_000_000_000_000, 0);
  expect([counters.bytes, counters.rtpPackets]).toEqual([120, 3]);

  const report = counters.report(2, 0)!;
  expect(parseRtcpCompound(report)).toMatchObject([{ type: 'senderReport', ssrc: 9, rtpTimestamp: 3_000, packetCount: 3, octetCount: 84 }]);
  expect([counters.bytes, counters.rtcpPackets]).toEqual([120 + report.length, 1]);
  expect(counters.report(1, 0)).toBeUndefined();
});

test('timestamps are unwrapped in both directions', () => {
  const unwrapper = new RtpTimestampUnwrapper();
  const wrap = 2 ** 32;
  const timestamps = [0xffff_fff0, 0x10, 0xffff_fff8, 0x7000_0000, 0xe000_0000, 0x10];
  expect(timestamps.map((timestamp) => unwrapper.unwrap(timestamp))).toEqual([
    0xffff_fff0,
    wrap + 0x10,
    0xffff_fff8,
    wrap + 0x7000_0000,
    wrap + 0xe000_0000,
    2 * wrap + 0x10,
  ]);
});
