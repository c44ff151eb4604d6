import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lifetime, REPOSITORY, waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_SEGMENT_BYTES } from './playlist-pull.ts';
import { MediaServer, clip, probed, splitMp4 } from './testing/media-server.cases.ts';
import type { Answer } from './testing/media-server.cases.ts';
import { SourceRig } from './testing/source-rig.cases.ts';

const DEADLINE_MS = 15_000;
const TS = clip('h264-aac.mpegts');
/** Of the clip. */
const VIDEO_FRAMES = 10;
const HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n';
const VOD = `${HEAD}#EXT-X-PLAYLIST-TYPE:VOD\n`;

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

async function serve(files: Readonly<Record<string, Answer>>): Promise<MediaServer> {
  return lifetime.own(await MediaServer.open(files));
}

async function pull(server: MediaServer, keys: Readonly<Record<string, unknown>> = {}, path = '/index.m3u8'): Promise<SourceRig> {
  return lifetime.own(await SourceRig.open(server.url(path), keys));
}

async function frames(rig: SourceRig, trackId: number, count: number): Promise<void> {
  const what = `${count} units of track ${trackId}`;
  await waitFor(() => rig.bus.unitsOf(trackId).length >= count, { deadlineMs: DEADLINE_MS, what }).catch((error: unknown) => {
    throw new Error(`${what} did not come, but ${rig.bus.unitsOf(trackId).length}:\n${rig.log}`, { cause: error });
  });
}

function expectRising(rig: SourceRig, trackId: number): void {
  const times = rig.bus.unitsOf(trackId).map(({ dtsTicks }) => dtsTicks);
  expect(times.every((time, index) => index === 0 || time > times[index - 1]!)).toBe(true);
}

describe('every frame arrives', () => {
  test('of MPEG-TS, across discontinuities, and then the stream ends', async () => {
    const segment = '#EXTINF:0.4,\na.ts\n';
    const server = await serve({
      '/index.m3u8': `${VOD}${segment}#EXT-X-DISCONTINUITY\n${segment}#EXT-X-DISCONTINUITY\n${segment}#EXT-X-ENDLIST\n`,
      '/a.ts': TS,
    });
    const rig = await pull(server);
    await rig.logged('ERR [path x] [HLS source] end of stream');
    expect(rig.bus.states[0]!.description.tracks.map(({ codec }) => codec)).toEqual(['H264', 'MPEG-4 Audio']);
    expect(rig.bus.unitsOf(1)).toHaveLength(3 * VIDEO_FRAMES);
    expectRising(rig, 1);
    expectRising(rig, 2);
    expect(rig.bus.unitsOf(1).filter(({ key }) => key)).toHaveLength(6);
  });

  test.each(['h264-aac.mp4', 'av1-opus.mp4', 'h265.mp4', 'vp9-flac.mp4'])('of fMP4: %s', async (file) => {
    const { init, media } = splitMp4(clip(file));
    const files = { '/init.mp4': init, '/a.m4s': media };
    const server = await serve({ ...files, '/index.m3u8': `${VOD}#EXT-X-MAP:URI="init.mp4"\n#EXTINF:0.4,\na.m4s\n#EXT-X-ENDLIST\n` });
    const rig = await pull(server);
    await rig.logged('end of stream');
    expect(rig.bus.unitsOf(1)).toHaveLength(VIDEO_FRAMES);
    const [video] = rig.bus.states[0]!.description.tracks;
    expect(video!.clockRateHz).toBe(90_000); // what RTP of it counts in, whatever the file does
    const times = rig.bus.unitsOf(1).map(({ dtsTicks }) => dtsTicks);
    const { dts, timescale } = probed(file);
    const expected = dts.map((ticks) => times[0]! + ((ticks - dts[0]!) * 90_000) / timescale);
    for (const [frame, time] of times.entries()) expect(Math.abs(time - expected[frame]!)).toBeLessThanOrEqual(1);
  });

  test('of one file, in ranges', async () => {
    const file = clip('h264-aac.mp4');
    const { init, media } = splitMp4(file);
    const map = `#EXT-X-MAP:URI="all.mp4",BYTERANGE="${init.length}@0"\n`;
    const range = `#EXT-X-BYTERANGE:${media.length}@${init.length}\n`;
    const server = await serve({ '/all.mp4': file, '/index.m3u8': `${VOD}${map}#EXTINF:0.4,\n${range}all.mp4\n#EXT-X-ENDLIST\n` });
    const rig = await pull(server);
    await rig.logged('end of stream');
    expect(rig.bus.unitsOf(1)).toHaveLength(VIDEO_FRAMES);
  });

  test('of a variant and its audio rendition, behind a redirect with a cookie', async () => {
    const video = splitMp4(clip('h265.mp4'));
    const audio = splitMp4(clip('opus-six-channels.mp4'));
    const playlist = `${VOD}#EXT-X-MAP:URI="init.mp4"\n#EXTINF:0.4,\na.m4s\n#EXT-X-ENDLIST\n`;
    const master =
      '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="a, b",URI="audio/index.m3u8"\n' +
      '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="vp8"\nother.m3u8\n' +
      '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="hvc1.1.6.L93,opus",AUDIO="g"\nvideo/index.m3u8\n';
    const server = await serve({
      '/index.m3u8': (_, response) => response.writeHead(302, { location: '/deep/master.m3u8', 'set-cookie': 'k=v; HttpOnly' }).end(),
      '/deep/master.m3u8': (request, response) => response.writeHead(request.headers.cookie === 'k=v' ? 200 : 403).end(master),
      '/deep/video/index.m3u8': playlist,
      '/deep/video/init.mp4': video.init,
      '/deep/video/a.m4s': video.media,
      '/deep/audio/index.m3u8': playlist,
      '/deep/audio/init.mp4': audio.init,
      '/deep/audio/a.m4s': audio.media,
    });
    const rig = await pull(server);
    await rig.logged('end of stream');
    expect(rig.bus.states[0]!.description.tracks.map(({ id, kind, codec }) => `${id} ${kind} ${codec}`)).toEqual([
      '1 video H265',
      '2 audio Opus',
    ]);
    expect(rig.bus.unitsOf(1)).toHaveLength(VIDEO_FRAMES);
    expect(rig.bus.unitsOf(2).length).toBeGreaterThan(10);
    // one wall clock for both, whichever playlist came first
    const skews = rig.bus.units.map(({ trackId, ptsTicks, ntpUs }) => ntpUs - (ptsTicks * 1e6) / (trackId === 1 ? 90_000 : 48_000));
    expect(Math.max(...skews) - Math.min(...skews)).toBeLessThan(5_000);
  });
});

describe('a live playlist', () => {
  const listOf = (from: number, count: number): string =>
    `${HEAD}#EXT-X-MEDIA-SEQUENCE:${from}\n#EXT-X-DISCONTINUITY-SEQUENCE:${from}\n` +
    Array.from({ length: count }, (_, index) => `#EXT-X-DISCONTINUITY\n#EXTINF:0.4,\n${from + index}.ts\n`).join('');
  const anySegment = (files: Map<string, Answer>): void => {
    for (let number = 0; number < 30; number++) files.set(`/${number}.ts`, TS);
  };

  test('begins three segments before its end, goes on, and ends with it', async () => {
    const server = await serve({ '/index.m3u8': listOf(0, 8) });
    anySegment(server.files);
    const rig = await pull(server);
    await frames(rig, 1, 3 * VIDEO_FRAMES);
    server.files.set('/index.m3u8', listOf(3, 8));
    await frames(rig, 1, 6 * VIDEO_FRAMES);
    server.files.set('/index.m3u8', `${listOf(4, 8)}#EXT-X-ENDLIST\n`);
    await rig.logged('end of stream');
    const segments = server.requests.filter((url) => url.endsWith('.ts'));
    expect(segments).toEqual([5, 6, 7, 8, 9, 10, 11].map((number) => `/${number}.ts`));
    expect(rig.bus.unitsOf(1)).toHaveLength(7 * VIDEO_FRAMES);
    expectRising(rig, 1);
  });

  test('is let go of when nobody needs it', async () => {
    const server = await serve({ '/index.m3u8': listOf(0, 3) });
    anySegment(server.files);
    const rig = await pull(server);
    await frames(rig, 1, VIDEO_FRAMES);
    await rig.sources.close('terminated');
    expect(rig.log).not.toContain('ERR');
  });
});

test('parts are asked for before they are there, and come one by one', async () => {
  const { init, media } = splitMp4(clip('h264-aac-cmaf.mp4'));
  const parts = fragmentsOf(media);
  const listed = (count: number): string =>
    `${HEAD}#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1\n#EXT-X-PART-INF:PART-TARGET=0.2\n#EXT-X-MAP:URI="init.mp4"\n` +
    Array.from({ length: count }, (_, i) => `#EXT-X-PART:DURATION=0.02,URI="${i}.m4s"${i === 0 ? ',INDEPENDENT=YES' : ''}\n`).join('');
  const ended = `${listed(parts.length)}#EXTINF:0.4,\nall.m4s\n#EXT-X-ENDLIST\n`;
  const server = await serve({
    '/init.mp4': init,
    ...Object.fromEntries(parts.map((part, index) => [`/${index}.m4s`, part])),
    '/index.m3u8': ({ url }, response) => {
      const wanted = Number(/_HLS_part=(\d+)/.exec(url!)?.[1] ?? 0);
      response.end(wanted < parts.length ? listed(wanted + 1) : ended);
    },
  });
  const rig = await pull(server);
  await rig.logged('end of stream');
  expect(server.requests.filter((url) => url.endsWith('.m4s'))).toEqual(parts.map((_, index) => `/${index}.m4s`));
  expect(server.requests).toContain(`/index.m3u8?_HLS_msn=0&_HLS_part=${parts.length}`);
  expect(rig.bus.unitsOf(1)).toHaveLength(VIDEO_FRAMES);
  expectRising(rig, 1);
  expectRising(rig, 2);
});

/** Each `moof` with its `mdat`. */
function fragmentsOf(media: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(media.buffer, media.byteOffset, media.length);
  const fragments: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < media.length; at += view.getUint32(at)) {
    if (view.getUint32(at + 4) !== 0x6d646174) continue;
    const end = at + view.getUint32(at);
    fragments.push(media.subarray(start, end));
    start = end;
  }
  return fragments;
}

test('times of the playlist are kept with useAbsoluteTimestamp', async () => {
  const time = '#EXT-X-PROGRAM-DATE-TIME:2020-02-03T04:05:06.500Z\n';
  const server = await serve({ '/index.m3u8': `${VOD}${time}#EXTINF:0.4,\na.ts\n#EXT-X-ENDLIST\n`, '/a.ts': TS });
  const rig = await pull(server, { useAbsoluteTimestamp: true });
  await rig.logged('end of stream');
  const start = Date.UTC(2020, 1, 3, 4, 5, 6, 500) * 1000;
  const times = rig.bus.unitsOf(1).map(({ ntpUs }) => ntpUs - start);
  expect(times.map((us) => Math.round(us / 1000)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: VIDEO_FRAMES }, (_, frame) => frame * 40),
  );
});

describe('TLS', () => {
  const FOLDER = join(REPOSITORY, 'services', 'rtsp', 'src', 'testing', 'testdata');
  const cert = new Uint8Array(readFileSync(join(FOLDER, 'server.crt')));
  const key = new Uint8Array(readFileSync(join(FOLDER, 'server.key')));
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '');
  const files = { '/index.m3u8': `${VOD}#EXTINF:0.4,\na.ts\n#EXT-X-ENDLIST\n`, '/a.ts': TS };

  test.each([
    ['the pinned certificate', fingerprint, /end of stream/],
    ['another certificate', `00${fingerprint.substring(2)}`, /source fingerprint does not match: expected 00.*, got/],
    ['no pin, and a certificate that nobody vouches for', '', /ERR .*certificate/],
  ])('%s', async (_name, sourceFingerprint, line) => {
    const server = lifetime.own(await MediaServer.open(files, { cert, key }));
    const rig = lifetime.own(await SourceRig.open(server.url('/index.m3u8', 'https'), { sourceFingerprint }));
    await rig.logged(line);
    if (!line.source.includes('end of')) expect(server.requests).toEqual([]);
  });
});

describe('servers that mean no good', () => {
  const list = `${VOD}#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n`;
  const endless: Answer = (_, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(1024 * 1024, 0x47);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  };

  test.each<[name: string, files: Readonly<Record<string, Answer>>, line: RegExp]>([
    ['nothing there', {}, /bad status code: 404/],
    ['garbage for a playlist', { '/index.m3u8': TS }, /does not begin with #EXTM3U/],
    ['a playlist of nothing', { '/index.m3u8': '#EXTM3U\n' }, /has no EXT-X-TARGETDURATION/],
    ['a playlist without end', { '/index.m3u8': endless }, /larger than \d+ bytes|no complete answer/],
    ['garbage for a segment', { '/index.m3u8': list, '/a.ts': 'garbage'.repeat(1000) }, /no supported tracks found/],
    ['a segment that is not there', { '/index.m3u8': list }, /bad status code: 404/],
    [
      'a segment of a gigabyte',
      { '/index.m3u8': list, '/a.ts': (_, response) => response.writeHead(200, { 'content-length': 2 ** 30 }).flushHeaders() },
      new RegExp(`larger than ${MAX_SEGMENT_BYTES} bytes`),
    ],
    ['a segment without end', { '/index.m3u8': list, '/a.ts': endless }, /larger than \d+ bytes|no complete answer/],
    ['a server that says nothing', { '/index.m3u8': () => {} }, /no complete answer within 1 s/],
    [
      'redirects in a circle',
      { '/index.m3u8': (_, response) => response.writeHead(302, { location: '/index.m3u8' }).end() },
      /stopped after 10 redirects/,
    ],
    [
      'a redirect to a file',
      { '/index.m3u8': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end() },
      /none of HTTP/,
    ],
    ['a segment that is a file', { '/index.m3u8': list.replace('a.ts', 'file:///etc/passwd') }, /none of HTTP/],
    ['encrypted media', { '/index.m3u8': `${VOD}#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:1,\na.ts\n` }, /encrypted: not supported/],
    [
      'a playlist that says the same for ever',
      { '/index.m3u8': `${HEAD}#EXTINF:1,\na.ts\n`.replace('TION:1', 'TION:0'), '/a.ts': TS },
      /not found or not ready yet/,
    ],
  ])('%s', async (_name, files, line) => {
    const rig = await pull(await serve(files));
    await rig.logged(new RegExp(`ERR \\[path x\\] \\[HLS source\\] .*(?:${line.source})`));
    expect(rig.log).not.toContain('internal error');
  });
});
