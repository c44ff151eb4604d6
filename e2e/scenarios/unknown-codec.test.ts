import { Lifetime, RawPublisher, RawReader, TOPOLOGIES, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { reachReaders, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const HEADER_BYTES = 12;
const MEDIA = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-whatever/90000', 'a=fmtp:98 colour=blue;depth=7'];

interface Packet {
  readonly marker: boolean;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** Sizes from nothing to the largest that is not fragmented, times that wrap, markers here and there. */
const PACKETS: readonly Packet[] = Array.from({ length: 60 }, (_, index) => ({
  marker: index % 7 === 3,
  timestamp: (0xffff_f000 + index * 150) >>> 0,
  payload: Uint8Array.from({ length: (index * 37) % 1_400 }, (_element, at) => (index * 13 + at * 7) & 0xff),
}));

/** Sent until everybody reads. */
const BEFORE = Uint8Array.of(1, 2, 3);

describe.each(TOPOLOGIES)('an unknown codec on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start());
  });
  afterAll(() => lifetime.end());

  test('passes through as it came, but for SSRC and the origins of sequence numbers and times', async () => {
    const during = testLifetime(product);
    const port = product.ports.rtsp;
    const publisher = during.own(await RawPublisher.start({ port, path: 'unknown', medias: [MEDIA] }));
    const readers = [
      during.own(await RawReader.start({ port, path: 'unknown' })),
      during.own(await RawReader.start({ port, path: 'unknown' })),
    ];
    const before = await reachReaders(publisher, readers, (index) =>
      serialize({ marker: false, timestamp: index, payload: BEFORE }, index),
    );
    PACKETS.forEach((packet, index) => publisher.sendRtp(0, serialize(packet, before + index)));

    for (const reader of readers) {
      expect(reader.sdp).toContain('a=rtpmap:98 X-whatever/90000\r\n');
      expect(reader.sdp).toMatch(/a=fmtp:98 colour=blue; ?depth=7\r\n/);
      const last = PACKETS.at(-1)!.payload;
      await waitFor(() => Buffer.from(reader.packets().at(-1)!.subarray(HEADER_BYTES)).equals(last), {
        deadlineMs: 10_000,
        what: 'the last packet',
      });
      const read = reader.packets().slice(-PACKETS.length);
      expect(read).toHaveLength(PACKETS.length);
      expectSame(read);
    }
  });
});

function serialize({ marker, timestamp, payload }: Packet, index: number): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes[0] = 0x80;
  bytes[1] = (marker ? 0x80 : 0) | 98;
  bytes.writeUInt16BE((65_500 + index) & 0xffff, 2);
  bytes.writeUInt32BE(timestamp, 4);
  bytes.writeUInt32BE(0x1234_5678, 8);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

function expectSame(read: readonly Uint8Array[]): void {
  const packets = read.map((bytes) => Buffer.from(bytes));
  const [first] = packets;
  packets.forEach((packet, index) => {
    const sent = PACKETS[index]!;
    expect(packet[0]).toBe(0x80);
    expect(packet[1]).toBe((sent.marker ? 0x80 : 0) | 98);
    expect(packet.readUInt16BE(2)).toBe((first!.readUInt16BE(2) + index) & 0xffff);
    const elapsed = (sent.timestamp - PACKETS[0]!.timestamp) >>> 0;
    expect((packet.readUInt32BE(4) - first!.readUInt32BE(4)) >>> 0).toBe(elapsed);
    expect(packet.readUInt32BE(8)).toBe(first!.readUInt32BE(8));
    expect(packet.subarray(HEADER_BYTES).equals(sent.payload)).toBe(true);
  });
}
