import net from 'node:net';
import { amf0Object } from '@mediamesh/flv';
import { NodeCrypto } from '@mediamesh/platform';
import { ClientHandshake, parseStreamAddress, serializeCommand, serializeMessage } from '@mediamesh/rtmp';

const RECEIVE_BYTES = 262_144;
/** All sockets of a process read into this one: what is not looked at at once is not kept. */
const received = new Uint8Array(RECEIVE_BYTES);
const crypto = new NodeCrypto();
export const CHUNK_SIZE = 65_536;
/** Servers give the first stream this number. */
const STREAM_ID = 1;

/** As little of an RTMP client as there can be: it asks for everything at once, and looks at no answer; then bytes for `onMedia`. */
export class RtmpConnection {
  readonly socket: net.Socket;
  onMedia: (bytes: Uint8Array, from: number, length: number) => void = () => {};
  onClose: () => void = () => {};
  private readonly opened: Promise<void>;

  constructor(url: string, action: 'play' | 'publish') {
    const { hostname, port } = new URL(url.replace(/^rtmp:/, 'http:'));
    let asked: (() => void) | undefined;
    this.opened = new Promise((resolve) => (asked = resolve));
    const handshake = new ClientHandshake(crypto, (bytes) => this.socket.write(bytes));
    let over = false;
    const receive = (length: number, bytes: Uint8Array): void => {
      if (over) return this.onMedia(bytes, 0, length);
      const rest = handshake.push(bytes.subarray(0, length));
      if (rest === undefined) return;
      over = true;
      this.ask(url, action);
      asked!();
      this.onMedia(bytes, length - rest.length, length);
    };
    const onread = { buffer: received, callback: (length: number, bytes: Uint8Array) => (receive(length, bytes), true) };
    this.socket = net.connect({ host: hostname, port: Number(port), noDelay: true, onread });
    this.socket.on('connect', () => handshake.start());
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.onClose());
  }

  /** Resolves when everything is asked for. */
  open(): Promise<void> {
    return this.opened;
  }

  close(): void {
    this.onClose = () => {};
    this.socket.destroy();
  }

  private ask(url: string, action: 'play' | 'publish'): void {
    const { app, tcUrl, streamKey } = parseStreamAddress(url);
    const command = (name: string, transactionId: number, values: Parameters<typeof serializeCommand>[0]['values'], streamId = 0): void => {
      const header = { typeId: 20, streamId, chunkStreamId: 3, timestampMs: 0 };
      this.socket.write(serializeMessage(header, serializeCommand({ name, transactionId, values }), CHUNK_SIZE));
    };
    const size = Uint8Array.of(CHUNK_SIZE >>> 24, CHUNK_SIZE >>> 16, CHUNK_SIZE >>> 8, CHUNK_SIZE);
    this.socket.write(serializeMessage({ typeId: 1, streamId: 0, chunkStreamId: 2, timestampMs: 0 }, size, 128));
    command('connect', 1, [amf0Object({ app, tcUrl, flashVer: 'bench', objectEncoding: 0 })]);
    command('createStream', 2, [null]);
    command(action, 3, action === 'publish' ? [null, streamKey, 'live'] : [null, streamKey], STREAM_ID);
  }
}
