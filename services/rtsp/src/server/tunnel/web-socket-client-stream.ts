import { concatBytes } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import type { Endpoint, TcpConnection } from '@mediamesh/net';
import { WebSocketStream, serializeWebSocketHeader } from '@mediamesh/rtsp';
import type { ClientStream } from './client-stream.ts';

const BINARY = 2;

/** RTSP inside of a WebSocket: each write is a binary message. Errors: `onClose` gets a ParseError when the client's frames are malformed. */
export class WebSocketClientStream implements ClientStream {
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error?: Error) => void = () => {};
  private readonly tcp: TcpConnection;
  private readonly frames: WebSocketStream;

  constructor(tcp: TcpConnection, crypto: CryptoPort) {
    this.tcp = tcp;
    this.frames = new WebSocketStream('server', crypto, {
      send: (bytes) => tcp.write(bytes),
      data: (bytes) => this.onData(bytes),
      closed: () => tcp.end(),
    });
    tcp.onClose = (error) => this.onClose(error);
  }

  /** `rest` came behind the handshake. */
  start(rest: Uint8Array): void {
    this.tcp.onData = (bytes) => this.frames.receive(bytes);
    if (rest.length > 0) this.frames.receive(rest);
  }

  get remote(): Endpoint {
    return this.tcp.remote;
  }

  get local(): Endpoint {
    return this.tcp.local;
  }

  get receivedBytes(): number {
    return this.tcp.receivedBytes;
  }

  get sentBytes(): number {
    return this.tcp.sentBytes;
  }

  get queuedBytes(): number {
    return this.tcp.queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    return this.tcp.write(concatBytes([serializeWebSocketHeader(BINARY, bytes.length), bytes]));
  }

  end(): void {
    this.frames.close();
    this.tcp.end();
  }

  destroy(error?: Error): void {
    this.tcp.destroy(error);
  }

  setBulk(bulk: boolean): void {
    this.tcp.setBulk(bulk);
  }
}
