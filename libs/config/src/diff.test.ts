import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { comparePaths, diffConfig } from './diff.ts';
import { resolveConfig } from './resolve.ts';
import { COMPONENTS } from './schema/component.ts';
import { defaultPathConfig } from './schema/schema.ts';

function diff(before: string, after: string) {
  const resolve = (yaml: string) => resolveConfig(parseConfigText(yaml)).config;
  return diffConfig(resolve(before), resolve(after));
}

function restarts(after: string, before = ''): string {
  return [...diff(before, after).restart].sort().join(' ');
}

const SERVERS = 'api hls moq rtmp rtmps rtsp rtsps srt webrtc';

describe('global keys', () => {
  test.each<[string, string]>([
    ['', ''],
    ['rtspAddress: :8554', ''],
    ['rtspTransports: [udp, tcp, multicast]', ''],
    ['api: yes', 'api'],
    ['apiAddress: :1', 'api'],
    ['hlsAddress: :1', 'api hls'],
    ['hlsSegmentCount: 8', 'api hls'],
    ['webrtcAddress: :1', 'api webrtc'],
    ['srtAddress: :1', 'api srt'],
    ['moqHTTP2Address: :1', 'api moq'],
    ['rtmpAddress: :1', 'api rtmp'],
    ['rtmpsAddress: :1', 'api rtmps'],
    ['rtmpEncryption: optional', 'api rtmp rtmps'],
    ['rtpAddress: :1', 'api rtsp'],
    ['srtpAddress: :1', 'api rtsps'],
    ['rtspServerKey: x', 'api rtsps'],
    ['rtspAuthMethods: [digest]', 'api rtsp rtsps'],
    ['rtspUDPReadBufferSize: 5', 'api rtsp rtsps'],
    ['runOnConnect: x', 'api rtmp rtmps rtsp rtsps srt'],
    ['playback: yes', 'playback'],
    ['pprof: yes', 'pprof'],
    ['metrics: yes', `${SERVERS} metrics pathManager`.split(' ').sort().join(' ')],
    ['rtspAddress: :1', `${SERVERS} pathManager`.split(' ').sort().join(' ')],
    ['rtspEncryption: optional', `${SERVERS} pathManager`.split(' ').sort().join(' ')],
    ['writeQueueSize: 1024', `${SERVERS} pathManager`.split(' ').sort().join(' ')],
    ['udpMaxPayloadSize: 1000', `${SERVERS} pathManager`.split(' ').sort().join(' ')],
    ['authJWTIssuer: x', `${SERVERS} auth metrics pathManager playback pprof`.split(' ').sort().join(' ')],
    ['readTimeout: 1s', `${SERVERS} auth metrics pathManager playback pprof`.split(' ').sort().join(' ')],
    ['writeTimeout: 1s', `${SERVERS} metrics pathManager playback pprof`.split(' ').sort().join(' ')],
    [
      'logFile: x',
      COMPONENTS.filter((component) => component !== 'auth')
        .sort()
        .join(' '),
    ],
    ['authInternalUsers: []', ''],
    ['stateDirectory: x', ''],
    ['rtspDisable: yes', 'api rtsp rtsps'],
  ])('%s restarts %s', (yaml, expected) => {
    expect(restarts(yaml)).toBe(expected);
  });

  test('the keys that changed are named', () => {
    expect(diff('', 'authInternalUsers: []\nlogFile: x').changedGlobalKeys).toEqual(['logFile', 'authInternalUsers']);
  });

  test('the record cleaner runs while something is to be deleted', () => {
    const keeping = 'pathDefaults: {recordDeleteAfter: 0s}\npaths: {a: }';
    expect(restarts('paths: {a: }')).toBe('recordCleaner');
    expect(restarts(keeping)).toBe('');
    expect(restarts(keeping, 'paths: {a: }')).toBe('recordCleaner');
    expect(restarts('paths: {a: , b: }', 'paths: {a: }')).toBe('');
  });
});

describe('paths', () => {
  test('added, removed, changed', () => {
    const before = 'paths: {same: , gone: , hot: , cold: {maxReaders: 1}, both: }';
    const after = 'paths: {same: , new: , hot: {record: yes}, cold: {maxReaders: 2}, both: {record: yes, maxReaders: 2}}';
    expect(diff(before, after).paths).toEqual({ added: ['new'], removed: ['gone'], hotChanged: ['hot'], recreated: ['both', 'cold'] });
  });

  test('a change of pathDefaults reaches the paths that do not override it', () => {
    const paths = 'paths: {a: , b: {maxReaders: 3}}';
    expect(diff(paths, `pathDefaults: {maxReaders: 5}\n${paths}`).paths).toMatchObject({ hotChanged: [], recreated: ['a'] });
    expect(diff(paths, `pathDefaults: {gopCache: burst}\n${paths}`).paths).toMatchObject({ hotChanged: ['a', 'b'], recreated: [] });
  });

  test('a key that is set to what it was is no change', () => {
    expect(diff('paths: {a: }', 'paths: {a: {maxReaders: 0, rpiCameraAWBGains: [0, 0]}}').paths).toMatchObject({
      hotChanged: [],
      recreated: [],
    });
  });

  test.each<[object, string]>([
    [{}, 'none'],
    [{ name: 'other' }, 'none'],
    [{ forward: [{ dest: 'srt://a', destFingerprint: '', whipBearerToken: '' }] }, 'hot'],
    [{ recordPath: 'x', rpiCameraBitrate: 1, rpiCameraAWBGains: [1, 2] }, 'hot'],
    [{ gopCache: 'burst', publisherGrace: 1, sourceSilenceTimeout: 1 }, 'hot'],
    [{ healthAlerts: { ...defaultPathConfig().healthAlerts, maxSilence: 3_000 } }, 'hot'],
    [{ record: true, runOnRead: 'x' }, 'recreate'],
    [{ source: 'rtsp://h' }, 'recreate'],
    [{ fallback: '/x' }, 'recreate'],
  ])('%j: %s', (change, expected) => {
    expect(comparePaths(defaultPathConfig('a'), { ...defaultPathConfig('a'), ...change })).toBe(expected);
  });
});
