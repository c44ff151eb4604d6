import { describe, expect, test } from 'vitest';
import { linuxCalls } from './linux-calls.ts';
import { cleanUp, eventually, LogLines, pseudoRandomBytes } from './loopback.cases.ts';
import type { UdpRemote } from './udp-remote.ts';
import type { UdpSocketOptions } from './udp-socket.ts';
import type { UdpSocket } from './udp-socket.ts';
import { openUdpSocket } from './udp-socket.ts';

const IO_MODES = (['portable', 'native'] as const).filter((io) => io === 'portable' || linuxCalls() !== undefined);

interface Message {
  readonly bytes: Uint8Array;
  readonly remote: UdpRemote;
}

async function open(options: Partial<UdpSocketOptions> = {}): Promise<UdpSocket & { messages: Message[] }> {
  const socket = await openUdpSocket({ address: '127.0.0.1:0', log: new LogLines().log, ...options });
  cleanUp(() => socket.close());
  const messages: Message[] = [];
  socket.onMessage = (bytes, remote) => messages.push({ bytes, remote });
  return Object.assign(socket, { messages });
}

/** A frame as RtpFrame lays it out: each packet behind 4 bytes that are not sent. */
function frameOf(sizes: readonly number[]): { buffer: Uint8Array; offsets: number[]; packets: Uint8Array[] } {
  const buffer = pseudoRandomBytes(
    sizes.reduce((sum, size) => sum + size + 4, 0),
    sizes.length,
  );
  const offsets: number[] = [];
  let offset = 0;
  for (const size of sizes) {
    offsets.push(offset + 4);
    offset += 4 + size;
  }
  return { buffer, offsets, packets: sizes.map((size, i) => buffer.subarray(offsets[i]!, offsets[i]! + size)) };
}

const BATCHES: readonly { name: string; sizes: readonly number[] }[] = [
  { name: 'one small packet', sizes: [12] },
  { name: 'equal packets', sizes: new Array<number>(16).fill(1200) },
  { name: 'equal packets and a shorter last one', sizes: [...new Array<number>(16).fill(1200), 77] },
  { name: 'a key frame: parameter sets, then fragments', sizes: [60, ...new Array<number>(20).fill(1400), 311] },
  { name: 'all sizes different, rising and falling', sizes: [10, 20, 30, 40, 1000, 999, 998, 5] },
  { name: 'more than 64 segments', sizes: new Array<number>(150).fill(100) },
  { name: 'more bytes than one segmented datagram holds', sizes: new Array<number>(60).fill(1460) },
  { name: 'more packets than one call takes', sizes: [...new Array<number>(140).fill(80), 30] },
];

describe.each(IO_MODES)('sending frames, %s', (io) => {
  test.each(BATCHES)('$name', async ({ sizes }) => {
    const receiver = await open();
    const sender = await open({ io });
    const { buffer, offsets, packets } = frameOf(sizes);
    const destination = sender.destination('127.0.0.1', receiver.local.port);
    expect(sender.sendBatch(buffer, offsets, sizes, sizes.length, destination)).toBe(sizes.length);
    buffer.fill(0xee); // what was sent was read during the call
    const expected = frameOf(sizes).packets;
    expect(packets.length).toBe(expected.length);
    await eventually(() => expect(receiver.messages.length).toBe(sizes.length));
    receiver.messages.forEach((message, i) => expect(Buffer.compare(message.bytes, expected[i]!)).toBe(0));
    expect(sender.droppedDatagrams).toBe(0);
    if (io === 'native') expect(destination.segmentation).toBe(true);
  });
});

describe.each(IO_MODES)('receiving, %s', (io) => {
  test('one datagram, and an answer to its sender', async () => {
    const a = await open({ io });
    const b = await open({ io });
    a.send(Uint8Array.of(1, 2, 3), a.destination('127.0.0.1', b.local.port));
    await eventually(() => expect(b.messages.length).toBe(1));
    const { bytes, remote } = b.messages[0]!;
    expect([...bytes]).toEqual([1, 2, 3]);
    expect(remote).toEqual({ address: '127.0.0.1', port: a.local.port, key: `127.0.0.1:${a.local.port}` });
    b.send(Uint8Array.of(4), b.destination(remote.address, remote.port));
    await eventually(() => expect(a.messages.length).toBe(1));
    expect(a.messages[0]!.remote.key).toBe(a.destination('127.0.0.1', b.local.port).key);
  });
});
