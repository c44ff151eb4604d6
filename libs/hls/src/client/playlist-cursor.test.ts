import { describe, expect, test } from 'vitest';
import type { MediaPlaylist, PlaylistPart, PlaylistSegment } from './media-playlist.ts';
import { PlaylistCursor } from './playlist-cursor.ts';

function part(name: string, keys: Partial<PlaylistPart> = {}): PlaylistPart {
  return { uri: name, independent: false, gap: false, durationMs: 200, ...keys };
}

function segment(name: string, keys: Partial<PlaylistSegment> = {}): PlaylistSegment {
  return { uri: name, durationMs: 1_000, discontinuitySequence: 0, gap: false, parts: [], ...keys };
}

function list(from: number, segments: readonly PlaylistSegment[], keys: Partial<MediaPlaylist> = {}): MediaPlaylist {
  const open = { discontinuitySequence: 0, parts: [] };
  const fixed = { kind: 'media' as const, targetDurationMs: 1_000, partTargetMs: undefined, canBlockReload: false, ended: false };
  return { ...fixed, mediaSequence: from, segments, open, ...keys };
}

/** Names of what is wanted up to the next reload, or the end; `!` before what follows a loss. */
function wanted(cursor: PlaylistCursor, playlist: MediaPlaylist): string {
  const names: string[] = [];
  for (;;) {
    const step = cursor.next(playlist);
    if (step.kind === 'media') names.push(`${step.media.afterLoss ? '!' : ''}${step.media.uri}`);
    else return [...names, step.kind === 'end' ? 'end' : `${step.afterMs} ${step.blockingQuery ?? ''}`.trim()].join(', ');
  }
}

const some = (from: number, count: number): PlaylistSegment[] => Array.from({ length: count }, (_, index) => segment(`s${from + index}`));

describe('whole segments', () => {
  test.each<[name: string, lists: readonly MediaPlaylist[], expected: readonly string[]]>([
    ['a complete list from its beginning', [list(0, some(0, 5), { ended: true })], ['s0, s1, s2, s3, s4, end']],
    ['a live list from three before its end', [list(4, some(4, 5))], ['s6, s7, s8, 500']],
    ['a short live list from its beginning', [list(0, some(0, 2))], ['s0, s1, 500']],
    ['what is new', [list(0, some(0, 3)), list(1, some(1, 3)), list(2, some(2, 4))], ['s0, s1, s2, 500', 's3, 500', 's4, s5, 500']],
    ['behind what has left', [list(0, some(0, 1)), list(5, some(5, 2))], ['s0, 500', '!s5, s6, 500']],
    ['behind a gap', [list(0, [segment('a'), segment('b', { gap: true }), segment('c')], { ended: true })], ['a, !c, end']],
    ['the end that comes later', [list(0, some(0, 1)), list(0, some(0, 1), { ended: true })], ['s0, 500', 'end']],
  ])('%s', (_name, lists, expected) => {
    const cursor = new PlaylistCursor();
    expect(lists.map((playlist) => wanted(cursor, playlist))).toEqual(expected);
  });

  test('a list that goes backwards', () => {
    const cursor = new PlaylistCursor();
    wanted(cursor, list(10, some(10, 3)));
    expect(() => cursor.next(list(0, some(0, 3)))).toThrow('goes backwards');
  });

  test('a list that stays the same for six target durations', () => {
    const cursor = new PlaylistCursor();
    const playlist = list(0, some(0, 1));
    wanted(cursor, playlist);
    for (let reload = 1; reload < 12; reload++) expect(cursor.next(playlist).kind).toBe('reload');
    expect(() => cursor.next(playlist)).toThrow('next segment not found or not ready yet');
  });
});

describe('parts', () => {
  const live = { partTargetMs: 200, canBlockReload: true };
  const open = (...parts: readonly PlaylistPart[]): Pick<MediaPlaylist, 'open'> => ({ open: { discontinuitySequence: 0, parts } });
  const a = [part('a0', { independent: true }), part('a1')];
  const b = [part('b0', { independent: true }), part('b1')];

  test.each<[name: string, lists: readonly MediaPlaylist[], expected: readonly string[]]>([
    [
      'from the last independent one, and on as they come',
      [
        list(5, [segment('a', { parts: a })], { ...live, ...open(b[0]!) }),
        list(5, [segment('a', { parts: a })], { ...live, ...open(...b) }),
        list(5, [segment('a', { parts: a }), segment('b', { parts: b })], { ...live, ...open(part('c0')) }),
      ],
      ['b0, 0 _HLS_msn=6&_HLS_part=1', 'b1, 0 _HLS_msn=6&_HLS_part=2', 'c0, 0 _HLS_msn=7&_HLS_part=1'],
    ],
    [
      'a segment as a whole, when none of its parts was taken',
      [list(5, [segment('a', { parts: a })], { ...live, ...open() }), list(6, [segment('b'), segment('c')], live)],
      ['a, 0 _HLS_msn=6&_HLS_part=0', 'b, c, 0 _HLS_msn=8&_HLS_part=0'],
    ],
    [
      'behind parts that are not listed any more',
      [list(5, [], { ...live, ...open(a[0]!) }), list(5, [segment('a'), segment('b')], live)],
      ['a0, 0 _HLS_msn=5&_HLS_part=1', '!b, 0 _HLS_msn=7&_HLS_part=0'],
    ],
    ['without blocking, half a part later', [list(0, [], { ...live, canBlockReload: false, ...open(a[0]!) })], ['a0, 100']],
  ])('%s', (_name, lists, expected) => {
    const cursor = new PlaylistCursor();
    expect(lists.map((playlist) => wanted(cursor, playlist))).toEqual(expected);
  });

  test.each([
    [0, 'p3', 200],
    [200, 'p3', 200],
    [201, 'p2', 400],
    [700, 'p0', 800],
    [5_000, 'p0', 800],
  ])('a rendition begins at least %i ms before the end', (leastBehindMs, name, startedBehindMs) => {
    const parts = [0, 1, 2, 3].map((number) => part(`p${number}`, { independent: true }));
    const cursor = new PlaylistCursor(leastBehindMs);
    expect(wanted(cursor, list(0, [], { ...live, ...open(...parts) })).split(',')[0]).toBe(name);
    expect(cursor.startedBehindMs).toBe(startedBehindMs);
  });

  test('a server that does not hold its answer back is asked in steps', () => {
    const cursor = new PlaylistCursor();
    const playlist = list(0, [], { ...live, ...open(a[0]!) });
    expect(wanted(cursor, playlist)).toBe('a0, 0 _HLS_msn=0&_HLS_part=1');
    expect(wanted(cursor, playlist)).toBe('100 _HLS_msn=0&_HLS_part=1');
  });

  test('dates of parts count from that of their segment', () => {
    const cursor = new PlaylistCursor();
    const parts = [part('p0', { independent: true }), part('p1')];
    const playlist = list(0, [], { ...live, open: { discontinuitySequence: 0, parts, programDateTimeMs: 5_000 } });
    const steps = [cursor.next(playlist), cursor.next(playlist)];
    expect(steps.map((step) => step.kind === 'media' && step.media.programDateTimeMs)).toEqual([5_000, 5_200]);
  });
});
