import { Lifetime, RawPublisher, RawReader, TOPOLOGIES, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { reachReaders, testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MEDIA = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-counted/90000'];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PACKETS = 200;
const HEADER_BYTES = 12;
const PAYLOAD_BYTES = 300;
const PACKET_BYTES = HEADER_BYTES + PAYLOAD_BYTES;
const READERS = 2;

interface List<Item> {
  readonly itemCount: number;
  readonly pageCount: number;
  readonly items: readonly Item[];
}
type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly state: string };

describe.each(TOPOLOGIES)('Control API on $name', (topology) => {
  const lifetime = new Lifetime();
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start());
  });
  afterAll(() => lifetime.end());

  const get = async <Body>(path: string): Promise<Body> => {
    const response = await fetch(product.apiUrl(path));
    expect(response.status).toBe(200);
    return (await response.json()) as Body;
  };

  const sessionsOf = async (path: string): Promise<readonly Row[]> =>
    (await get<List<Row>>('/v3/rtspsessions/list')).items.filter((row) => row['path'] === path);

  /** A publisher and two readers of a path, over TCP. */
  const publishAndRead = async (path: string) => {
    const during = testLifetime(product);
    const port = product.ports.rtsp;
    const publisher = during.own(await RawPublisher.start({ port, path, medias: [MEDIA] }));
    const readers: RawReader[] = [];
    for (let index = 0; index < READERS; index++) readers.push(during.own(await RawReader.start({ port, path })));
    return { publisher, readers };
  };

  test('info', async () => {
    const info = await get<{ readonly version: string; readonly started: string }>('/v3/info');
    expect(info.version).toMatch(/^v?\d+\.\d+\.\d+$/);
    expect(Date.parse(info.started)).toBeLessThanOrEqual(Date.now());
  });

  const change = async (method: string, path: string, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const response = await fetch(product.apiUrl(`/v3/config/${path}`), { method, body: JSON.stringify(body) });
    expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
  };

  test('changes of the configuration take effect, and a stream that they do not touch loses nothing', async () => {
    const { publisher, readers } = await publishAndRead('steady');
    let index = await reachReaders(publisher, readers, packet);
    const starts = readers.map((reader) => reader.packets().length);
    const first = index;
    const changes: readonly [string, string, Readonly<Record<string, unknown>>][] = [
      ['POST', 'paths/add/limited', { maxReaders: 1 }],
      ['PATCH', 'paths/patch/limited', { maxReaders: 2 }],
      ['PATCH', 'global/patch', { hlsSegmentCount: 9, srtAddress: '127.0.0.1:0' }],
      ['PATCH', 'paths/patch/all_others', { recordPath: './other/%path/%Y-%m-%d_%H-%M-%S-%f' }], // taken by the live path
      ['POST', 'paths/replace/limited', {}],
    ];
    for (const [method, path, body] of changes) {
      for (let count = 0; count < 20; count++) publisher.sendRtp(0, packet(index++));
      await change(method, path, body);
      for (let count = 0; count < 20; count++) publisher.sendRtp(0, packet(index++));
    }
    const sent = index - first;
    for (const [which, reader] of readers.entries()) {
      await waitFor(() => payloadOf(reader.packets().at(-1)!).equals(payloadOf(packet(index - 1))), {
        deadlineMs: 10_000,
        what: 'the last packet',
      });
      expect(reader.packets().length - starts[which]!).toBeGreaterThanOrEqual(sent);
      const payloads = reader.packets().slice(-sent).map(payloadOf);
      expect(payloads.every((payload, offset) => payload.equals(payloadOf(packet(first + offset))))).toBe(true);
    }
    expect(await get('/v3/config/global/get')).toMatchObject({ hlsSegmentCount: 9 });
    expect(await get('/v3/config/paths/get/limited')).toMatchObject({ maxReaders: 0 });
    const gone = await fetch(product.apiUrl('/v3/config/paths/delete/limited'), { method: 'DELETE' });
    expect(gone.status).toBe(200);
  });

  test('paths and sessions count every packet', async () => {
    const { publisher, readers } = await publishAndRead('counted');
    const before = await reachReaders(publisher, readers, packet);
    const sent = before + PACKETS;
    for (let index = before; index < sent; index++) publisher.sendRtp(0, packet(index));
    for (const reader of readers) {
      await waitFor(() => payloadOf(reader.packets().at(-1)!).equals(payloadOf(packet(sent - 1))), {
        deadlineMs: 10_000,
        what: 'the last packet',
      });
    }
    const received = readers.map((reader) => reader.packets().length);
    const rows = await sessionsOf('counted');
    expect(rows.map(({ state }) => state)).toEqual(['publish', 'read', 'read']);
    expect(rows[0]).toMatchObject({ transport: 'TCP', profile: 'AVP', inboundRTPPackets: sent, inboundRTPPacketsLost: 0 });
    expect(rows[0]!['inboundBytes']).toBeGreaterThanOrEqual(sent * PACKET_BYTES);
    rows.slice(1).forEach((row, index) => {
      expect(received[index]).toBeGreaterThan(PACKETS);
      expect(row).toMatchObject({ transport: 'TCP', outboundRTPPackets: received[index], outboundRTPPacketsDiscarded: 0 });
      expect(row['outboundBytes']).toBeGreaterThanOrEqual(received[index]! * PACKET_BYTES);
    });
    const path = await get<Readonly<Record<string, unknown>>>('/v3/paths/get/counted');
    expect(path).toMatchObject({
      name: 'counted',
      confName: 'all_others',
      ready: true,
      available: true,
      online: true,
      source: { type: 'rtspSession', id: rows[0]!.id },
      tracks: ['Generic'],
      inboundBytes: sent * PACKET_BYTES,
      outboundBytes: (received[0]! + received[1]!) * PACKET_BYTES,
      inboundFramesInError: 0,
    });
    const reading = path['readers'] as readonly { readonly type: string; readonly id: string }[];
    expect(reading.map(({ type }) => type)).toEqual(['rtspSession', 'rtspSession']);
    expect(reading.map(({ id }) => id).toSorted()).toEqual(
      rows
        .slice(1)
        .map(({ id }) => id)
        .toSorted(),
    );

    const list = await get<List<{ readonly name: string }>>('/v3/paths/list');
    expect(list.items.map(({ name }) => name)).toContain('counted');
    expect(list.itemCount).toBe(list.items.length);
  });

  test('connections belong to sessions', async () => {
    await publishAndRead('connected');
    const sessions = await sessionsOf('connected');
    const { items } = await get<List<Row>>('/v3/rtspconns/list');
    for (const session of sessions) {
      expect(session.id).toMatch(UUID);
      const [connection] = session['conns'] as readonly string[];
      const row = items.find(({ id }) => id === connection);
      expect(row).toMatchObject({ session: session.id, remoteAddr: session['remoteAddr'], tunnel: 'none' });
      expect(await get<Row>(`/v3/rtspsessions/get/${session.id}`)).toMatchObject({ id: session.id, path: 'connected' });
    }
  });

  test('a kicked reader is closed, the others are not', async () => {
    const { publisher, readers } = await publishAndRead('kicked');
    const reading = (await sessionsOf('kicked')).filter(({ state }) => state === 'read');
    const response = await fetch(product.apiUrl(`/v3/rtspsessions/kick/${reading[0]!.id}`), { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    await waitFor(() => readers.some((reader) => reader.client.isClosed), { deadlineMs: 10_000, what: 'the kick' });
    const left = await waitFor(
      async () => {
        const rows = await sessionsOf('kicked');
        return rows.length === READERS && rows;
      },
      { deadlineMs: 10_000, what: 'one session less' },
    );
    expect(left.map(({ id }) => id)).not.toContain(reading[0]!.id);
    await reachReaders(
      publisher,
      readers.filter((reader) => !reader.client.isClosed),
      packet,
    );
  });

  test('what does not exist', async () => {
    const answers = await Promise.all(
      ['/v3/paths/get/nothing', '/v3/rtspsessions/get/00000000-0000-0000-0000-000000000000', '/v3/nothing'].map(async (path) => {
        const response = await fetch(product.apiUrl(path));
        return [response.status, await response.text()];
      }),
    );
    expect(answers).toEqual([
      [404, '{"status":"error","error":"path not found"}'],
      [404, '{"status":"error","error":"session not found"}'],
      [404, '404 page not found'],
    ]);
  });

  test('a path that nobody publishes any more is gone', async () => {
    const { publisher, readers } = await publishAndRead('leaving');
    publisher.close();
    for (const reader of readers) await reader.client.closed;
    await waitFor(async () => (await fetch(product.apiUrl('/v3/paths/get/leaving'))).status === 404, {
      deadlineMs: 10_000,
      what: 'the end of the path',
    });
    expect(await sessionsOf('leaving')).toEqual([]);
  });
});

function payloadOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.subarray(HEADER_BYTES));
}

function packet(index: number): Uint8Array {
  const bytes = Buffer.alloc(PACKET_BYTES, index & 0xff);
  bytes[0] = 0x80;
  bytes[1] = 98;
  bytes.writeUInt16BE(index, 2);
  bytes.writeUInt32BE(index * 9, 4);
  bytes.writeUInt32BE(0x0bad_cafe, 8);
  return bytes;
}
