import { describe, expect, test } from 'vitest';
import { linuxCalls } from './linux-calls.ts';
import { cleanUp, LogLines } from './loopback.cases.ts';
import { raiseOpenFileLimit, WANTED_OPEN_FILES } from './open-file-limit.ts';
import { openUdpPair } from './udp-pair.ts';
import { openUdpSocket } from './udp-socket.ts';

const { log } = new LogLines();

/** A free even port that is followed by free ones, as far as is known. */
async function freeRange(): Promise<number> {
  const { rtp, rtcp } = await openUdpPair({ host: '127.0.0.1', portRange: [40_000, 60_000], log });
  const { port } = rtp.local;
  await Promise.all([rtp.close(), rtcp.close()]);
  return port;
}

async function pair(portRange: [number, number], random: number): Promise<[number, number]> {
  const { rtp, rtcp } = await openUdpPair({ host: '127.0.0.1', portRange, log, random: () => random });
  cleanUp(() => Promise.all([rtp.close(), rtcp.close()]));
  return [rtp.local.port, rtcp.local.port];
}

describe('openUdpPair', () => {
  test('gives an even port and the next, from a random place on, once round', async () => {
    const port = await freeRange();
    expect(await pair([port - 1, port + 3], 0.9)).toEqual([port + 2, port + 3]);
    expect(await pair([port - 1, port + 3], 0.9)).toEqual([port, port + 1]);
    await expect(pair([port - 1, port + 3], 0.9)).rejects.toMatchObject({ code: 'NO_FREE_PORTS' });
  });

  test('skips a pair of which one port is taken', async () => {
    const port = await freeRange();
    const taken = await openUdpSocket({ address: `127.0.0.1:${port + 1}`, log });
    cleanUp(() => taken.close());
    expect(await pair([port, port + 3], 0)).toEqual([port + 2, port + 3]);
    const again = await openUdpSocket({ address: `127.0.0.1:${port}`, log }); // it was let go
    await again.close();
  });

  test.each([
    [40_001, 40_002],
    [40_000, 40_000],
    [40_002, 40_000],
  ])('a range without a pair (%i-%i) is an error', async (first, last) => {
    await expect(pair([first, last], 0)).rejects.toMatchObject({ code: 'NO_FREE_PORTS' });
  });
});

describe.runIf(linuxCalls() !== undefined)('raiseOpenFileLimit', () => {
  test('raises the soft limit to what is wanted or allowed, and never lowers it', () => {
    const calls = linuxCalls()!;
    const limits = new BigUint64Array(new ArrayBuffer(16));
    const address = calls.addressOf(new Uint8Array(limits.buffer));
    expect(calls.getrlimit(7, address)).toBe(0);
    const [before, hard] = [limits[0]!, limits[1]!];
    cleanUp(() => {
      limits[0] = before;
      calls.setrlimit(7, address);
    });
    const wanted = Math.min(WANTED_OPEN_FILES, Number(hard));
    limits[0] = hard < 500n ? hard - 1n : 500n;
    expect(calls.setrlimit(7, address)).toBe(0);
    expect(raiseOpenFileLimit()).toBe(wanted);
    calls.getrlimit(7, address);
    expect(Number(limits[0])).toBe(wanted);
    expect(raiseOpenFileLimit()).toBe(wanted);
  });
});
