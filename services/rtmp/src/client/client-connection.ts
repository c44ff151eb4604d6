import type { CryptoPort } from '@mediamesh/bytes';
import type { Amf0Value } from '@mediamesh/flv';
import { ConnectionLife } from '@mediamesh/gateway';
import { openTcpConnection } from '@mediamesh/net';
import type { DumpTarget, TcpConnection, TimerWheel } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { RtmpClientConnection } from '@mediamesh/rtmp';
import type { AuthStep, MediaMessage, RtmpClientHandler } from '@mediamesh/rtmp';
import { NoSupportedCodecError } from '../no-supported-codec.ts';
import type { ServerAddress } from './server-address.ts';

const TICK_MS = 1_000;

/** What a server is connected to for, once it plays or takes the stream: a path is fed by it, or pushed to it. */
export interface ConnectionUse {
  /** Hot: once a message. Absent where nobody asked for any. */
  media?(message: MediaMessage): void;
  data?(values: readonly Amf0Value[]): void;
  /** Every second. */
  tick(): void;
  /** The connection is over. */
  close(reason: string): Promise<void>;
}

export interface ClientConnectionOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  readonly logger: Logger;
  readonly address: ServerAddress;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  readonly action: 'play' | 'publish';
  /** What the server is told of Enhanced RTMP. */
  readonly fourCcs: readonly string[];
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly maxQueuedBytes: number;
  readonly dump?: DumpTarget | undefined;
  readonly auth?: AuthStep;
}

export type ConnectionEnd = { readonly kind: 'reconnect'; readonly auth: AuthStep } | { readonly kind: 'over'; readonly reason: string };

/**
 * One connection to another server: its socket, the protocol's state machine, and what it is used for.
 *
 * Shape:  `run` once; it resolves when everything is closed.
 * Errors: none: they are the reason that it ends with.
 */
export class ClientConnection implements RtmpClientHandler {
  private readonly options: ClientConnectionOptions;
  private readonly open: (connection: ClientConnection) => ConnectionUse;
  private readonly life: ConnectionLife<ConnectionEnd>;
  private machine: RtmpClientConnection | undefined;
  private socket: TcpConnection | undefined;
  private use: ConnectionUse | undefined;

  constructor(options: ClientConnectionOptions, open: (connection: ClientConnection) => ConnectionUse) {
    this.options = options;
    this.open = open;
    const { timers, logger } = options;
    this.life = new ConnectionLife({ timers, logger, expected: [NoSupportedCodecError], stop: (reason) => this.stop(reason) });
  }

  get sentBytes(): number {
    return this.socket?.sentBytes ?? 0;
  }

  /** For its use: there is one by then. */
  get tcp(): TcpConnection {
    return this.socket!;
  }

  /** The message stream that media is sent on. */
  get streamId(): number {
    return this.machine!.streamId;
  }

  async run(): Promise<ConnectionEnd> {
    const end = await this.life.run(() => this.connect());
    this.socket?.end();
    await this.use?.close(end.kind === 'over' ? end.reason : 'connecting again');
    return end;
  }

  /** Says goodbye to the server; `run` resolves. */
  stop(reason: string): void {
    if (this.machine === undefined) this.life.finish({ kind: 'over', reason });
    else this.machine.stop(reason);
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.tcp.write(bytes);
  }

  started(): void {
    this.life.guard(() => (this.use = this.open(this)));
  }

  media(message: MediaMessage): void {
    this.use?.media?.(message);
  }

  data(values: readonly Amf0Value[]): void {
    this.use?.data?.(values);
  }

  reconnect(auth: AuthStep): void {
    this.life.finish({ kind: 'reconnect', auth });
  }

  close(reason: string): void {
    this.life.finish({ kind: 'over', reason });
  }

  private async connect(): Promise<void> {
    const { address, crypto, timers, fingerprint, action, fourCcs, auth, readTimeoutMs, writeTimeoutMs, maxQueuedBytes, dump } =
      this.options;
    const tcp = await openTcpConnection({
      host: address.hostname,
      port: address.port,
      timers,
      timeoutMs: readTimeoutMs,
      writeTimeoutMs,
      maxQueuedBytes,
      dump,
      signal: this.life.signal,
      ...(address.tls && { tls: { fingerprint } }),
    });
    this.socket = tcp;
    if (this.life.isOver) return;
    const machine = new RtmpClientConnection(
      { crypto, address: address.stream, action, fourCcs, readTimeoutMs, ...(auth && { auth }) },
      this,
      timers.nowMs(),
    );
    this.machine = machine;
    tcp.onData = (bytes) => this.life.guard(() => machine.receive(bytes, timers.nowMs()));
    tcp.onClose = (error) => machine.end(error?.message ?? 'EOF');
    this.life.every(TICK_MS, () => this.tick());
    machine.start();
  }

  private tick(): void {
    this.machine!.tick(this.options.timers.nowMs());
    this.use?.tick();
  }
}
