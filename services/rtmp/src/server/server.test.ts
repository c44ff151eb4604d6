import { parseAudioTag, parseVideoTag } from '@mediamesh/flv';
import { Lifetime, RtmpClient, waitFor } from '@mediamesh/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { NumberedPublisher, areConsecutive, picturesOf, sendData } from '../testing/numbered-publisher.cases.ts';
import { SOUND_CONFIGURATION, VIDEO_CONFIGURATION, audio, metadata, picture, video } from '../testing/tags.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 10_000;
let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

const open = async (config?: Readonly<Record<string, unknown>>): Promise<TestServer> => lifetime.own(await TestServer.open(config));
const publish = async (url: string, options = {}): Promise<NumberedPublisher> => lifetime.own(await NumberedPublisher.open(url, options));
const play = async (url: string, fourCcs: readonly string[] = []): Promise<RtmpClient> =>
  lifetime.own(await RtmpClient.start({ url, action: 'play', fourCcs }));
const pictures = (reader: RtmpClient, count: number): Promise<unknown> =>
  waitFor(() => picturesOf(reader).length >= count, { deadlineMs: DEADLINE_MS, what: `${count} pictures` });

describe('publish and play', () => {
  test('every picture, from a key picture on; configurations stand before', async () => {
    const server = await open();
    await publish(server.url('live/cam'));
    await server.logged("is publishing to path 'live/cam'");
    const reader = await play(server.url('live/cam'));
    await pictures(reader, 30);
    await server.logged("is reading from path 'live/cam', 2 tracks (H264, MPEG-4 Audio)");
    const numbers = picturesOf(reader);
    expect(numbers[0]! % 10).toBe(0);
    expect(areConsecutive(numbers)).toBe(true);
    const kinds = reader.messages.map(({ kind, body }) => (kind === 'video' ? parseVideoTag(body) : parseAudioTag(body))[0]!.packet);
    expect(kinds.filter((_, index) => index < 2)).toEqual(['sequenceStart', 'sequenceStart']);
    expect(reader.datas[0]!.filter((_, index) => index < 2)).toEqual(['@setDataFrame', 'onMetaData']);
    for (const kind of ['video', 'audio'] as const) {
      const times = reader.messages.filter((message) => message.kind === kind).map(({ timestampMs }) => timestampMs);
      expect(times.every((time, index) => index === 0 || time >= times[index - 1]!)).toBe(true);
    }
    expect(reader.messages.some(({ kind }) => kind === 'audio')).toBe(true);
  });

  test('with instant start the first picture is the last key picture of the past', async () => {
    const server = await open({ pathDefaults: { gopCache: 'burst' } });
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    sendData(client, metadata({ videocodecid: 7 }));
    client.sendMedia(VIDEO_CONFIGURATION);
    for (let number = 0; number < 5; number++) client.sendMedia(video(number * 20, { key: number === 0 }, picture(number === 0, number)));
    await server.logged('is publishing to path');
    const reader = await play(server.url('cam'));
    await pictures(reader, 5);
    expect(picturesOf(reader)).toEqual([0, 1, 2, 3, 4]);
  });

  test('over TLS, and to readers of plain RTMP', async () => {
    const server = await open({ rtmpEncryption: 'optional' });
    await publish(server.secureUrl('cam'));
    await server.logged(/\[RTMPS\] \[conn [^\]]+\] is publishing to path 'cam'/);
    const readers = [await play(server.url('cam')), await play(server.secureUrl('cam'))];
    for (const reader of readers) await pictures(reader, 10);
    expect(new Set(server.rows('rtmpsConn').map(({ state }) => state))).toEqual(new Set(['publish', 'read']));
  });

  test('with encryption strict there is no plain listener', async () => {
    const server = await open({ rtmpEncryption: 'strict' });
    await expect(RtmpClient.start({ url: server.url('cam'), action: 'play' })).rejects.toThrow();
    await publish(server.secureUrl('cam'));
    await server.logged('is publishing to path');
  });
});

describe('what connections show', () => {
  test('idle, publishing and reading', async () => {
    const server = await open();
    const publisher = await publish(server.url('cam?user=u&x=1'));
    await server.logged('is publishing to path');
    await play(server.url('cam'));
    await waitFor(() => server.rows().some(({ state }) => state === 'read'), { deadlineMs: DEADLINE_MS, what: 'a reader' });
    const [publishing, reading] = server.rows();
    expect(publishing).toMatchObject({ state: 'publish', path: 'cam', query: 'user=u&x=1', user: 'u', userAgent: 'LNX 9,0,124,2' });
    expect(publishing!['inboundBytes']).toBeGreaterThan(3_000);
    expect(publishing!['bytesReceived']).toBe(publishing!['inboundBytes']);
    expect(reading).toMatchObject({ state: 'read', path: 'cam', query: '', outboundFramesDiscarded: 0 });
    expect(Object.keys(reading!)).toEqual([
      'id',
      'created',
      'remoteAddr',
      'state',
      'path',
      'query',
      'user',
      'userAgent',
      'inboundBytes',
      'outboundBytes',
      'outboundFramesDiscarded',
      'bytesReceived',
      'bytesSent',
    ]);
    publisher.close();
    await waitFor(() => server.rows().length === 0, { deadlineMs: DEADLINE_MS, what: 'nobody' });
  });

  test('a kick ends them', async () => {
    const server = await open();
    const publisher = await publish(server.url('cam'));
    await server.logged('is publishing to path');
    const { id } = server.rows()[0]!;
    server.gateway.sessions.get('rtmpConn', id)!.kick('kicked out by API request');
    await publisher.client.closed;
    await server.logged('closed: kicked out by API request');
  });
});

describe('who may', () => {
  const USERS = {
    authInternalUsers: [
      { user: 'publisher', pass: 'p@w#1', permissions: [{ action: 'publish' }] },
      { user: 'reader', pass: 'secret', permissions: [{ action: 'read', path: 'cam' }] },
    ],
  };

  test('credentials are in the query', async () => {
    const server = await open(USERS);
    await publish(server.url('cam?user=publisher&pass=p%40w%231'));
    await server.logged('is publishing to path');
    await pictures(await play(server.url('cam?user=reader&pass=secret')), 5);
    expect(server.rows().map(({ user }) => user)).toEqual(['publisher', 'reader']);
  });

  test.each([
    ['publish', 'cam?user=publisher&pass=wrong', 'NetStream.Publish.Unauthorized'],
    ['play', 'cam', 'NetStream.Play.Failed'],
    ['play', 'other?user=reader&pass=secret', 'NetStream.Play.Failed'],
  ] as const)('%s of %s is refused', async (action, path, code) => {
    const server = await open(USERS);
    await expect(RtmpClient.start({ url: server.url(path), action })).rejects.toThrow(
      `the server refuses: ${code} (authentication failed)`,
    );
    await server.logged('failed to authenticate: authentication failed');
    await server.logged('closed: authentication failed');
  });

  test('what is not about credentials closes the connection without a word', async () => {
    const server = await open({ paths: { cam: { source: 'redirect', sourceRedirect: 'rtsp://elsewhere/cam' } } });
    const reasons = [
      ['play', 'nothing', "path 'nothing' is not configured"],
      ['publish', 'cam', "can't publish to path 'cam' since 'source' is not 'publisher'"],
    ] as const;
    for (const [action, path, reason] of reasons) {
      const client = await RtmpClient.start({ url: server.url(path), action }).catch((error: unknown) => error);
      if (client instanceof RtmpClient) {
        sendData(client, metadata({ videocodecid: 7 }));
        client.sendMedia(VIDEO_CONFIGURATION);
        client.sendMedia(video(0, { key: true }, picture(true)));
        await client.closed;
      }
      await server.logged(`closed: ${reason}`);
    }
  });

  test('a reader of a path without stream is closed', async () => {
    const server = await open();
    await expect(RtmpClient.start({ url: server.url('cam'), action: 'play' })).rejects.toThrow('EOF');
    await server.logged("closed: no stream is available on path 'cam'");
  });

  test('while control is away', async () => {
    const server = await open();
    await server.setControlPresent(false);
    await expect(RtmpClient.start({ url: server.url('cam'), action: 'publish' })).rejects.toThrow('EOF');
    await server.logged(/closed: /);
  });
});

describe('publishers', () => {
  test('that replace another one: their readers go on', async () => {
    const server = await open();
    const first = await publish(server.url('cam'));
    await server.logged('is publishing to path');
    const reader = await play(server.url('cam'));
    await pictures(reader, 10);
    const before = picturesOf(reader).length;
    await publish(server.url('cam'));
    await first.client.closed;
    await server.logged('closed: closed by another publisher');
    await pictures(reader, before + 30);
    const started = picturesOf(reader).lastIndexOf(0);
    expect(started).toBeGreaterThan(0);
    expect(areConsecutive(picturesOf(reader).filter((_, index) => index >= started))).toBe(true);
  });

  test('that may not replace another one', async () => {
    const server = await open({ pathDefaults: { overridePublisher: false } });
    await publish(server.url('cam'));
    await server.logged('is publishing to path');
    const second = await publish(server.url('cam'));
    await second.client.closed;
    await server.logged("closed: someone is already publishing to path 'cam'");
  });

  test('that leave take their readers with them', async () => {
    const server = await open();
    const publisher = await publish(server.url('cam'));
    await server.logged('is publishing to path');
    const reader = await play(server.url('cam'));
    await pictures(reader, 5);
    publisher.close();
    await reader.closed;
    await server.logged('closed: the stream has ended: EOF');
  });

  test.each([
    ['whose sound never comes', { audiocodecid: 10, videocodecid: 7 }, 'H264'],
    ['that announce nothing', {}, 'H264'],
  ])('%s are there after two seconds of their stream', async (_, announced, tracks) => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    sendData(client, metadata(announced));
    client.sendMedia(VIDEO_CONFIGURATION);
    for (let number = 0; number <= 100; number++)
      client.sendMedia(video(number * 20, { key: number === 0 }, picture(number === 0, number)));
    await server.logged(`stream is available and online, 1 track (${tracks})`);
  });

  test('whose only frame comes alone are there after two and a half seconds', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    client.sendMedia(SOUND_CONFIGURATION);
    client.sendMedia(audio(0, {}, Uint8Array.of(0x21)));
    await server.logged('stream is available and online, 1 track (MPEG-4 Audio)');
  });

  test('whose sound comes late begin a new stream', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    sendData(client, metadata({ videocodecid: 7 }));
    client.sendMedia(VIDEO_CONFIGURATION);
    client.sendMedia(video(0, { key: true }, picture(true)));
    await server.logged('stream is available and online, 1 track (H264)');
    client.sendMedia(SOUND_CONFIGURATION);
    client.sendMedia(audio(20, {}, Uint8Array.of(0x21)));
    client.sendMedia(video(40, { key: true }, picture(true, 7)));
    await server.logged('the tracks of the stream have changed, starting a new one');
    await server.logged('stream is available and online, 2 tracks (H264, MPEG-4 Audio)');
    client.sendMedia(video(60, { key: true }, picture(true, 8)));
    const reader = await play(server.url('cam'));
    client.sendMedia(video(80, { key: true }, picture(true, 9)));
    await pictures(reader, 1);
  });

  test.each([
    [
      'frames without configuration',
      [video(0, { key: true }, picture(true)), video(2_000, {}, picture(false))],
      'video track 0 not configured',
    ],
    [
      'a further track without configuration',
      [VIDEO_CONFIGURATION, video(0, { key: true }, picture(true)), video(2_000, { trackId: 3 }, picture(true))],
      'video track 3 not configured',
    ],
    [
      'codecs that nobody reads',
      [
        { kind: 'audio', timestampMs: 0, body: Uint8Array.of(0xb6, 1) },
        { kind: 'audio', timestampMs: 2_000, body: Uint8Array.of(0xb6, 1) },
      ] as const,
      "the stream doesn't contain any supported codec",
    ],
  ])('%s: %s', async (_, messages, reason) => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    for (const message of messages) client.sendMedia(message);
    await client.closed;
    await server.logged(`closed: ${reason}`);
  });

  test('with malformed frames go on, and it is told', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    sendData(client, metadata({ videocodecid: 7 }));
    client.sendMedia(VIDEO_CONFIGURATION);
    client.sendMedia(video(0, { key: true }, picture(true)));
    await server.logged('is publishing to path');
    client.sendMedia({ kind: 'video', timestampMs: 20, body: Uint8Array.of(0x97) });
    client.sendMedia(video(40, {}, Uint8Array.of(0, 0, 0, 9, 1)));
    await server.logged('2 decode errors, last was: AVCC');
    expect(server.rows()).toMatchObject([{ state: 'publish' }]);
  });
});

describe('readers', () => {
  test('of codecs that they do not know get the rest, and a line for each', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    const hevc = video(0, { codec: 'AV1', packet: 'sequenceStart' }, Uint8Array.of(0x81, 0, 0x0c, 0));
    client.sendMedia(hevc);
    client.sendMedia(SOUND_CONFIGURATION);
    for (let number = 0; number <= 101; number++) client.sendMedia(audio(number * 20, {}, Uint8Array.of(0x21)));
    await server.logged('2 tracks');
    const reader = await play(server.url('cam'));
    await server.logged('skipping track 1 (AV1)');
    await server.logged("is reading from path 'cam', 1 track (MPEG-4 Audio)");
    client.sendMedia(audio(2_100, {}, Uint8Array.of(0x21)));
    await waitFor(() => reader.messages.length > 1, { deadlineMs: DEADLINE_MS, what: 'sound' });
    expect(reader.messages.every(({ kind }) => kind === 'audio')).toBe(true);
  });

  test('of nothing that they know are closed', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    client.sendMedia(video(0, { codec: 'VP9', packet: 'sequenceStart' }, new Uint8Array(12)));
    for (const timestampMs of [0, 2_000]) {
      client.sendMedia(video(timestampMs, { codec: 'VP9', key: true }, Uint8Array.of(0x82, 0x49, 0x83, 0x42, 0x40, 3, 0xf0, 2, 0xf0)));
    }
    await server.logged('1 track (VP9)');
    const reader = await RtmpClient.start({ url: server.url('cam'), action: 'play' });
    await reader.closed;
    await server.logged("closed: the stream doesn't contain any supported codec, which are currently AV1, VP9, H265, H264, Opus, FLAC,");
  });

  test('that come with the stream still unknown get its configuration before its first key picture', async () => {
    const server = await open();
    const client = lifetime.own(await RtmpClient.start({ url: server.url('cam'), action: 'publish' }));
    client.sendMedia(video(0, { codec: 'VP9', packet: 'sequenceStart' }, new Uint8Array(12)));
    const frame = Uint8Array.of(0x82, 0x49, 0x83, 0x42, 0x40, 3, 0xf0, 2, 0xf0);
    for (const timestampMs of [0, 2_000]) client.sendMedia(video(timestampMs, { codec: 'VP9', key: true }, frame));
    await server.logged('1 track (VP9)');
    const reader = await play(server.url('cam'), ['vp09']);
    client.sendMedia(video(2_020, { codec: 'VP9', key: true }, frame));
    await waitFor(() => reader.messages.length >= 2, { deadlineMs: DEADLINE_MS, what: 'a picture' });
    expect(reader.messages.map(({ body }) => parseVideoTag(body)[0]!.packet)).toEqual(['sequenceStart', 'frame']);
  });
});

test('the configuration decides whether there is a listener', async () => {
  const server = await open({ rtmp: false });
  await expect(RtmpClient.start({ url: server.url('cam'), action: 'play' })).rejects.toThrow();
});
