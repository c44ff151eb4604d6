import type { CryptoPort } from '@mediamesh/bytes';
import { WheelTimer } from '@mediamesh/net';
import type { TimerWheel } from '@mediamesh/net';
import { DataChannels } from '@mediamesh/webrtc';
import type { DataChannelOutput } from '@mediamesh/webrtc';

export interface DataTransportOptions {
  readonly crypto: CryptoPort;
  readonly timers: TimerWheel;
  /** Of DTLS. */
  readonly role: 'server' | 'client';
  /** A packet, into DTLS. */
  readonly send: (packet: Uint8Array) => void;
  /** The peer has ended its channels, or broken their protocol; the connection goes on. Called once. */
  readonly onClosed: (reason: string) => void;
}

/** The data channels of one connection: what they have to send goes into DTLS, and their timers run. What the peer sends is its own matter. */
export class DataTransport {
  private readonly options: DataTransportOptions;
  private readonly channels: DataChannels;
  private readonly timer: WheelTimer;
  private closed = false;

  constructor(options: DataTransportOptions) {
    this.options = options;
    const { crypto, role } = options;
    this.channels = new DataChannels(crypto, role);
    this.timer = new WheelTimer(() => this.act((nowMs) => this.channels.tick(nowMs)));
  }

  /** Once DTLS is connected. */
  start(): void {
    this.act((nowMs) => this.channels.start(nowMs));
  }

  /** Returns the id of a channel that is unordered, and loses nothing. */
  open(label: string): number {
    let opened = 0;
    this.act((nowMs) => {
      const { id, output } = this.channels.open({ label, ordered: false }, nowMs);
      opened = id;
      return output;
    });
    return opened;
  }

  /** Whether it was taken. What is sent before the peer is there, or after it has closed, is for nobody, and taken. */
  send(id: number, data: Uint8Array): boolean {
    if (this.closed || !this.channels.isEstablished) return true;
    const { timers } = this.options;
    const output = this.channels.send(id, data, timers.nowMs());
    if (output === undefined) return false;
    this.act(() => output);
    return true;
  }

  receive(packet: Uint8Array): void {
    this.act((nowMs) => this.channels.receive(packet, nowMs));
  }

  /** Idempotent. */
  close(): void {
    const { timers, send } = this.options;
    if (!this.closed) for (const packet of this.channels.close(timers.nowMs()).send) send(packet);
    this.closed = true;
    this.options.timers.cancel(this.timer);
  }

  private act(step: (nowMs: number) => DataChannelOutput): void {
    if (this.closed) return;
    const { timers, send, onClosed } = this.options;
    const output = step(timers.nowMs());
    for (const packet of output.send) send(packet);
    for (const event of output.events) if (event.kind === 'closed') onClosed(event.reason);
    const { dueMs } = this.channels;
    if (dueMs === undefined) timers.cancel(this.timer);
    else timers.reschedule(this.timer, Math.max(0, dueMs - timers.nowMs()));
  }
}
