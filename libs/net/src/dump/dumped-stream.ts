import { Duplex } from 'node:stream';
import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { endpointOf } from '../endpoint.ts';
import { ConnectionDump } from './connection-dump.ts';
import type { DumpedConnection } from './connection-dump.ts';
import type { DumpTarget } from './dump-file.ts';

const ADDRESSES = ['remoteAddress', 'remotePort', 'localAddress', 'localPort'] as const;

/** A TCP socket, of which everything that passes is dumped. Stands in for it, under TLS and HTTP too. */
export class DumpedStream extends Duplex {
  private readonly socket: Socket;
  private readonly target: DumpTarget;
  private readonly about: Pick<DumpedConnection, 'side' | 'tls'>;
  private dump: ConnectionDump | undefined;

  /** Of a socket that is connected, or connecting, and that nobody has read from. */
  constructor(socket: Socket, target: DumpTarget, about: Pick<DumpedConnection, 'side' | 'tls'>) {
    super();
    this.socket = socket;
    this.target = target;
    this.about = about;
    if (socket.connecting) socket.once('connect', () => this.connected());
    else this.open();
    socket.on('data', (bytes: Uint8Array) => {
      this.dump?.received(bytes);
      if (!this.push(bytes)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    socket.pause();
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort;
  }

  get localAddress(): string | undefined {
    return this.socket.localAddress;
  }

  get localPort(): number | undefined {
    return this.socket.localPort;
  }

  setNoDelay(on: boolean): this {
    this.socket.setNoDelay(on);
    return this;
  }

  setKeepAlive(on: boolean, delayMs?: number): this {
    this.socket.setKeepAlive(on, delayMs);
    return this;
  }

  setTimeout(timeoutMs: number, callback?: () => void): this {
    this.socket.setTimeout(timeoutMs);
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  ref(): this {
    this.socket.ref();
    return this;
  }

  unref(): this {
    this.socket.unref();
    return this;
  }

  /** A line of the key log of the TLS connection above. */
  secret(line: Uint8Array): void {
    this.dump?.secret(line);
  }

  /** The TLS connection above has its keys. Node asks the system for addresses, which does not know this stream. */
  secured(above: TLSSocket): void {
    this.dump?.release();
    for (const name of ADDRESSES) Object.defineProperty(above, name, { value: this[name] });
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { socket } = this;
    const write = (): void => {
      this.dump?.sent(chunk);
      socket.write(chunk, done);
    };
    if (socket.connecting) socket.once('connect', write);
    else write();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.dump?.close();
    this.dump = undefined;
    this.socket.destroy();
    done(error);
  }

  private connected(): void {
    this.open();
    this.emit('connect');
  }

  private open(): void {
    const { socket } = this;
    const local = endpointOf(socket.localAddress, socket.localPort);
    const remote = endpointOf(socket.remoteAddress, socket.remotePort);
    this.dump = new ConnectionDump(this.target, { local, remote, ...this.about });
  }
}

/** Puts a dump between a server of Node's and each connection that it accepts. For TLS, `followTls` as well. */
export function dumpConnections(server: Server, target: DumpTarget, tls: boolean): void {
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const stream = new DumpedStream(socket, target, { side: 'server', tls });
    for (const listener of accept) listener.call(server, stream);
  });
}

/** The secrets of TLS connections over dumped streams, of a server or of one client, go into their files. */
export function followTls(tls: EventEmitter): void {
  tls.on('keylog', (line: Uint8Array, socket: TLSSocket = tls as TLSSocket) => dumpedBelow(socket)?.secret(line));
  const secured = (socket: TLSSocket = tls as TLSSocket): void => dumpedBelow(socket)?.secured(socket);
  tls.prependListener('secureConnection', secured);
  tls.prependListener('secureConnect', secured);
}

/** Through the socket's handle, which Node does not document: without it, the file has no secrets. */
function dumpedBelow(socket: TLSSocket): DumpedStream | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  const wrap: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, '_parentWrap') : undefined;
  const stream: unknown = typeof wrap === 'object' && wrap !== null ? Reflect.get(wrap, 'stream') : undefined;
  return stream instanceof DumpedStream ? stream : undefined;
}
