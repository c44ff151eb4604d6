import type { SegmentId } from './segment-name.ts';

interface SegmentNameCase {
  readonly name: string;
  readonly recordPath: string;
  readonly id: SegmentId;
  readonly file: string;
}

const MOMENT_US = Date.UTC(2021, 11, 2, 12, 15, 23) * 1000 + 567_324;

/** Local time: microseconds of a moment that the calendar of this machine shows so. */
function local(us: number, ...fields: readonly [number, number, number, number, number, number]): SegmentId {
  const date = new Date(...fields);
  return { path: 'cam/1', startUs: date.getTime() * 1000 + us, utcOffsetMinutes: -date.getTimezoneOffset() };
}

export const SEGMENT_NAMES: readonly SegmentNameCase[] = [
  {
    name: 'local time',
    recordPath: '/rec/%path/%Y-%m-%d_%H-%M-%S-%f',
    id: local(123_456, 2008, 10, 7, 11, 22, 4),
    file: '/rec/cam/1/2008-11-07_11-22-04-123456.mp4',
  },
  {
    name: 'folders by date',
    recordPath: '/rec/%Y/%m/%d/%path_%H%M%S',
    id: local(0, 2008, 0, 7, 1, 2, 4),
    file: '/rec/2008/01/07/cam/1_010204.mp4',
  },
  {
    name: 'UTC',
    recordPath: '/rec/%path/%Y-%m-%d_%H-%M-%S-%f_%z',
    id: { path: 'cam1', startUs: MOMENT_US, utcOffsetMinutes: 0 },
    file: '/rec/cam1/2021-12-02_12-15-23-567324_Z.mp4',
  },
  {
    name: 'east of Greenwich, with a part of an hour',
    recordPath: '/rec/%path/%Y-%m-%d_%H-%M-%S-%f_%z',
    id: { path: 'cam1', startUs: MOMENT_US - 345 * 60_000_000, utcOffsetMinutes: 345 },
    file: '/rec/cam1/2021-12-02_12-15-23-567324_+0545.mp4',
  },
  {
    name: 'west of Greenwich',
    recordPath: '/rec/%path/%Y-%m-%d_%H-%M-%S-%f_%z',
    id: { path: 'cam1', startUs: MOMENT_US + 210 * 60_000_000, utcOffsetMinutes: -210 },
    file: '/rec/cam1/2021-12-02_12-15-23-567324_-0330.mp4',
  },
  {
    name: 'characters that mean something in a regular expression',
    recordPath: '/rec (a+b)/$x/%path/[%Y-%m-%d] %H.%M.%S^%f_%z',
    id: { path: 'cam1', startUs: MOMENT_US, utcOffsetMinutes: 0 },
    file: '/rec (a+b)/$x/cam1/[2021-12-02] 12.15.23^567324_Z.mp4',
  },
  {
    name: 'the path twice',
    recordPath: '/rec/%path/%path_%Y-%m-%d_%H-%M-%S-%f_%z',
    id: { path: 'a/b', startUs: MOMENT_US, utcOffsetMinutes: 0 },
    file: '/rec/a/b/a/b_2021-12-02_12-15-23-567324_Z.mp4',
  },
];
