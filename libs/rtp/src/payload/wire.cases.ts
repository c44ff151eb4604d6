import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { expect } from 'vitest';
import { parseRtpPacket } from '../packet.ts';
import type { RtpPacket } from '../packet.ts';
import type { DepacketizedUnit, Depacketizer, Packetizer } from '../packetizer.ts';
import { RtpFrame } from '../rtp-frame.ts';
import type { RtpSender } from '../rtp-frame.ts';

/** What the tables of the codecs are made of: the payloads of one unit's packets, and the entries of the unit. */
export interface WireCase {
  readonly name: string;
  readonly maxPayloadBytes: number;
  /** Hexadecimal entries of the unit; white space and `*n` (repeat the last byte n times in all) are allowed. */
  readonly unit: readonly string[];
  /** Hexadecimal payloads; the last packet has the marker unless `markers` says else. */
  readonly packets: readonly string[];
  readonly markers?: readonly boolean[];
}

/** `0102 aa*4` is 01 02 aa aa aa aa. */
export function bytes(text: string): Uint8Array {
  return bytesFromHex(
    text.replace(/([0-9a-f]{2})\*(\d+)/g, (_, byte: string, count: string) => byte.repeat(Number(count))).replace(/\s/g, ''),
  );
}

export function newSender(): RtpSender {
  return { payloadType: 96, ssrc: 0x11223344, sequenceNumber: 0xfffe };
}

export function packetsOf(frame: RtpFrame): readonly RtpPacket[] {
  return frame.offsets.map((offset, i) => parseRtpPacket(frame.bytes.subarray(offset, offset + frame.sizes[i]!)));
}

/** The packets of one unit, with the numbering of `sender` going on. */
export function packetize(
  packetizer: Packetizer,
  payload: readonly Uint8Array[],
  timestamp: number,
  sender = newSender(),
): readonly RtpPacket[] {
  const frame = new RtpFrame(sender, timestamp, 0, new Uint8Array(64));
  packetizer.packetize(payload, timestamp, frame);
  return packetsOf(frame);
}

export function depacketize(depacketizer: Depacketizer, packets: readonly RtpPacket[]): readonly DepacketizedUnit[] {
  return packets.flatMap((packet) => depacketizer.push(packet));
}

export function rtpPackets(payloads: readonly Uint8Array[], timestamp: number, markers?: readonly boolean[]): readonly RtpPacket[] {
  return payloads.map((payload, i) => ({
    marker: markers?.[i] ?? i === payloads.length - 1,
    payloadType: 96,
    sequenceNumber: i,
    timestamp,
    ssrc: 1,
    payload,
  }));
}

export function hexOf(payload: readonly Uint8Array[]): readonly string[] {
  return payload.map(hexFromBytes);
}

export function expectPackets(packets: readonly RtpPacket[], wire: WireCase): void {
  expect(hexOf(packets.map((packet) => packet.payload))).toEqual(hexOf(wire.packets.map(bytes)));
  expect(packets.map((packet) => packet.marker)).toEqual(wire.markers ?? wire.packets.map((_, i) => i === wire.packets.length - 1));
}

export function expectUnit(units: readonly DepacketizedUnit[], wire: Pick<WireCase, 'unit'>): void {
  expect(units.map((unit) => hexOf(unit.payload))).toEqual([hexOf(wire.unit.map(bytes))]);
}

/** Units of a stream, as the loss suites send them. */
export interface StreamUnit {
  readonly timestamp: number;
  readonly payload: readonly Uint8Array[];
}

/**
 * Loses each packet in turn: the unit that it belongs to must not come out, every other must, unchanged.
 * `packetUnits` is what the depacketizer makes of each unit without loss.
 */
export function expectLossOfEachPacket(
  newPacketizer: () => Packetizer,
  newDepacketizer: () => Depacketizer,
  units: readonly StreamUnit[],
): void {
  const sender = newSender();
  const packetizer = newPacketizer();
  const packets = units.flatMap((unit, index) =>
    packetize(packetizer, unit.payload, unit.timestamp, sender).map((packet) => ({ packet, index })),
  );
  expect(packets.length).toBeGreaterThan(units.length);
  // The first two units teach the depacketizer how units of this stream start.
  for (let lost = 0; lost < packets.length; lost++) {
    if (packets[lost]!.index < 2) continue;
    const depacketizer = newDepacketizer();
    const received: DepacketizedUnit[] = [];
    packets.forEach(({ packet }, i) => {
      if (i === lost) depacketizer.reset();
      else received.push(...depacketizer.push(packet));
    });
    const wanted = units.filter((_, index) => index !== packets[lost]!.index);
    expect(
      received.map((unit) => [unit.timestamp, hexOf(unit.payload)]),
      `packet ${lost} is lost`,
    ).toEqual(wanted.map((unit) => [unit.timestamp, hexOf(unit.payload)]));
  }
}

/** Deterministic bytes without start codes. */
export function filler(count: number, seed: number): Uint8Array {
  const out = new Uint8Array(count);
  let state = seed * 2_654_435_761 + 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = (state >>> 24) | 1 | 0x80;
  }
  return out;
}

/** `head` and then filler, `size` bytes in all. */
export function filled(head: string, size: number, seed = 1): Uint8Array {
  const out = filler(size, seed);
  out.set(bytes(head));
  return out;
}
