import { rfc3339 } from '@mediamesh/http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlApiRig, STARTED_AT_MS } from './control-api-rig.cases.ts';

const CONFIG = `
paths:
  cam/front:
  pulled:
    source: rtsp://127.0.0.1:1/x
    sourceOnDemand: yes
  moved:
    source: redirect
    sourceRedirect: rtsp://127.0.0.1:1/y
  all_others:
`;

let rig: ControlApiRig;
beforeEach(async () => {
  rig = await ControlApiRig.open(CONFIG);
});
afterEach(() => rig.close());

describe('info', () => {
  test('version and start', async () => {
    const response = await rig.fetch('/v3/info');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('server')).toBe('mediamtx');
    expect(await response.json()).toEqual({ version: expect.stringMatching(/^v\d/), started: rfc3339(STARTED_AT_MS) });
  });
});

const EMPTY = { inboundBytes: 0, outboundBytes: 0, inboundFramesInError: 0, bytesReceived: 0, bytesSent: 0 };
const OFFLINE = {
  ready: false,
  readyTime: null,
  available: false,
  availableTime: null,
  online: false,
  onlineTime: null,
  source: null,
  tracks: [],
  tracks2: [],
  readers: [],
  ...EMPTY,
  sourceError: null,
  health: null,
};

describe('paths', () => {
  test('configured paths without a stream', async () => {
    const never = '0001-01-01T00:00:00Z';
    expect(await rig.json('/v3/paths/list')).toEqual({
      itemCount: 3,
      pageCount: 1,
      items: [
        { ...OFFLINE, name: 'cam/front', confName: 'cam/front' },
        { ...OFFLINE, name: 'moved', confName: 'moved', online: true, onlineTime: never, source: { type: 'redirect', id: '' } },
        { ...OFFLINE, name: 'pulled', confName: 'pulled', online: true, onlineTime: never, source: { type: 'rtspSource', id: '' } },
      ],
    });
  });

  test('a stream, its counters summed over the instances, in the order of the contract', async () => {
    const [ingest, edge] = [await rig.gateway('a'), await rig.gateway('b')];
    const before = Date.now();
    const publisher = await rig.publish(ingest, 'live/one');
    publisher.ingest.inboundBytes = 1000;
    publisher.ingest.framesInError = 3;
    ingest.outbound.of('live/one', publisher).bytes = 20;
    edge.outbound.of('live/one', publisher).bytes = 300;
    const text = await (await rig.fetch('/v3/paths/get/live/one')).text();
    const path = JSON.parse(text) as { readyTime: string; health: { tracks: object[] } };
    const { readyTime, health } = path;
    const unknown = { bitrateBps: null, frameRate: null, keyFrameIntervalMs: null, bFrames: null, clockDriftPpm: null };
    const silenceMs = expect.any(Number) as number;
    expect(health).toEqual({
      bitrateBps: null,
      alerts: [],
      tracks: [
        { codec: 'H264', kind: 'video', ...unknown, silenceMs },
        { codec: 'Opus', kind: 'audio', ...unknown, silenceMs },
      ],
    });
    expect(readyTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/);
    expect(Math.abs(Date.parse(readyTime) - before)).toBeLessThan(60_000);
    expect(text).toBe(
      JSON.stringify({
        name: 'live/one',
        confName: 'all_others',
        ready: true,
        readyTime,
        available: true,
        availableTime: readyTime,
        online: true,
        onlineTime: readyTime,
        source: { type: 'rtspSession', id: publisher.sessionId },
        tracks: ['H264', 'Opus'],
        tracks2: [
          { codec: 'H264', codecProps: { width: 0, height: 0, profile: '', level: '' } },
          { codec: 'Opus', codecProps: { channelCount: 2 } },
        ],
        readers: [],
        inboundBytes: 1000,
        outboundBytes: 320,
        inboundFramesInError: 3,
        bytesReceived: 1000,
        bytesSent: 320,
        sourceError: null,
        health,
      }),
    );
    expect(await rig.json('/v3/paths/get/live%2Fone')).toEqual({ ...path, health: expect.anything() as object });
  });

  test.each([
    ['/v3/paths/get/none', 404, 'path not found'],
    ['/v3/paths/get/', 400, 'invalid name'],
    ['/v3/paths/list?itemsPerPage=0', 400, 'invalid items per page'],
    ['/v3/paths/list?page=x', 400, 'strconv.ParseUint: parsing "x": invalid syntax'],
  ])('%s: %i %s', async (path, status, error) => {
    const response = await rig.fetch(path);
    expect([response.status, await response.json()]).toEqual([status, { status: 'error', error }]);
    expect(rig.logged).toContain(`error ${error}`);
  });

  test('pages', async () => {
    expect(await rig.json('/v3/paths/list?itemsPerPage=2&page=1')).toMatchObject({
      itemCount: 3,
      pageCount: 2,
      items: [{ name: 'pulled' }],
    });
    expect(await rig.json('/v3/paths/list?itemsPerPage=2&page=2')).toEqual({ itemCount: 3, pageCount: 2, items: [] });
  });
});
