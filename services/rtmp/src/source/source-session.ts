import { ParseError } from '@mediamesh/bytes';
import { ControlError } from '@mediamesh/contracts';
import { AUDIO_FOUR_CC, VIDEO_FOUR_CC } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { ConnectionError, FingerprintError, dumpTarget, openTcpConnection } from '@mediamesh/net';
import type { TcpConnection, WheelTimer } from '@mediamesh/net';
import { RtmpClientConnection } from '@mediamesh/rtmp';
import type { AuthStep, MediaMessage, RtmpClientHandler } from '@mediamesh/rtmp';
import { Publishing } from '../publishing.ts';
import type { RtmpSourceParts } from './rtmp-source.ts';
import type { ServerAddress } from '../server-address.ts';

const TICK_MS = 1_000;
/** Commands are small: a server that takes none of them is stuck. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Every codec that a publisher can have. */
const FOUR_CCS: readonly string[] = [...Object.values(VIDEO_FOUR_CC), ...Object.values(AUDIO_FOUR_CC)];

export interface SourceSessionOptions extends RtmpSourceParts {
  readonly sourceId: string;
  readonly path: string;
  readonly address: ServerAddress;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  readonly auth?: AuthStep;
}

export type SessionEnd =
  | { readonly kind: 'reconnect'; readonly auth: AuthStep }
  /** `expected`: the path is not this source's any more, which is nobody's error. */
  | { readonly kind: 'over'; readonly reason: string; readonly expected: boolean };

/**
 * One connection to the server of a source: its socket, the protocol's state machine, and the path that it feeds.
 *
 * Shape:  `run` once; it resolves when everything is closed.
 * Errors: none: they are the reason that it ends with.
 */
export class SourceSession implements RtmpClientHandler {
  private readonly options: SourceSessionOptions;
  private readonly gone = new AbortController();
  private readonly ended: Promise<SessionEnd>;
  private resolveEnded!: (end: SessionEnd) => void;
  private machine: RtmpClientConnection | undefined;
  private tcp: TcpConnection | undefined;
  private publishing: Publishing | undefined;
  private ticker: WheelTimer | undefined;
  private expectedEnd = false;

  constructor(options: SourceSessionOptions) {
    this.options = options;
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve));
  }

  async run(): Promise<SessionEnd> {
    try {
      await this.connect();
    } catch (error) {
      this.failed(error);
    }
    const end = await this.ended;
    this.tcp?.end();
    await this.publishing?.close(end.kind === 'over' ? end.reason : 'connecting again');
    return end;
  }

  /** Says goodbye to the server; `run` resolves. */
  stop(reason: string): void {
    this.expectedEnd = true;
    if (this.machine === undefined) this.finish({ kind: 'over', reason, expected: true });
    else this.machine.stop(reason);
  }

  // What the state machine wants done.

  send(bytes: Uint8Array): void {
    this.tcp!.write(bytes);
  }

  started(): void {
    const { gateway, logger, sourceId, path } = this.options;
    this.tcp!.setBulk(true);
    this.publishing = new Publishing({
      gateway,
      logger,
      sessionId: sourceId,
      sourceType: 'rtmpSource',
      path,
      query: '',
      grant: undefined,
      onReady: () => {},
      onFailed: (error) => this.publishingFailed(error),
      onLost: (reason) => this.giveUp(reason),
    });
  }

  media(message: MediaMessage): void {
    this.publishing?.media(message, Date.now() * 1000);
  }

  data(values: readonly Amf0Value[]): void {
    this.publishing?.data(values);
  }

  reconnect(auth: AuthStep): void {
    this.finish({ kind: 'reconnect', auth });
  }

  close(reason: string): void {
    this.finish({ kind: 'over', reason, expected: this.expectedEnd });
  }

  private async connect(): Promise<void> {
    const { address, crypto, timers, settings, fingerprint, auth, logger } = this.options;
    const tcp = await openTcpConnection({
      host: address.hostname,
      port: address.port,
      timers,
      timeoutMs: settings.readTimeoutMs,
      writeTimeoutMs: settings.writeTimeoutMs,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      signal: this.gone.signal,
      dump: dumpTarget(settings.dumpPackets, `${address.tls ? 'rtmps' : 'rtmp'}_source_conn`, (level, message) => logger[level](message)),
      ...(address.tls && { tls: { fingerprint } }),
    });
    this.tcp = tcp;
    if (this.gone.signal.aborted) return;
    const machine = new RtmpClientConnection(
      {
        crypto,
        address: address.stream,
        action: 'play',
        fourCcs: FOUR_CCS,
        readTimeoutMs: settings.readTimeoutMs,
        ...(auth && { auth }),
      },
      this,
      timers.nowMs(),
    );
    this.machine = machine;
    tcp.onData = (bytes) => this.guard(() => machine.receive(bytes, timers.nowMs()));
    tcp.onClose = (error) => machine.end(error?.message ?? 'EOF');
    this.ticker = timers.schedule(TICK_MS, () => this.tick());
    machine.start();
  }

  private publishingFailed(error: unknown): void {
    if (error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER') this.giveUp(error.message);
    else this.machine!.stop(reasonOf(error));
  }

  /** The path is another's. */
  private giveUp(reason: string): void {
    this.expectedEnd = true;
    this.machine!.stop(reason);
  }

  private tick(): void {
    const { timers } = this.options;
    this.guard(() => {
      this.machine!.tick(timers.nowMs());
      this.publishing?.tick();
    });
    if (!this.gone.signal.aborted) timers.reschedule(this.ticker!, TICK_MS);
  }

  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    if (!isExpected(error)) this.options.logger.error('internal error, closing the connection', error);
    if (this.machine === undefined) this.finish({ kind: 'over', reason: reasonOf(error), expected: this.expectedEnd });
    else this.machine.stop(reasonOf(error));
  }

  private finish(end: SessionEnd): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    if (this.ticker !== undefined) this.options.timers.cancel(this.ticker);
    this.resolveEnded(end);
  }
}

/** Errors of the server and the network; others are ours. */
function isExpected(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof FingerprintError || error instanceof ParseError;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
