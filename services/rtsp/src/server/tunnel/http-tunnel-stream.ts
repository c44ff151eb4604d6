import type { Endpoint, TcpConnection } from '@mediamesh/net';
import { Base64StreamDecoder } from '@mediamesh/rtsp';
import type { ClientStream } from './client-stream.ts';

/**
 * RTSP inside of HTTP: what the client says comes as base64 through its POST, what it is told goes out on its GET.
 *
 * Errors: `onClose` gets a ParseError when the base64 is malformed. When one side ends, both are closed.
 */
export class HttpTunnelStream implements ClientStream {
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (error?: Error) => void = () => {};
  private readonly get: TcpConnection;
  private readonly post: TcpConnection;
  private readonly decoder = new Base64StreamDecoder();
  private closed = false;

  constructor(get: TcpConnection, post: TcpConnection) {
    this.get = get;
    this.post = post;
    get.onData = () => {}; // a client has nothing to say there
    get.onClose = (error) => this.sideClosed(post, error);
    post.onClose = (error) => this.sideClosed(get, error);
  }

  /** `rest` came behind the head of the POST. */
  start(rest: Uint8Array): void {
    this.post.onData = (bytes) => this.decode(bytes);
    if (rest.length > 0) this.decode(rest);
    this.get.resume();
    this.post.resume();
  }

  get remote(): Endpoint {
    return this.post.remote;
  }

  get local(): Endpoint {
    return this.post.local;
  }

  get receivedBytes(): number {
    return this.post.receivedBytes;
  }

  get sentBytes(): number {
    return this.get.sentBytes;
  }

  get queuedBytes(): number {
    return this.get.queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    return this.get.write(bytes);
  }

  end(): void {
    this.get.end();
    this.post.end();
  }

  destroy(error?: Error): void {
    this.get.destroy(error);
    this.post.destroy(error);
  }

  setBulk(bulk: boolean): void {
    this.post.setBulk(bulk);
  }

  private decode(bytes: Uint8Array): void {
    const decoded = this.decoder.push(bytes);
    if (decoded.length > 0) this.onData(decoded);
  }

  private sideClosed(other: TcpConnection, error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    other.end();
    this.onClose(error);
  }
}
