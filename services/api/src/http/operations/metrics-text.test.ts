import { readFileSync } from 'node:fs';
import { defaultGlobalConfig, defaultPathConfig } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import type { SessionKind } from '@mediamesh/contracts';
import { describe, expect, test } from 'vitest';
import type { SessionRow } from '../gateways.ts';
import type { PathObject } from '../path-object.ts';
import { parseSamples } from './exposition.cases.ts';
import { metricsText } from './metrics-text.ts';
import type { ForwardRow, Measured } from './metrics-text.ts';
import { SESSION_METRICS, metricSuffix } from './session-metrics.ts';

/** What MediaMTX v1.20.1 answered: without streams, and with an RTSP reader of `one` and an HLS reader of `two`. */
const ZEROS = readFileSync(new URL('testdata/mediamtx-zeros.txt', import.meta.url), 'utf8');
const STREAMS = readFileSync(new URL('testdata/mediamtx-streams.txt', import.meta.url), 'utf8');

const ALL_SERVERS: Config = {
  ...defaultGlobalConfig(),
  pathDefaults: defaultPathConfig(),
  paths: new Map(),
  rtspEncryption: 'optional',
  rtmpEncryption: 'optional',
};
const NOTHING: Measured = { config: ALL_SERVERS, paths: [], forwards: [], sessions: new Map() };
const FORWARD: ForwardRow = { id: 'f1', path: 'one', protocol: 'rtmp', state: 'forwarding', outboundBytes: 7 };

/** Values of one path or session by metric, from a text. */
function objectsIn(text: string, type: string, key: string): readonly Readonly<Record<string, string>>[] {
  const objects = new Map<string, Record<string, string>>();
  for (const { name, labels, value } of parseSamples(text)) {
    if (labels[key] === undefined || (name !== type && !name.startsWith(`${type}_`))) continue;
    const object = objects.get(labels[key]) ?? {};
    objects.set(labels[key], Object.assign(object, labels, { [name]: value }));
  }
  return [...objects.values()];
}

function measuredIn(text: string): Measured {
  const sessions = new Map<SessionKind, readonly SessionRow[]>();
  for (const { type, labels, fields, deprecated, kind } of SESSION_METRICS) {
    if (kind === undefined) continue;
    const rows = objectsIn(text, type, labels[0]![0]).map((object) => ({
      ...Object.fromEntries(labels.map(([label, field]) => [field, object[label]])),
      ...Object.fromEntries([...fields, ...deprecated].map((field) => [field, Number(object[`${type}_${metricSuffix(field)}`])])),
    }));
    sessions.set(kind, rows as unknown as SessionRow[]);
  }
  const paths = objectsIn(text, 'paths', 'name').map((object) => ({
    name: object['name'],
    ready: object['state'] === 'ready',
    readers: object['readerType'] === '' ? [] : [{ type: object['readerType'], id: '' }],
    inboundBytes: Number(object['paths_inbound_bytes']),
    outboundBytes: Number(object['paths_outbound_bytes']),
    inboundFramesInError: Number(object['paths_inbound_frames_in_error']),
    bytesReceived: Number(object['paths_bytes_received']),
    bytesSent: Number(object['paths_bytes_sent']),
    health: null,
  }));
  return { ...NOTHING, sessions, paths: paths as unknown as PathObject[] };
}

const headlines = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('# '));
const STREAMING = measuredIn(STREAMS);
const SESSION_ID = String(STREAMING.sessions.get('rtspSession')![0]!.id);

describe('as MediaMTX answers', () => {
  test('without streams', () => {
    expect(metricsText(NOTHING, {})).toBe(ZEROS);
  });

  test('with streams', () => {
    expect(STREAMING.paths).toHaveLength(2);
    expect(metricsText(STREAMING, {})).toBe(STREAMS);
  });

  test('names of metrics of a session', () => {
    const names = parseSamples(ZEROS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    // All but those of forward destinations.
    expect(names).toHaveLength(157);
  });
});

describe('groups', () => {
  test.each([
    'paths',
    'hls_sessions',
    'hls_muxers',
    'rtsp_conns',
    'rtsps_sessions',
    'rtmp_conns',
    'srt_conns',
    'webrtc_sessions',
    'moq_sessions',
  ])('type=%s alone', (type) => {
    const text = metricsText(NOTHING, { type });
    expect(ZEROS).toContain(text);
    for (const { name } of parseSamples(text)) expect(name).toMatch(new RegExp(`^${type}(_|$)`));
    expect(parseSamples(text)[0]).toEqual({ name: type, labels: {}, value: '0' });
  });

  test('an unknown type is an empty answer, an empty one is none', () => {
    expect(metricsText(NOTHING, { type: 'nope' })).toBe('');
    expect(metricsText(NOTHING, { type: '', path: '', rtsp_conn: '' })).toBe(ZEROS);
  });

  test('of a server that is disabled are absent', () => {
    const config = { ...ALL_SERVERS, rtsp: false, rtmpEncryption: 'strict', hls: false, webrtc: false, srt: false, moq: false } as const;
    expect(headlines(metricsText({ ...NOTHING, config }, {}))).toEqual([
      '# Paths',
      '# Paths (deprecated)',
      '# RTMPS connections',
      '# RTMPS connections (deprecated)',
    ]);
  });
});

describe('paths', () => {
  test('readers are counted by type; a path without any says so', () => {
    const [one, two] = STREAMING.paths;
    const readers = ['webRTCSession', 'hlsSession', 'webRTCSession'].map((type) => ({ type, id: '' }));
    const paths = [{ ...one!, readers } as PathObject, { ...two!, readers: [], ready: false }];
    expect(metricsText({ ...NOTHING, paths }, { type: 'paths' }).match(/^paths_readers.*$/gm)).toEqual([
      'paths_readers{name="one",readerType="hlsSession",state="ready"} 1',
      'paths_readers{name="one",readerType="webRTCSession",state="ready"} 2',
      'paths_readers{name="two",readerType="",state="notReady"} 0',
    ]);
  });
});

describe('filters', () => {
  test('a path', () => {
    const text = metricsText(STREAMING, { path: 'one' });
    expect(headlines(text)).toEqual(['# Paths', '# Paths (deprecated)']);
    expect(parseSamples(text).every(({ labels }) => labels['name'] === 'one')).toBe(true);
  });

  test('health is of the path, or of its own type', () => {
    const paths = STREAMING.paths.map((path) => ({ ...path, health: { bitrateBps: 5, alerts: [], tracks: [] } }));
    const healthy = { ...STREAMING, paths };
    expect(metricsText(healthy, { type: 'mediamesh_streams' }).match(/^mediamesh_streams{.*$/gm)).toHaveLength(2);
    expect(headlines(metricsText(healthy, { path: 'one' }))).toEqual(['# Paths', '# Paths (deprecated)', '# Health of streams']);
    expect(headlines(metricsText(healthy, { type: 'paths' }))).toEqual(['# Paths', '# Paths (deprecated)']);
    expect(metricsText(healthy, {}).startsWith(STREAMS)).toBe(true);
  });

  test('a session, and one that is not there', () => {
    const text = metricsText(STREAMING, { rtsp_session: SESSION_ID });
    expect(headlines(text)).toEqual(['# RTSP sessions', '# RTSP sessions (deprecated)']);
    expect(new Set(parseSamples(text).map(({ labels }) => labels['id']))).toEqual(new Set([SESSION_ID]));
    expect(metricsText(STREAMING, { rtsp_session: 'none' })).toBe('# RTSP sessions\n\n# RTSP sessions (deprecated)\n\n');
    expect(metricsText(STREAMING, { rtsps_session: 'none' })).toBe('');
    expect(metricsText(NOTHING, { path: 'none' })).toBe('');
  });

  test('a muxer is selected by its path', () => {
    expect(metricsText(STREAMING, { hls_muxer: 'two' })).toContain('hls_muxers{name="two"} 1\n');
  });

  test('with a type that does not fit, nothing', () => {
    expect(metricsText(STREAMING, { type: 'paths', rtsp_session: SESSION_ID })).toBe('');
  });
});

describe('forward destinations', () => {
  const forwarding = { ...NOTHING, forwards: [FORWARD] };
  const lines =
    '# Forward destinations\nforward_dests{id="f1",path="one",protocol="rtmp",state="forwarding"} 1\n' +
    'forward_dests_outbound_bytes{id="f1",path="one",protocol="rtmp",state="forwarding"} 7\n\n';

  test.each([{ type: 'forward_dests' }, { forward_dest: 'f1' }, { type: 'forward_dests', path: 'one' }])('%j', (query) => {
    expect(metricsText(forwarding, query)).toBe(lines);
  });

  test('come with their path', () => {
    expect(metricsText({ ...forwarding, paths: STREAMING.paths }, { path: 'one' })).toContain(lines);
  });

  test.each([{ forward_dest: 'f2' }, { type: 'forward_dests', path: 'two' }])('%j is not there', (query) => {
    expect(metricsText(forwarding, query)).toBe('');
  });

  test('zeros only for who asks for them', () => {
    expect(metricsText(NOTHING, { type: 'forward_dests' })).toBe(
      '# Forward destinations\nforward_dests 0\nforward_dests_outbound_bytes 0\n\n',
    );
  });
});
