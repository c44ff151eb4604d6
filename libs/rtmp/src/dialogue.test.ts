import { amf0Member, amf0Object, serializeAmf0 } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { concatBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { ChunkReader } from './chunk/chunk-reader.ts';
import { serializeMessage } from './chunk/chunked-message.ts';
import { Dialogue, NOW_MS, READ_TIMEOUT_MS, newClient, newServer } from './dialogue.cases.ts';
import { HANDSHAKE_PACKET_BYTES } from './handshake/packet.ts';
import { parseCommand } from './message/command.ts';
import { MESSAGE_TYPE } from './message/message.ts';
import type { RtmpMessage } from './message/message.ts';
import { MAX_EARLY_BYTES, MAX_STREAM_PATH_CHARS, MAX_STREAM_QUERY_CHARS } from './server/connection.ts';

const HANDSHAKE = new Uint8Array(1 + 2 * HANDSHAKE_PACKET_BYTES).fill(3, 0, 1);
const message = (typeId: number, body: Uint8Array, streamId = 0): Uint8Array =>
  serializeMessage({ typeId, streamId, chunkStreamId: 3, timestampMs: 0 }, body, 128);
const command = (name: string, transactionId: number, ...values: readonly Amf0Value[]): Uint8Array =>
  message(MESSAGE_TYPE.commandAmf0, serializeAmf0([name, transactionId, ...values]));
const CONNECT = command('connect', 1, amf0Object({ app: 'live', tcUrl: 'rtmp://host/live', flashVer: 'test' }));
const PUBLISH = command('publish', 5, null, 'cam', 'live');

/** The messages that a side has sent behind the handshake. */
function messagesOf(sent: readonly Uint8Array[], skip: number): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  new ChunkReader((one) => messages.push(one)).push(concatBytes(sent).subarray(skip));
  return messages;
}

describe.each([1, 100, 10_000])('in pieces of %i bytes', (pieceBytes) => {
  test('a client publishes', () => {
    const dialogue = new Dialogue('rtmp://host/live/cam?user=u', { action: 'publish' }, pieceBytes);
    const { server, client, atServer, atClient } = dialogue;
    expect(atServer.requests).toEqual([
      { action: 'publish', path: 'live/cam', query: 'user=u', userAgent: 'LNX 9,0,124,2', fourCcs: new Set() },
    ]);
    expect(atClient.startedTimes).toBe(0);
    server.accept();
    dialogue.pump();
    expect(atClient.startedTimes).toBe(1);
    expect(client.streamId).toBe(1);
    const body = new Uint8Array(100_000).fill(9);
    atClient.sent.push(serializeMessage({ typeId: 9, streamId: 1, chunkStreamId: 6, timestampMs: 40 }, body, 65_536));
    atClient.sent.push(serializeMessage({ typeId: 18, streamId: 1, chunkStreamId: 4, timestampMs: 0 }, serializeAmf0(['x', 1]), 65_536));
    dialogue.pump();
    expect(atServer.medias).toEqual([{ kind: 'video', timestampMs: 40, body }]);
    expect(atServer.datas).toEqual([['x', 1]]);
    client.stop('done');
    dialogue.pump();
    expect(atClient.closedWith).toBe('done');
    expect(atServer.closedWith).toBe('the client closed the stream');
  });

  test('a client plays, and says which codecs it knows', () => {
    const dialogue = new Dialogue('rtmp://host/cam', { action: 'play', fourCcs: ['hvc1', 'Opus'] }, pieceBytes);
    const { server, atServer, atClient } = dialogue;
    expect(atServer.requests).toMatchObject([{ action: 'play', path: 'cam', query: '', fourCcs: new Set(['hvc1', 'Opus']) }]);
    server.accept();
    atServer.sent.push(serializeMessage({ typeId: 8, streamId: 1, chunkStreamId: 4, timestampMs: 7 }, Uint8Array.of(1), 65_536));
    dialogue.pump();
    expect(atClient.startedTimes).toBe(1);
    expect(atClient.medias).toEqual([{ kind: 'audio', timestampMs: 7, body: Uint8Array.of(1) }]);
  });
});

describe('a publisher that does not wait for the answer', () => {
  const requested = (request: Uint8Array) => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes([CONNECT, request]), NOW_MS);
    return { server, told };
  };

  test('is heard from its first message on, in order, once it is accepted', () => {
    const { server, told } = requested(PUBLISH);
    server.receive(message(MESSAGE_TYPE.dataAmf0, serializeAmf0(['onMetaData', 1]), 1), NOW_MS);
    for (const byte of [1, 2, 3]) server.receive(message(MESSAGE_TYPE.video, Uint8Array.of(byte), 1), NOW_MS);
    expect([told.medias, told.datas]).toEqual([[], []]);
    server.accept();
    server.receive(message(MESSAGE_TYPE.video, Uint8Array.of(4), 1), NOW_MS);
    expect(told.datas).toEqual([['onMetaData', 1]]);
    expect(told.medias.map(({ body }) => body[0])).toEqual([1, 2, 3, 4]);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])('is heard up to a limit, %i bytes past it: %i message', (past, heard) => {
    const { server, told } = requested(PUBLISH);
    server.receive(message(MESSAGE_TYPE.video, new Uint8Array(MAX_EARLY_BYTES + past), 1), NOW_MS);
    server.accept();
    expect(told.medias).toHaveLength(heard);
  });

  test('a reader has nothing to send, and one that is refused is not heard', () => {
    const reader = requested(command('play', 5, null, 'cam'));
    reader.server.receive(message(MESSAGE_TYPE.video, Uint8Array.of(1), 1), NOW_MS);
    reader.server.accept();
    const refused = requested(PUBLISH);
    refused.server.receive(message(MESSAGE_TYPE.video, Uint8Array.of(1), 1), NOW_MS);
    refused.server.reject('no', 'no');
    expect([reader.told.medias, refused.told.medias]).toEqual([[], []]);
  });
});

describe('refusals', () => {
  test.each([
    ['publish', 'NetStream.Publish.Unauthorized'],
    ['play', 'NetStream.Play.Failed'],
  ] as const)('of %s say %s', (action, code) => {
    const dialogue = new Dialogue('rtmp://host/cam', { action });
    dialogue.server.reject('authentication failed', 'wrong password');
    expect(dialogue.atServer.closedWith).toBe('wrong password');
    dialogue.pump();
    expect(dialogue.atClient.closedWith).toBe(`the server refuses: ${code} (authentication failed)`);
  });

  test('an answer that nobody waits for is an error of the owner', () => {
    const { server } = newServer();
    expect(() => server.accept()).toThrow('no request waits');
    expect(() => server.reject('x', 'y')).toThrow('no request waits');
  });
});

describe('what a server says', () => {
  test('to connect, createStream and play, byte for byte what MediaMTX says', () => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes([CONNECT, command('createStream', 2, null), command('play', 3, null, 'cam')]), NOW_MS);
    server.accept();
    const [window, bandwidth, chunkSize, ...rest] = messagesOf(told.sent, 1 + 2 * HANDSHAKE_PACKET_BYTES);
    expect(window).toMatchObject({ typeId: 5, chunkStreamId: 2, body: Uint8Array.of(0, 0x26, 0x25, 0xa0) });
    expect(bandwidth).toMatchObject({ typeId: 6, body: Uint8Array.of(0, 0x26, 0x25, 0xa0, 2) });
    expect(chunkSize).toMatchObject({ typeId: 1, body: Uint8Array.of(0, 1, 0, 0) });
    const controls = rest.filter(({ typeId }) => typeId === MESSAGE_TYPE.userControl).map(({ body }) => [...body]);
    expect(controls).toEqual([
      [0, 4, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 1],
    ]);
    const commands = rest
      .filter(({ typeId }) => typeId === MESSAGE_TYPE.commandAmf0)
      .map(({ typeId, body, streamId, chunkStreamId }) => ({ ...parseCommand(typeId, body), streamId, chunkStreamId }));
    expect(commands.map(({ name, transactionId }) => `${name} ${transactionId}`)).toEqual([
      '_result 1',
      '_result 2',
      ...Array.from({ length: 4 }, () => 'onStatus 3'),
    ]);
    expect(commands[0]!.values).toEqual([
      amf0Object({ fmsVer: 'LNX 9,0,124,2', capabilities: 31 }),
      amf0Object({ level: 'status', code: 'NetConnection.Connect.Success', description: 'Connection succeeded.', objectEncoding: 0 }),
    ]);
    expect(commands[1]!.values).toEqual([null, 1]);
    const status = (code: string, description: string) => [null, amf0Object({ level: 'status', code: `NetStream.${code}`, description })];
    expect(commands.filter(({ name }) => name === 'onStatus').map(({ values }) => values)).toEqual([
      status('Play.Reset', 'play reset'),
      status('Play.Start', 'play start'),
      status('Data.Start', 'data start'),
      status('Play.PublishNotify', 'publish notify'),
    ]);
    expect(commands[2]).toMatchObject({ streamId: 1, chunkStreamId: 5 });
  });

  test('to pings, and to what was sent, as much as the client wants acknowledged', () => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes([CONNECT, PUBLISH]), NOW_MS);
    server.accept();
    const before = told.sent.length;
    server.receive(message(MESSAGE_TYPE.userControl, Uint8Array.of(0, 6, 1, 2, 3, 4)), NOW_MS);
    server.receive(message(MESSAGE_TYPE.windowAcknowledgementSize, Uint8Array.of(0, 0, 0, 100)), NOW_MS);
    server.receive(message(MESSAGE_TYPE.video, new Uint8Array(100)), NOW_MS);
    const [pong, acknowledgement] = messagesOf(told.sent.slice(before), 0);
    expect(pong).toMatchObject({ typeId: MESSAGE_TYPE.userControl, body: Uint8Array.of(0, 7, 1, 2, 3, 4) });
    expect(acknowledgement).toMatchObject({ typeId: MESSAGE_TYPE.acknowledgement });
  });
});

describe('what a server ignores', () => {
  test.each([
    ['commands that it does not know', command('FCPublish', 3, null, 'cam')],
    ['shared objects', message(19, new Uint8Array(20))],
    ['metadata that cannot be read', message(MESSAGE_TYPE.dataAmf0, Uint8Array.of(0x11))],
    ['bandwidth of the client', message(MESSAGE_TYPE.setPeerBandwidth, Uint8Array.of(0, 0, 0, 1, 2))],
    ['media before it publishes', message(MESSAGE_TYPE.video, Uint8Array.of(1))],
  ])('%s', (_, bytes) => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes([CONNECT, bytes, PUBLISH]), NOW_MS);
    expect(told.closedWith).toBeUndefined();
    expect(told.requests).toHaveLength(1);
    expect(told.medias).toEqual([]);
  });

  test('a second request', () => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes([CONNECT, PUBLISH, PUBLISH]), NOW_MS);
    server.accept();
    server.receive(PUBLISH, NOW_MS);
    expect(told.requests).toHaveLength(1);
  });
});

describe('what a server closes at', () => {
  const long = (chars: number) => 'x'.repeat(chars);
  test.each([
    ['a command before connect', [PUBLISH], "'publish' stands before 'connect'"],
    ['connect without tcUrl', [command('connect', 1, amf0Object({ app: 'live' }))], 'has no app and tcUrl'],
    ['connect without object', [command('connect', 1, null)], 'has no app and tcUrl'],
    ['a tcUrl that is none', [command('connect', 1, amf0Object({ app: '', tcUrl: 'x' })), PUBLISH], 'is not a URL'],
    ['publish without key', [CONNECT, command('publish', 5, null)], 'has no stream key'],
    ['a command without name', [message(MESSAGE_TYPE.commandAmf0, serializeAmf0([1]))], 'has no name and number'],
    ['a command of AMF3', [message(MESSAGE_TYPE.commandAmf3, Uint8Array.of(3, 1))], 'is of AMF3'],
    ['a path that is too long', [CONNECT, command('play', 1, null, long(MAX_STREAM_PATH_CHARS))], 'has a path of'],
    ['a query that is too long', [CONNECT, command('play', 1, null, `?${long(MAX_STREAM_QUERY_CHARS + 1)}`)], 'has a query of'],
    ['AMF without end', [message(MESSAGE_TYPE.commandAmf0, new Uint8Array(60_000).fill(3))], 'AMF0'],
    ['a command of 65 kB', [CONNECT, message(MESSAGE_TYPE.commandAmf0, new Uint8Array(65_537))], 'has 65537 bytes'],
  ])('%s', (_, bytes, reason) => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    server.receive(concatBytes(bytes), NOW_MS);
    expect(told.closedWith).toContain(reason);
    server.receive(PUBLISH, NOW_MS);
    expect(told.closedTimes).toBe(1);
  });

  test('the longest path and query are accepted', () => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    const key = `${long(MAX_STREAM_PATH_CHARS - 'live/'.length)}?${long(MAX_STREAM_QUERY_CHARS)}`;
    server.receive(concatBytes([CONNECT, command('play', 1, null, key)]), NOW_MS);
    expect(told.requests).toHaveLength(1);
  });

  test('AMF3 commands whose values are AMF0 are read', () => {
    const { server, told } = newServer();
    server.receive(HANDSHAKE, NOW_MS);
    const amf3 = message(MESSAGE_TYPE.commandAmf3, concatBytes([Uint8Array.of(0), serializeAmf0(['publish', 5, null, 'cam'])]));
    server.receive(concatBytes([CONNECT, amf3]), NOW_MS);
    expect(told.requests).toMatchObject([{ path: 'live/cam' }]);
  });
});

describe('time', () => {
  test.each([
    ['in the handshake', []],
    ['before connect', [HANDSHAKE]],
    ['before a request', [HANDSHAKE, CONNECT]],
  ])('a client that is silent %s is closed', (_, bytes) => {
    const { server, told } = newServer();
    for (const one of bytes) server.receive(one, NOW_MS);
    server.tick(NOW_MS + READ_TIMEOUT_MS - 1);
    expect(told.closedWith).toBeUndefined();
    server.tick(NOW_MS + READ_TIMEOUT_MS);
    expect(told.closedWith).toBe('i/o timeout');
  });

  test('a publisher that is silent is closed; one that waits, and a reader, is not', () => {
    const publisher = newServer();
    publisher.server.receive(concatBytes([HANDSHAKE, CONNECT, PUBLISH]), NOW_MS);
    publisher.server.tick(NOW_MS + 10 * READ_TIMEOUT_MS);
    expect(publisher.told.closedWith).toBeUndefined();
    publisher.server.accept();
    publisher.server.receive(message(9, Uint8Array.of(1)), NOW_MS + 11 * READ_TIMEOUT_MS);
    publisher.server.tick(NOW_MS + 12 * READ_TIMEOUT_MS);
    expect(publisher.told.closedWith).toBe('i/o timeout');
    const reader = newServer();
    reader.server.receive(concatBytes([HANDSHAKE, CONNECT, command('play', 3, null, 'cam')]), NOW_MS);
    reader.server.accept();
    reader.server.tick(NOW_MS + 100 * READ_TIMEOUT_MS);
    expect(reader.told.closedWith).toBeUndefined();
  });

  test('a server that does not answer is given up, and one that plays and sends nothing', () => {
    const { client, told } = newClient('rtmp://host/cam');
    client.start();
    client.tick(NOW_MS + READ_TIMEOUT_MS - 1);
    expect(told.closedWith).toBeUndefined();
    client.tick(NOW_MS + READ_TIMEOUT_MS);
    expect(told.closedWith).toBe('i/o timeout');
    const playing = new Dialogue('rtmp://host/cam');
    playing.server.accept();
    playing.pump();
    playing.client.tick(NOW_MS + READ_TIMEOUT_MS);
    expect(playing.atClient.closedWith).toBe('i/o timeout');
    const publishing = new Dialogue('rtmp://host/cam', { action: 'publish' });
    publishing.server.accept();
    publishing.pump();
    publishing.client.tick(NOW_MS + READ_TIMEOUT_MS);
    expect(publishing.atClient.closedWith).toBeUndefined();
  });
});

describe('a client', () => {
  const ready = (url: string, more: Parameters<typeof newClient>[1] = {}) => {
    const { client, told } = newClient(url, more);
    client.start();
    client.receive(new Uint8Array(1 + 2 * HANDSHAKE_PACKET_BYTES).fill(3, 0, 1), NOW_MS);
    return { client, told };
  };
  const connectOf = (sent: readonly Uint8Array[]) => {
    const [, , , connect] = messagesOf(sent, 1 + 2 * HANDSHAKE_PACKET_BYTES);
    return parseCommand(connect!.typeId, connect!.body).values[0];
  };
  const refuse = (description: string) =>
    command('_error', 1, null, amf0Object({ level: 'error', code: 'NetConnection.Connect.Rejected', description }));
  const URL = 'rtmp://us:pw@host/live/cam';

  test('answers a server that wants credentials, in three connections', () => {
    const first = ready(URL);
    first.client.receive(refuse('code=403 need auth; authmod=adobe'), NOW_MS);
    expect(first.told.nextAuth).toEqual({ kind: 'named' });
    const second = ready(URL, { auth: first.told.nextAuth! });
    expect(amf0Member(connectOf(second.told.sent), 'app')).toBe('live?authmod=adobe&user=us');
    second.client.receive(refuse('authmod=adobe ?reason=needauth&user=us&salt=SA&challenge=CH'), NOW_MS);
    expect(second.told.nextAuth).toEqual({ kind: 'answered', salt: 'SA', challenge: 'CH', opaque: '' });
    const third = ready(URL, { auth: second.told.nextAuth! });
    expect(amf0Member(connectOf(third.told.sent), 'app')).toMatch(
      /^live\?authmod=adobe&user=us&challenge=[0-9a-f]{32}&response=[A-Za-z0-9+/]{22}==$/,
    );
    third.client.receive(refuse('authmod=adobe ?reason=authfailed'), NOW_MS);
    expect(third.told.closedWith).toBe('the credentials are wrong');
  });

  test.each([
    ['without credentials', 'rtmp://host/live/cam', 'code=403 need auth; authmod=adobe', 'credentials are required'],
    ['that is not welcome', URL, 'no such application', 'the server refuses: no such application'],
  ])('%s gives up', (_, url, description, reason) => {
    const { client, told } = ready(url);
    client.receive(refuse(description), NOW_MS);
    expect(told.closedWith).toBe(reason);
    expect(told.nextAuth).toBeUndefined();
  });

  test('goes on when the server does not know releaseStream', () => {
    const { client, told } = ready('rtmp://host/live/cam', { action: 'publish' });
    client.receive(command('_result', 1, null, amf0Object({ level: 'status' })), NOW_MS);
    client.receive(concatBytes([command('_error', 2, null), command('_error', 3, null), command('_result', 4, null, 7)]), NOW_MS);
    expect(client.streamId).toBe(7);
    expect(told.closedWith).toBeUndefined();
  });

  test.each([
    ['no stream', [command('_result', 4, null, 'x')], 'gives no stream'],
    ['an error', [command('_error', 4, null, amf0Object({ description: 'no' }))], 'the server refuses: no'],
  ])('gives up at %s', (_, bytes, reason) => {
    const { client, told } = ready('rtmp://host/live/cam', { action: 'publish' });
    client.receive(command('_result', 1, null, amf0Object({ level: 'status' })), NOW_MS);
    client.receive(concatBytes(bytes), NOW_MS);
    expect(told.closedWith).toContain(reason);
  });

  test('ends when the server says that the stream has', () => {
    const dialogue = new Dialogue('rtmp://host/cam');
    dialogue.server.accept();
    dialogue.pump();
    const ended = amf0Object({ level: 'status', code: 'NetStream.Play.UnpublishNotify' });
    dialogue.atServer.sent.push(
      serializeMessage({ typeId: 20, streamId: 1, chunkStreamId: 5, timestampMs: 0 }, serializeAmf0(['onStatus', 0, null, ended]), 65_536),
    );
    dialogue.pump();
    expect(dialogue.atClient.closedWith).toBe('the stream has ended');
  });
});
