import { SESSION_KINDS } from '@mediamesh/contracts';
import { rfc3339 } from '@mediamesh/http';
import { afterEach, describe, expect, test } from 'vitest';
import { ControlApiRig, sessionOf } from './control-api-rig.cases.ts';
import { MISSING_INSTANCES_HEADER } from './gateways.ts';

let rig: ControlApiRig;
afterEach(() => rig.close());

const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const createdOf = (number: number): string => new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();

describe('sessions of gateways', () => {
  test.each([
    ['rtspConn', 'rtspconns', 'connection not found'],
    ['rtspSession', 'rtspsessions', 'session not found'],
    ['rtspsConn', 'rtspsconns', 'connection not found'],
    ['rtspsSession', 'rtspssessions', 'session not found'],
  ] as const)('%s in %s, by creation, of all instances', async (kind, name, notFound) => {
    rig = await ControlApiRig.open('rtspEncryption: optional\nrtspServerKey: x\nrtspServerCert: x');
    const [a, b] = [await rig.gateway('a'), await rig.gateway('b')];
    a.sessions.add(sessionOf(idOf(3), kind, createdOf(3)));
    a.sessions.add(sessionOf(idOf(1), kind, createdOf(1)));
    b.sessions.add(sessionOf(idOf(2), kind, createdOf(2)));
    for (const other of SESSION_KINDS.filter((candidate) => candidate !== kind)) b.sessions.add(sessionOf(idOf(4), other, createdOf(4)));
    const rows = [1, 2, 3].map((number) => ({
      id: idOf(number),
      created: rfc3339(Date.parse(createdOf(number))),
      remoteAddr: '127.0.0.1:5000',
    }));
    expect(await rig.json(`/v3/${name}/list`)).toEqual({ itemCount: 3, pageCount: 1, items: rows });
    expect(await rig.json(`/v3/${name}/list?itemsPerPage=2&page=1`)).toEqual({ itemCount: 3, pageCount: 2, items: [rows[2]] });
    expect(await rig.json(`/v3/${name}/get/${idOf(2)}`)).toEqual(rows[1]);
    const absent = await rig.fetch(`/v3/${name}/get/${idOf(9)}`);
    expect([absent.status, await absent.json()]).toEqual([404, { status: 'error', error: notFound }]);
    const malformed = await rig.fetch(`/v3/${name}/get/17`);
    expect([malformed.status, await malformed.json()]).toEqual([400, { status: 'error', error: 'invalid UUID length: 2' }]);
  });

  test('more than a message holds', async () => {
    rig = await ControlApiRig.open();
    const [a, b] = [await rig.gateway('a'), await rig.gateway('b')];
    for (let number = 0; number < 1201; number++) a.sessions.add(sessionOf(idOf(number), 'rtspConn', createdOf(number)));
    b.sessions.add(sessionOf(idOf(5000), 'rtspConn', createdOf(5000)));
    const list = (await rig.json('/v3/rtspconns/list?itemsPerPage=1000&page=1')) as { itemCount: number; items: { id: string }[] };
    expect(list.itemCount).toBe(1202);
    expect(list.items.map(({ id }) => id)).toEqual([...Array.from({ length: 201 }, (_, index) => idOf(1000 + index)), idOf(5000)]);
  });

  test('a kick ends one session, wherever it is', async () => {
    rig = await ControlApiRig.open();
    const [a, b] = [await rig.gateway('a'), await rig.gateway('b')];
    const kicked: string[] = [];
    a.sessions.add(sessionOf(idOf(1), 'rtspSession', createdOf(1), kicked));
    b.sessions.add(sessionOf(idOf(2), 'rtspSession', createdOf(2), kicked));
    b.sessions.add(sessionOf(idOf(3), 'rtspConn', createdOf(3), kicked));
    const response = await rig.fetch(`/v3/rtspsessions/kick/${idOf(2)}`, { method: 'POST' });
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
    expect(kicked).toEqual([`${idOf(2)}: kicked out by API request`]);
    for (const id of [idOf(3), idOf(4)]) {
      const absent = await rig.fetch(`/v3/rtspsessions/kick/${id}`, { method: 'POST' });
      expect([absent.status, await absent.json()]).toEqual([404, { status: 'error', error: 'session not found' }]);
    }
    const unknown = await rig.fetch(`/v3/rtspconns/kick/${idOf(3)}`, { method: 'POST' });
    expect([unknown.status, await unknown.text()]).toEqual([404, '404 page not found']);
    expect(kicked).toHaveLength(1);
  });

  test('an instance that does not answer is named', async () => {
    rig = await ControlApiRig.open('paths:\n  cam:\n');
    const gateway = await rig.gateway('here');
    gateway.sessions.add(sessionOf(idOf(1), 'rtspConn', createdOf(1)));
    rig.control.instances.heard(
      { instance: 'rtsp-gone', service: 'rtsp', startedMs: 0, sessionsRevision: 0, draining: false },
      rig.control.clock.nowMs(),
    );
    const [conns, paths, kick] = await Promise.all([
      rig.fetch('/v3/rtspconns/list'),
      rig.fetch('/v3/paths/list'),
      rig.fetch(`/v3/rtspsessions/kick/${idOf(9)}`, { method: 'POST' }),
    ]);
    for (const response of [conns, paths, kick]) expect(response.headers.get(MISSING_INSTANCES_HEADER)).toBe('rtsp-gone');
    expect(await conns.json()).toMatchObject({ itemCount: 1 });
    expect(await paths.json()).toMatchObject({ itemCount: 1 });
    expect(kick.status).toBe(404);
    expect(rig.logged.filter((line) => line.startsWith('warn '))).toEqual(
      Array.from({ length: 3 }, () => 'warn no answer from rtsp-gone: what they hold is missing in an answer'),
    );
  });

  test('without a connection to the gateways, what control knows is answered', async () => {
    rig = await ControlApiRig.open('paths:\n  cam:\n');
    await rig.gateway('here');
    await rig.disconnect();
    const response = await rig.fetch('/v3/paths/list');
    expect([response.status, response.headers.get(MISSING_INSTANCES_HEADER)]).toEqual([200, 'rtsp-here']);
    expect(await response.json()).toMatchObject({ itemCount: 1 });
  });
});

describe('servers', () => {
  const LISTS = ['hlsmuxers', 'hlssessions', 'rtmpconns', 'rtmpsconns', 'webrtcsessions', 'srtconns', 'moqsessions'];

  test('those without a gateway have empty lists', async () => {
    rig = await ControlApiRig.open('rtmpEncryption: optional');
    for (const name of LISTS) {
      expect(await rig.json(`/v3/${name}/list`)).toEqual({ itemCount: 0, pageCount: 0, items: [] });
      const response = await rig.fetch(`/v3/${name}/get/${idOf(1)}`);
      const notFound = name === 'hlsmuxers' ? 'muxer not found' : name.endsWith('conns') ? 'connection not found' : 'session not found';
      expect([name, response.status, await response.json()]).toEqual([name, 404, { status: 'error', error: notFound }]);
    }
  });

  test.each([
    ['rtsp: no', ['rtspconns', 'rtspsessions', 'rtspsconns', 'rtspssessions']],
    ['rtspEncryption: strict', ['rtspconns', 'rtspsessions']],
    ["rtspEncryption: 'no'", ['rtspsconns', 'rtspssessions']],
    ['rtmpEncryption: strict', ['rtmpconns']],
    ["rtmpEncryption: 'no'", ['rtmpsconns']],
    ['{rtmp: no, hls: no, webrtc: no, srt: no, moq: no}', LISTS],
  ])('%s: no routes for %s', async (yaml, names) => {
    rig = await ControlApiRig.open(yaml.startsWith('{') ? yaml.slice(1, -1).replaceAll(', ', '\n') : yaml);
    for (const name of names) {
      const response = await rig.fetch(`/v3/${name}/list`);
      expect([name, response.status, await response.text()]).toEqual([name, 404, '404 page not found']);
    }
  });
});
