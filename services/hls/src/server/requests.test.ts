import { waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { TRACKS, TestServer } from '../testing/test-server.cases.ts';

let server: TestServer;
afterEach(() => server.close());

const INDEX = '/cam/index.m3u8?cookieCheck=1';

/** The media playlist that an index names, and its query. */
function mediaUriOf(index: string): string {
  return `/cam/${/^audio1_stream\.m3u8\S*/mu.exec(index)![0]}`;
}

describe('requests', () => {
  test.each([
    ['/', 404],
    ['/favicon.ico', 404],
    ['/cam/hls.min.js.map', 404],
    ['/cam/audio1_stream.m3u8', 401],
    ['/cam/x_audio1_part3.mp', 401],
    [`/cam/index.m3u8?cookieCheck=1&x=${'y'.repeat(9_000)}`, 400],
    [`/cam/index.m3u8?x=${'y'.repeat(70_000)}`, 431],
  ])('%.40s: %i', async (path, status) => {
    server = await TestServer.open();
    expect((await server.fetch(path)).status).toBe(status);
  });

  test.each([
    ['/cam', '/cam/'],
    ['/cam?a=b', '/cam/?a=b'],
    ['/a/../cam', '/cam/'],
    ['//evil.example/x', '/evil.example/x/'],
    ['/%5C%5Cevil.example', '/evil.example/'],
  ])('%s is redirected to %s', async (path, location) => {
    server = await TestServer.open();
    const response = await server.fetch(path);
    expect([response.status, response.headers.get('location')]).toEqual([302, location]);
  });

  test('a live path is answered from what was there before', async () => {
    server = await TestServer.open();
    const publisher = await server.publish('cam', 12);
    const index = await server.fetch(INDEX);
    expect(index.status).toBe(200);
    const playlist = await (await server.fetch(mediaUriOf(await index.text()))).text();
    expect(playlist.match(/#EXTINF/gu)).toHaveLength(7);
    expect(playlist).toContain('#EXT-X-MEDIA-SEQUENCE:11');
    await publisher.close();
    await waitFor(() => server.log.some((line) => line.includes('[HLS] [muxer cam] destroyed: the stream has ended')), {
      what: 'the end of the muxer',
      deadlineMs: 10_000,
    });
    expect((await server.fetch(mediaUriOf('audio1_stream.m3u8'))).status).toBe(401);
  });

  test('a blocking reload is answered by the part that it waits for, and by nothing before', async () => {
    server = await TestServer.open();
    const publisher = await server.publish('cam', 9.5);
    const uri = mediaUriOf(await (await server.fetch(INDEX)).text());
    let answered = false;
    const reload = server.fetch(`${uri}&_HLS_msn=16&_HLS_part=3`).then(async (response) => {
      answered = true;
      return response.text();
    });
    publisher.write(0.1);
    const other = await server.fetch(uri); // a whole round trip behind it
    expect([other.status, answered]).toEqual([200, false]);
    publisher.write(0.3);
    expect(await reload).toMatch(/_part\d+\.mp4/u);
  });

  test('who waits when the stream ends gets 500', async () => {
    server = await TestServer.open();
    const publisher = await server.publish('cam', 9.5);
    const uri = mediaUriOf(await (await server.fetch(INDEX)).text());
    const reload = server.fetch(`${uri}&_HLS_msn=16&_HLS_part=4`);
    await server.fetch(uri);
    await publisher.close();
    expect((await reload).status).toBe(500);
  });

  test('a stream without a track for HLS', async () => {
    server = await TestServer.open();
    await server.publish('cam', 0, TRACKS.vp8);
    const response = await server.fetch(INDEX);
    expect(response.status).toBe(500);
    expect(server.log.some((line) => line.includes("the stream doesn't contain any supported codec"))).toBe(true);
  });

  test('a segment that is too large ends its muxer', async () => {
    server = await TestServer.open({ hlsSegmentMaxSize: '1K', hlsSegmentDuration: '20s' });
    await server.publish('cam', 10);
    expect((await server.fetch(INDEX)).status).toBe(500);
    expect(server.log.some((line) => line.includes('destroyed: muxer error: reached maximum segment size'))).toBe(true);
  });
});
