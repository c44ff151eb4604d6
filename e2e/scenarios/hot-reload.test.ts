import { Lifetime, RawPublisher, RawReader, TOPOLOGIES, TemporaryFolder, createCertificate, waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const STREAMS = 50;
const MEDIA = ['m=application 0 RTP/AVP 98', 'a=rtpmap:98 X-counted/90000'];
const HEADER_BYTES = 12;
const PACKET_BYTES = 200;
/** Of each stream. */
const PACKET_INTERVAL_MS = 40;
/** After each change. */
const MIN_PACKETS = 5;
const DEADLINE_MS = 15_000;

type Keys = Readonly<Record<string, unknown>>;

/** A change that touches no stream, and what the log says when it has been applied. */
interface Change {
  readonly keys: Keys;
  readonly applied: RegExp | undefined;
}

/** Publishers and readers of all streams; every packet of a stream has the next number. */
class Streams {
  readonly publishers: RawPublisher[] = [];
  readonly readers: RawReader[] = [];
  sent = 0;
  private pump: NodeJS.Timeout | undefined;

  async start(lifetime: Lifetime, port: number): Promise<void> {
    for (let index = 0; index < STREAMS; index++) {
      this.publishers.push(lifetime.own(await RawPublisher.start({ port, path: `stream${index}`, medias: [MEDIA] })));
    }
    // Those that return within a grace are there with their first packet.
    this.pump = setInterval(() => this.send(), PACKET_INTERVAL_MS);
    lifetime.own({ close: () => clearInterval(this.pump) });
    for (let index = 0; index < STREAMS; index++) {
      this.readers.push(lifetime.own(await RawReader.start({ port, path: `stream${index}` })));
    }
    await waitFor(() => this.readers.every((reader) => reader.packets().length > 0), { deadlineMs: DEADLINE_MS, what: 'all streams' });
  }

  async flowOn(): Promise<void> {
    const until = this.sent + MIN_PACKETS;
    await waitFor(() => this.sent >= until, { deadlineMs: DEADLINE_MS, what: 'further packets' });
  }

  /** Every reader has every packet from its first to the last that was sent, and nobody was closed. */
  async expectWhole(): Promise<void> {
    clearInterval(this.pump);
    const last = this.sent - 1;
    await waitFor(() => this.readers.every((reader) => numberOf(reader.packets().at(-1)!) === last), {
      deadlineMs: DEADLINE_MS,
      what: 'the last packet at every reader',
    });
    for (const reader of this.readers) {
      const numbers = reader.packets().map(numberOf);
      expect(numbers).toEqual(Array.from(numbers, (_, index) => numbers[0]! + index));
    }
    expect([...this.publishers, ...this.readers].filter(({ client }) => client.isClosed)).toEqual([]);
  }

  private send(): void {
    for (const publisher of this.publishers) publisher.sendRtp(0, packet(this.sent));
    this.sent++;
  }
}

describe.each(TOPOLOGIES)('50 streams on $name', (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let config: Keys;

  beforeAll(async () => {
    const { keyFile, certificateFile } = await createCertificate(folder);
    config = {
      rtspEncryption: 'optional',
      rtspServerKey: keyFile,
      rtspServerCert: certificateFile,
      rtmp: true,
      hls: true,
      paths: { all_others: null, apart: null },
    };
    product = lifetime.own(await topology.start(config));
  });
  afterAll(() => lifetime.end());

  /** One change a class of global keys: of nothing, of the API, and of each server that has no stream. */
  function changes(round: 1 | 2): readonly Change[] {
    const change = (keys: Keys, applied?: RegExp): Change => ({ keys, applied });
    const origins = [`http://origin-${round}`];
    const permissions = ['read', 'publish', 'api'].map((action) => ({ action }));
    return [
      change({
        authInternalUsers: [
          { user: 'any', permissions },
          { user: `user-${round}`, pass: 'secret', permissions },
        ],
      }),
      change({ webhooks: [{ url: `http://127.0.0.1:9/${round}`, events: ['source.failed'] }] }),
      change({ apiAllowOrigins: origins }, /\[API\] started with/),
      change({ pprofAllowOrigins: origins, playbackAllowOrigins: origins }),
      change({ hlsSegmentCount: 8 + round }, /\[HLS\] started with/),
      change({ webrtcHandshakeTimeout: `${round}s`, srtAddress: `127.0.0.1:${round}`, moqAllowOrigins: origins }),
      change({ rtmpAddress: `127.0.0.1:${round === 1 ? product.ports.rtmps : product.ports.rtmp}` }, /\[RTMP\] started with/),
    ];
  }

  async function request(method: string, path: string, body: Keys): Promise<void> {
    const response = await fetch(product.apiUrl(`/v3/config/${path}`), { method, body: JSON.stringify(body) });
    expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
  }

  /** Carries out a change, and waits until it has been applied. */
  async function apply(streams: Streams, { applied }: Change, carryOut: () => Promise<void> | void): Promise<void> {
    const before = applied === undefined ? 0 : product.log.matching(applied).length;
    await carryOut();
    if (applied !== undefined) await product.log.waitForLine(applied, { count: before + 1 });
    await streams.flowOn();
  }

  test('lose nothing while keys that do not touch them change, through the API and in the file', async () => {
    const during = testLifetime(product);
    const streams = new Streams();
    await streams.start(during, product.ports.rtsp);

    for (const change of changes(1)) await apply(streams, change, () => request('PATCH', 'global/patch', change.keys));
    const paths: readonly [string, string, Keys][] = [
      ['POST', 'paths/add/limited', { maxReaders: 1 }],
      ['PATCH', 'paths/patch/limited', { maxReaders: 2 }],
      ['PATCH', 'paths/patch/all_others', { publisherGrace: '1s' }], // all live paths take it
      ['PATCH', 'pathdefaults/patch', { recordDeleteAfter: '0s' }], // the record cleaner has nothing to do
      ['DELETE', 'paths/delete/limited', {}],
    ];
    for (const [method, path, body] of paths) await apply(streams, { keys: body, applied: undefined }, () => request(method, path, body));

    // What runs by now: this alone is no change.
    const all_others = { publisherGrace: '1s' };
    const globals = Object.assign({}, ...changes(1).map(({ keys }) => keys));
    let written = { ...config, ...globals, pathDefaults: { recordDeleteAfter: '0s' }, paths: { all_others, apart: null } };
    product.configure(written);
    const inFile: readonly Change[] = [
      ...changes(2),
      { keys: { pathDefaults: { recordDeleteAfter: '1h' } }, applied: undefined },
      { keys: { paths: { all_others: { ...all_others, gopCache: 'burst' }, apart: { maxReaders: 3 }, young: null } }, applied: undefined },
    ];
    for (const change of inFile) {
      const reloads = product.log.matching(/reloading configuration \(file changed\)/).length;
      written = { ...written, ...change.keys };
      await apply(streams, change, async () => {
        product.configure(written);
        await product.log.waitForLine(/reloading configuration \(file changed\)/, { count: reloads + 1 });
      });
    }
    await streams.expectWhole();
    expect(product.log.matching(/is publishing to path/)).toHaveLength(STREAMS);
    expect(product.log.matching(/is reading from path/)).toHaveLength(STREAMS);
  });

  test('of RTSP lose nothing while the RTSPS listener moves, whose clients are disconnected', async () => {
    const during = testLifetime(product);
    const streams = new Streams();
    await streams.start(during, product.ports.rtsp);
    const secure = during.own(await RawReader.start({ port: product.ports.rtsps, path: 'stream0', tls: true }));
    const change: Change = { keys: { rtspsAddress: `127.0.0.1:${product.ports.webrtc}` }, applied: /\[RTSPS\] started with/ };
    await apply(streams, change, () => request('PATCH', 'global/patch', change.keys));
    await secure.client.closed;
    during.own(await RawReader.start({ port: product.ports.webrtc, path: 'stream1', tls: true }));
    await streams.expectWhole();
    expect(product.log.matching(/\[RTSP\] closing/)).toEqual([]);
  });
});

function numberOf(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUInt32BE(HEADER_BYTES);
}

function packet(index: number): Uint8Array {
  const bytes = Buffer.alloc(PACKET_BYTES);
  bytes[0] = 0x80;
  bytes[1] = 98;
  bytes.writeUInt16BE(index & 0xffff, 2);
  bytes.writeUInt32BE(index * 9, 4);
  bytes.writeUInt32BE(0x0bad_cafe, 8);
  bytes.writeUInt32BE(index, HEADER_BYTES);
  return bytes;
}
