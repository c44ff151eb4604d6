import { describe, expect, test } from 'vitest';
import { ListenError } from './errors.ts';
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

const hex = (packets: readonly Uint8Array[]): string[] => packets.map((packet) => Buffer.from(packet).toString('hex'));

const BATCHES: readonly { name: string; sizes: readonly number[] }[] = [
  { name: 'one small packet', sizes: [12] },
  { name: 'equal packets', sizes: Array.from<number>({ length: 16 }).fill(1200) },
  { name: 'equal packets and a shorter last one', sizes: [...Array.from<number>({ length: 16 }).fill(1200), 77] },
  { name: 'a key frame: parameter sets, then fragments', sizes: [60, ...Array.from<number>({ length: 20 }).fill(1400), 311] },
  { name: 'all sizes different, rising and falling', sizes: [10, 20, 30, 40, 1000, 999, 998, 5] },
  { name: 'more than 64 segments', sizes: Array.from<number>({ length: 150 }).fill(100) },
  { name: 'more bytes than one segmented datagram holds', sizes: Array.from<number>({ length: 60 }).fill(1460) },
  { name: 'more packets than one call takes', sizes: [...Array.from<number>({ length: 140 }).fill(80), 30] },
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

describe.each(IO_MODES)('one frame for several readers, %s', (io) => {
  test.each([{ sizes: [1000, 1000, 300] }, { sizes: Array.from<number>({ length: 70 }).fill(80) }])(
    '$sizes.length packets',
    async ({ sizes }) => {
      const [sender, first, second] = [await open({ io }), await open(), await open()];
      const [frame, other] = [frameOf(sizes), frameOf([500, 20])];
      const to = (receiver: UdpSocket) => sender.destination('127.0.0.1', receiver.local.port);
      for (const receiver of [first, second]) sender.sendBatch(frame.buffer, frame.offsets, sizes, sizes.length, to(receiver));
      sender.sendBatch(other.buffer, other.offsets, [500, 20], 2, to(first));
      sender.sendBatch(frame.buffer, frame.offsets, sizes, sizes.length, to(second));
      await eventually(() => {
        expect(hex(first.messages.map(({ bytes }) => bytes))).toEqual(hex([...frame.packets, ...other.packets]));
        expect(hex(second.messages.map(({ bytes }) => bytes))).toEqual(hex([...frame.packets, ...frame.packets]));
      });
    },
  );
});

describe.each(IO_MODES)('a socket, %s', (io) => {
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

  test('a dual-stack socket reaches both families, and knows IPv4 peers as IPv4', async () => {
    const dual = await open({ io, address: ':0' });
    const ipv4 = await open({ address: '127.0.0.1:0' });
    const ipv6 = await open({ address: '[::1]:0' });
    const frame = frameOf([1000, 1000, 500]);
    for (const peer of [ipv4, ipv6]) {
      const destination = dual.destination(peer.local.address, peer.local.port);
      expect(dual.sendBatch(frame.buffer, frame.offsets, [1000, 1000, 500], 3, destination)).toBe(3);
      await eventually(() => expect(peer.messages.map(({ bytes }) => bytes.length)).toEqual([1000, 1000, 500]));
      peer.send(Uint8Array.of(1), peer.destination(peer.local.address, dual.local.port));
    }
    await eventually(() => expect(dual.messages.length).toBe(2));
    const keys = dual.messages.map(({ remote }) => remote.key).sort();
    expect(keys).toEqual([`127.0.0.1:${ipv4.local.port}`, `[::1]:${ipv6.local.port}`].sort());
  });

  test('a datagram that is too large is dropped and counted, with the rest of its frame', async () => {
    const receiver = await open();
    const sender = await open({ io });
    const frame = frameOf([10, 65_508, 10]);
    const destination = sender.destination('127.0.0.1', receiver.local.port);
    sender.sendBatch(frame.buffer, frame.offsets, [10, 65_508, 10], 3, destination);
    await eventually(() => expect(sender.droppedDatagrams).toBeGreaterThan(0));
    await eventually(() => expect(receiver.messages.length).toBeGreaterThan(0));
    expect(receiver.messages.every(({ bytes }) => bytes.length === 10)).toBe(true);
  });

  test('what the receiver throws goes to onError, and the next datagram is received', async () => {
    const receiver = await open({ io });
    const sender = await open();
    const seen: string[] = [];
    receiver.onMessage = (bytes) => {
      if (bytes[0] === 1) throw new Error('malformed');
      seen.push('received');
    };
    receiver.onError = (error) => seen.push(error.message);
    receiver.startPolling(); // without effect on a portable one
    expect(receiver.polled).toBe(io === 'native');
    for (const byte of [1, 2]) sender.send(Uint8Array.of(byte), sender.destination('127.0.0.1', receiver.local.port));
    await eventually(() => expect(seen).toEqual(['malformed', 'received']));
  });

  test('closed it neither sends nor receives', async () => {
    const socket = await open({ io });
    const destination = socket.destination('127.0.0.1', socket.local.port);
    await Promise.all([socket.close(), socket.close()]);
    socket.send(Uint8Array.of(1), destination);
    expect(socket.sendBatch(Uint8Array.of(1), [0], [1], 1, destination)).toBe(0);
  });

  test('sends to a group, and receives what a group is sent while it is joined', async () => {
    const receiver = await open({ io, address: '224.1.7.7:0', reuseAddress: true });
    const group = '224.1.7.7';
    const sender = await open({ io, address: '127.0.0.1:0' });
    sender.setMulticastOutput(1, '127.0.0.1');
    receiver.joinGroup(group, 'lo');
    const frame = frameOf([700, 700, 20]);
    const destination = sender.destination(group, receiver.local.port);
    expect(sender.sendBatch(frame.buffer, frame.offsets, [700, 700, 20], 3, destination)).toBe(3);
    await eventually(() => expect(receiver.messages.map(({ bytes }) => bytes.length)).toEqual([700, 700, 20]));
    receiver.leaveGroup(group, 'lo');
    receiver.joinSource(group, '127.0.0.1', '127.0.0.1');
    sender.send(Uint8Array.of(1), destination);
    await eventually(() => expect(receiver.messages.length).toBe(4));
    const everywhere = await open({ io, address: `${group}:${receiver.local.port}`, reuseAddress: true });
    everywhere.joinGroup(group);
    sender.send(Uint8Array.of(2), destination);
    await eventually(() => expect(everywhere.messages.length).toBe(1));
    everywhere.leaveGroup(group);
  });
});

describe.each(IO_MODES)('IPv6 groups, %s', (io) => {
  test('are joined by interface', async () => {
    const receiver = await open({ io, address: '[ff05::7]:0', reuseAddress: true });
    receiver.joinGroup('ff05::7', 'lo');
    receiver.leaveGroup('ff05::7', 'lo');
  });
});

describe('opening', () => {
  test('several sockets share a group and port with reuseAddress', async () => {
    const first = await open({ address: '224.1.7.8:0', reuseAddress: true });
    const second = await open({ address: `224.1.7.8:${first.local.port}`, reuseAddress: true });
    expect(second.local.text).toBe(first.local.text);
  });

  test('an address in use says so, with the key', async () => {
    const { local } = await open();
    const again = open({ address: local.text, addressKey: 'rtpAddress' });
    await expect(again).rejects.toBeInstanceOf(ListenError);
    await expect(again).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`${local.text} (rtpAddress)`),
    });
  });

  test('a read buffer that the system grants is set, one that it does not grant is an error', async () => {
    await open({ readBufferBytes: 50_000 });
    const refused = open({ readBufferBytes: 1 << 30 });
    await expect(refused).rejects.toMatchObject({
      code: 'READ_BUFFER_REFUSED',
      message: expect.stringContaining('udpReadBufferSize'),
    });
  });

  test.each(['unix:///tmp/x', '8000'])('%s is refused', async (address) => {
    await expect(open({ address })).rejects.toMatchObject({ code: 'INVALID_ADDRESS' });
  });

  test('destinations that cannot be reached are refused', async () => {
    const socket = await open();
    for (const [address, port] of [
      ['::1', 1],
      ['localhost', 1],
      ['127.0.0.1', 0],
      ['127.0.0.1', 65_536],
    ] as const) {
      expect(() => socket.destination(address, port)).toThrow(TypeError);
    }
    await expect(async () => socket.joinGroup('224.1.7.7', 'nosuch0')).rejects.toThrow("no network interface 'nosuch0'");
  });
});
