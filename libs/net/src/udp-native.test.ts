import { describe, expect, test } from 'vitest';
import type { LinuxCalls } from './linux-calls.ts';
import { EAGAIN, EINVAL, EIO, ENOSYS, linuxCalls } from './linux-calls.ts';
import { cleanUp, eventually, LogLines, pseudoRandomBytes } from './loopback.cases.ts';
import { UdpBatchSender } from './udp-batch-sender.ts';
import type { MeasuredSocket } from './udp-receive-pool.ts';
import { UdpReceivePool } from './udp-receive-pool.ts';
import { MAX_REMEMBERED_REMOTES } from './udp-remote.ts';
import type { UdpSocket, UdpSocketOptions } from './udp-socket.ts';
import { openUdpSocket } from './udp-socket.ts';

async function open(options: Partial<UdpSocketOptions> = {}) {
  const logLines = new LogLines();
  const socket = await openUdpSocket({ address: '127.0.0.1:0', log: logLines.log, ...options });
  cleanUp(() => socket.close());
  return { socket, logLines };
}

/** The real calls, with `sendmmsg` failing as a kernel would: `errno` for a call that `fails` picks. */
function failingCalls(errno: number, fails: (call: number, segmented: boolean) => boolean): LinuxCalls {
  const calls = linuxCalls()!;
  let call = 0;
  let failed = false;
  return {
    ...calls,
    sendmmsg(fd, vector, count, flags) {
      failed = fails(call++, count === 1);
      return failed ? -1 : calls.sendmmsg(fd, vector, count, flags);
    },
    errno: () => (failed ? errno : calls.errno()),
  };
}

function switchMode(socket: UdpSocket): void {
  if (socket.polled) socket.stopPolling();
  else socket.startPolling();
}

/** 10 packets of 100 bytes in a row: one message when segmented, ten when not. */
const SIZES = Array.from<number>({ length: 10 }).fill(100);
const OFFSETS = SIZES.map((size, i) => i * size);

describe.runIf(linuxCalls() !== undefined)('when the kernel refuses', () => {
  test.each([EINVAL, EIO])('segmentation (errno %i), packets are sent unsegmented to that destination from then on', async (errno) => {
    const receiver = await open();
    const lengths: number[] = [];
    receiver.socket.onMessage = (bytes) => lengths.push(bytes.length);
    const calls = failingCalls(errno, (_call, segmented) => segmented);
    const { socket, logLines } = await open({ batchSender: new UdpBatchSender(calls) });
    const destination = socket.destination('127.0.0.1', receiver.socket.local.port);
    for (let i = 0; i < 2; i++) expect(socket.sendBatch(pseudoRandomBytes(1000), OFFSETS, SIZES, 10, destination)).toBe(10);
    await eventually(() => expect(lengths).toEqual([...SIZES, ...SIZES]));
    expect(destination.segmentation).toBe(false);
    expect(logLines.lines.length).toBe(1);
    expect(logLines.lines[0]).toContain('segmentation offload is refused');
    expect(socket.droppedDatagrams).toBe(0);
  });

  test('the call itself, datagrams go through Node', async () => {
    const receiver = await open();
    const got: Uint8Array[] = [];
    receiver.socket.onMessage = (bytes) => got.push(bytes);
    const { socket, logLines } = await open({ batchSender: new UdpBatchSender(failingCalls(ENOSYS, () => true)) });
    const destination = socket.destination('127.0.0.1', receiver.socket.local.port);
    const bytes = pseudoRandomBytes(1000);
    for (let i = 0; i < 2; i++) expect(socket.sendBatch(bytes, OFFSETS, SIZES, 10, destination)).toBe(10);
    await eventually(() => expect(Buffer.concat(got).equals(Buffer.concat([bytes, bytes]))).toBe(true));
    expect(logLines.lines.length).toBe(1);
  });

  test('more for now, the rest of the frame is dropped and counted, the next is sent', async () => {
    const receiver = await open({ readBufferBytes: 1_000_000 });
    let got = 0;
    receiver.socket.onMessage = () => got++;
    const { socket } = await open({ batchSender: new UdpBatchSender(failingCalls(EAGAIN, (call) => call === 1)) });
    const sizes = Array.from<number>({ length: 200 }).fill(100);
    const offsets = sizes.map((size, i) => i * size);
    const destination = socket.destination('127.0.0.1', receiver.socket.local.port);
    expect(socket.sendBatch(pseudoRandomBytes(20_000), offsets, sizes, 200, destination)).toBe(128);
    expect(socket.droppedDatagrams).toBe(72);
    expect(destination.segmentation).toBe(true);
    await eventually(() => expect(got).toBe(128));
    expect(socket.sendBatch(pseudoRandomBytes(1_000), OFFSETS, SIZES, 10, destination)).toBe(10);
    await eventually(() => expect(got).toBe(138));
  });
});

describe.runIf(linuxCalls() !== undefined)('polled receiving', () => {
  test('switching loses, reorders and changes nothing', async () => {
    const pool = new UdpReceivePool();
    const { socket } = await open({ pool, readBufferBytes: 1_000_000 });
    const sender = await open();
    const destination = sender.socket.destination('127.0.0.1', socket.local.port);
    const numbers: number[] = [];
    const keys = new Set<string>();
    const remotes = new Set<object>();
    const modes = new Set<boolean>();
    let wrong = 0;
    socket.onMessage = (bytes, remote) => {
      const number = (bytes[0]! << 8) | bytes[1]!;
      numbers.push(number);
      modes.add(socket.polled);
      keys.add(remote.key);
      remotes.add(remote);
      for (let i = 2; i < bytes.length; i++) if (bytes[i] !== (number & 0xff)) wrong++;
      if (numbers.length % 37 === 0) switchMode(socket);
    };
    const total = 3_000;
    for (let number = 0; number < total; number++) {
      const bytes = new Uint8Array(2 + ((number * 13) % 1400)).fill(number & 0xff);
      bytes.set([number >> 8, number & 0xff]);
      sender.socket.send(bytes, destination);
      if (number % 100 === 99) await eventually(() => expect(numbers.length).toBe(number + 1));
    }
    expect(numbers).toEqual(Array.from({ length: total }, (_, i) => i));
    expect(wrong).toBe(0);
    expect(modes.size).toBe(2);
    expect([...keys]).toEqual([sender.socket.local.text]);
    expect(remotes.size).toBe(1);
  });

  test('datagrams of all sizes arrive whole, and are not overwritten', async () => {
    const { socket } = await open({ readBufferBytes: 1_000_000 });
    const got: Uint8Array[] = [];
    socket.onMessage = (bytes) => got.push(bytes);
    socket.startPolling();
    expect(socket.polled).toBe(true);
    const sender = await open();
    const sizes = [0, 1, 2047, 2048, 2049, 9000, 65_507, 3];
    for (const [i, size] of sizes.entries()) {
      sender.socket.send(pseudoRandomBytes(size, i + 1), sender.socket.destination('127.0.0.1', socket.local.port));
      await eventually(() => expect(got.length).toBe(i + 1));
    }
    for (const [i, size] of sizes.entries()) expect(Buffer.compare(got[i]!, pseudoRandomBytes(size, i + 1))).toBe(0);
  });

  test('a handler may close its socket in the middle of a batch', async () => {
    const { socket } = await open();
    let got = 0;
    socket.startPolling();
    const closed = new Promise<void>((resolve) => {
      socket.onMessage = () => {
        got++;
        void socket.close().then(resolve);
      };
    });
    const sender = await open();
    sender.socket.sendBatch(pseudoRandomBytes(1000), OFFSETS, SIZES, 10, sender.socket.destination('127.0.0.1', socket.local.port));
    await closed;
    expect(got).toBe(1);
  });

  test('IPv6 peers have the same keys in both modes', async () => {
    const { socket } = await open({ address: ':0' });
    const keys: string[] = [];
    socket.onMessage = (_bytes, remote) => keys.push(remote.key);
    const ipv6 = await open({ address: '[::1]:0' });
    const ipv4 = await open();
    for (const polled of [false, true]) {
      if (polled) socket.startPolling();
      const before = keys.length;
      for (const { socket: peer } of [ipv6, ipv4]) {
        peer.send(Uint8Array.of(1), peer.destination(peer.local.address, socket.local.port));
        await eventually(() => expect(keys.length).toBeGreaterThan(before));
      }
      await eventually(() => expect(keys.length).toBe(before + 2));
      expect(keys.slice(before).sort()).toEqual([ipv4.socket.local.text, ipv6.socket.local.text].sort());
    }
  });

  test('many sources in turn are told apart, more than are remembered', async () => {
    const { socket } = await open();
    const names = Buffer.alloc(32);
    const words = new Int32Array(names.buffer, names.byteOffset, 8);
    names.writeUInt16LE(2, 0);
    const keyOf = (i: number): string => {
      names.writeUInt16BE(1000 + (i % 7), 2);
      names.writeUInt32BE(0x0a00_0000 + i, 4);
      return socket.remotes.ofSockaddr(names, words, 0).key;
    };
    for (let i = 0; i < MAX_REMEMBERED_REMOTES * 2; i++) expect(keyOf(i)).toBe(`10.0.${i >> 8}.${i & 255}:${1000 + (i % 7)}`);
    expect(keyOf(5)).toBe('10.0.0.5:1005');
  });
});

describe.runIf(linuxCalls() !== undefined)('the choice by load', () => {
  class Counted implements MeasuredSocket {
    receivedDatagrams = 0;
    polled = false;
    startPolling(): void {
      this.polled = true;
    }
    stopPolling(): void {
      this.polled = false;
    }
  }

  test('polls busy sockets above 2000 datagrams/s, and until 1000', () => {
    const pool = new UdpReceivePool();
    const [busy, other, idle] = [new Counted(), new Counted(), new Counted()];
    for (const socket of [busy, other, idle]) pool.add(socket);
    let nowMs = Math.ceil(performance.now()) + 1; // whole, so that rates at the limit are exact
    pool.measure(nowMs);
    const second = (busyRate: number, otherRate: number, idleRate = 1): boolean[] => {
      nowMs += 2_000;
      busy.receivedDatagrams += busyRate * 2;
      other.receivedDatagrams += otherRate * 2;
      idle.receivedDatagrams += idleRate * 2;
      pool.measure(nowMs);
      return [busy.polled, other.polled, idle.polled];
    };
    expect(second(1_900, 99)).toEqual([false, false, false]);
    expect(second(1_900, 100)).toEqual([true, true, false]);
    expect(second(900, 99)).toEqual([true, true, false]);
    expect(second(960, 40)).toEqual([true, true, false]);
    expect(second(990, 19)).toEqual([true, false, false]);
    expect(second(900, 98)).toEqual([false, false, false]);
    for (const socket of [busy, other, idle]) pool.remove(socket);
  });
});
