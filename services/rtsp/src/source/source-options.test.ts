import { defaultPathConfig, marshalPath } from '@mediamesh/config';
import { describe, expect, test } from 'vitest';
import { parseSourceOptions } from './source-options.ts';
import type { SourceOptions } from './source-options.ts';

const DEFAULTS: SourceOptions = {
  transport: 'automatic',
  anyPort: false,
  fingerprint: '',
  play: {},
  udpPortRange: [32_768, 60_999],
  udpReadBufferBytes: undefined,
  demuxMpegts: false,
  useAbsoluteTimestamp: false,
};

describe('options of sources', () => {
  test('no keys, and the keys of a path that sets none', () => {
    expect(parseSourceOptions({})).toEqual(DEFAULTS);
    expect(parseSourceOptions({ ...marshalPath({ ...defaultPathConfig(), name: 'x' }) })).toEqual(DEFAULTS);
  });

  test.each<[keys: Record<string, unknown>, expected: Partial<SourceOptions>]>([
    [
      { rtspTransport: 'multicast', rtspAnyPort: true },
      { transport: 'multicast', anyPort: true },
    ],
    [{ sourceFingerprint: 'ab' }, { fingerprint: 'ab' }],
    [
      { rtspUDPSourcePortRange: [10_000, 10_001], rtspUDPReadBufferSize: 5 },
      { udpPortRange: [10_000, 10_001], udpReadBufferBytes: 5 },
    ],
    [{ rtspRangeType: 'clock', rtspRangeStart: '20230812T120000Z' }, { play: { range: { type: 'clock', utc: '20230812T120000Z' } } }],
    [{ rtspRangeType: 'npt', rtspRangeStart: '1m1.5s' }, { play: { range: { type: 'npt', seconds: 61.5 } } }],
    [{ rtspRangeType: 'smpte', rtspRangeStart: '2h' }, { play: { range: { type: 'smpte', seconds: 7_200 } } }],
    [{ rtspScale: '2.0' }, { play: { scale: '2.0' } }],
    [{ unknown: 1 }, {}],
  ])('%j', (keys, expected) => expect(parseSourceOptions(keys)).toEqual({ ...DEFAULTS, ...expected }));

  test.each([{ rtspTransport: 'quic' }, { rtspUDPSourcePortRange: [1] }, { rtspRangeType: 'npt', rtspRangeStart: 'soon' }])(
    '%j is refused',
    (keys) => {
      expect(() => parseSourceOptions(keys)).toThrow();
    },
  );
});
