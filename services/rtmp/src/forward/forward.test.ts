import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { amf0Object, parseVideoTag } from '@mediamesh/flv';
import { NodeCrypto } from '@mediamesh/platform';
import {
  CHUNK_STREAM,
  ChunkReader,
  MESSAGE_TYPE,
  ServerHandshake,
  parseCommand,
  serializeCommand,
  serializeMessage,
} from '@mediamesh/rtmp';
import type { RtmpCommand, RtmpMessage } from '@mediamesh/rtmp';
import type { Amf0Value } from '@mediamesh/flv';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { afterEach, expect, test } from 'vitest';
import { NumberedPublisher, areConsecutive } from '../testing/numbered-publisher.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

const DEADLINE_MS = 15_000;
const STREAM_ID = 0x01_02_03_04;

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

/** A server that takes any stream, and gives it a number of its own. */
class OddServer {
  readonly messages: RtmpMessage[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  static async open(): Promise<OddServer> {
    const odd = new OddServer();
    odd.server.listen(0, '127.0.0.1');
    await once(odd.server, 'listening');
    return odd;
  }

  private constructor() {
    this.server = createServer((socket) => this.accept(socket));
  }

  get url(): string {
    return `rtmp://127.0.0.1:${(this.server.address() as AddressInfo).port}/live/key`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    const handshake = new ServerHandshake(new NodeCrypto(), (bytes) => socket.write(bytes));
    const reader = new ChunkReader((message) => this.received(message, socket));
    let isOpen = false;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const rest = isOpen ? bytes : handshake.push(bytes);
      if (rest === undefined) return;
      isOpen = true;
      reader.push(rest);
    });
  }

  private received(message: RtmpMessage, socket: Socket): void {
    if (message.typeId !== MESSAGE_TYPE.commandAmf0) return void this.messages.push(message);
    const command = parseCommand(message.typeId, message.body);
    const answer = answerTo(command);
    if (answer === undefined) return;
    const header = { typeId: MESSAGE_TYPE.commandAmf0, streamId: message.streamId, chunkStreamId: CHUNK_STREAM.command, timestampMs: 0 };
    socket.write(serializeMessage(header, serializeCommand(answer), 128));
  }
}

function answerTo({ name, transactionId }: RtmpCommand): RtmpCommand | undefined {
  const result = (...values: Amf0Value[]): RtmpCommand => ({ name: '_result', transactionId, values });
  switch (name) {
    case 'connect':
      return result(null, amf0Object({ level: 'status', code: 'NetConnection.Connect.Success' }));
    case 'createStream':
      return result(null, STREAM_ID);
    case 'publish':
      return { name: 'onStatus', transactionId: 0, values: [null, amf0Object({ level: 'status', code: 'NetStream.Publish.Start' })] };
    default:
      return undefined;
  }
}

test('a server that numbers its message streams otherwise gets every picture in that one', async () => {
  const server = lifetime.own(await OddServer.open());
  const from = lifetime.own(await TestServer.open({ paths: { x: { forward: [{ dest: server.url }] } } }));
  lifetime.own(await NumberedPublisher.open(from.url('x')));
  const pictures = (): readonly number[] =>
    server.messages.flatMap(({ typeId, body }) => {
      if (typeId !== MESSAGE_TYPE.video) return [];
      const at = body.length - 2;
      return parseVideoTag(body).some(({ packet }) => packet === 'frame') ? [(body[at]! << 8) | body[at + 1]!] : [];
    });
  await waitFor(() => pictures().length >= 30, { deadlineMs: DEADLINE_MS, what: '30 pictures' });
  expect(areConsecutive(pictures())).toBe(true);
  const media = server.messages.filter(({ typeId }) =>
    [MESSAGE_TYPE.video, MESSAGE_TYPE.audio, MESSAGE_TYPE.dataAmf0].some((type) => type === typeId),
  );
  expect(new Set(media.map(({ streamId }) => streamId))).toEqual(new Set([STREAM_ID]));
  expect(from.log).not.toContain('ERR');
});
