import { describe, expect, test } from 'vitest';
import { MAX_BACKLOG_BYTES, MAX_BACKLOG_PACKETS, PacketBacklog } from './packet-backlog.ts';

function feed(backlog: PacketBacklog): string[] {
  const fed: string[] = [];
  backlog.feed({
    rtp: (media, bytes, nowUs) => fed.push(`rtp ${media} ${bytes.join(',')} at ${nowUs}`),
    rtcp: (media, bytes, nowUs) => fed.push(`rtcp ${media} ${bytes.join(',')} at ${nowUs}`),
  });
  return fed;
}

describe('packets before the path is ready', () => {
  test('are fed once, in order, with their times, and as they were', () => {
    const backlog = new PacketBacklog();
    const reused = Uint8Array.of(1, 2);
    backlog.add(0, false, reused, 10);
    reused.fill(9);
    backlog.add(1, true, Uint8Array.of(3), 11);
    expect(feed(backlog)).toEqual(['rtp 0 1,2 at 10', 'rtcp 1 3 at 11']);
    expect(feed(backlog)).toEqual([]);
  });

  test.each([
    ['packets', MAX_BACKLOG_PACKETS, 1],
    ['bytes', 4, MAX_BACKLOG_BYTES / 4],
  ])('are all dropped when there is one more than the limit of %s', (_name, count, sizeBytes) => {
    const backlog = new PacketBacklog();
    const packet = new Uint8Array(sizeBytes);
    for (let i = 0; i < count; i++) backlog.add(0, false, packet, i);
    expect(backlog.size).toBe(count);
    backlog.add(0, false, Uint8Array.of(1), 0);
    expect(backlog.size).toBe(0);
    backlog.add(0, false, Uint8Array.of(1), 0);
    expect(feed(backlog)).toEqual([]);
  });
});
