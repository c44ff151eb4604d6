import { describe, expect, test } from 'vitest';
import { anyNews, assertSubjectPrefix, EpochNames, MAX_TOKEN_LENGTH } from './epoch-names.ts';

const MAX_STREAM_NAME = 255;

describe('EpochNames', () => {
  test('of a path, an epoch and a generation', () => {
    const names = new EpochNames('media', 'yard/cam.0', 12);
    expect(names.stream(3)).toBe('MEDIA_yard_scam_d0_12_3');
    expect(names.subject(3, 'key')).toBe('media.yard_scam_d0.12.3.key');
    expect(names.allOf(3)).toBe('media.yard_scam_d0.12.3.>');
    expect(names.news).toBe('media.yard_scam_d0.12.news');
    expect(anyNews('media')).toBe('media.*.*.news');
    expect(new EpochNames('a.b', 'x', 1).stream(0)).toBe('A-B_x_1_0');
  });

  test.each([
    ['MEDIA_cam_12_0', 0],
    ['MEDIA_cam_12_41', 41],
    ['MEDIA_cam_12_', -1],
    ['MEDIA_cam_12_x', -1],
    ['MEDIA_cam_12_1_1', -1],
    ['MEDIA_cam_1_2', -1],
    ['OTHER_cam_12_0', -1],
  ])('%s is generation %d', (stream, generation) => {
    expect(new EpochNames('media', 'cam', 12).generationOf(stream)).toBe(generation);
  });

  test('paths too long for a stream name keep their beginning and stay apart', () => {
    const longest = 'a'.repeat(MAX_TOKEN_LENGTH);
    expect(new EpochNames('media', longest, 1).stream(0)).toBe(`MEDIA_${longest}_1_0`);
    const [one, two] = [`${'/'.repeat(1023)}a`, `${'/'.repeat(1023)}b`].map((path) =>
      new EpochNames('media', path, 2 ** 53 - 1).stream(999_999),
    );
    expect(one).not.toBe(two);
    expect(one?.length).toBeLessThanOrEqual(MAX_STREAM_NAME);
    expect(one?.startsWith(`MEDIA_${'_s'.repeat(50)}=`)).toBe(true);
  });

  test.each(['', 'Media', 'a..b', '.a', 'a.', 'a b', 'a-b', 'a.*', 'a.>'])('refuses the prefix %j', (prefix) => {
    expect(() => assertSubjectPrefix(prefix)).toThrow(RangeError);
  });
});
