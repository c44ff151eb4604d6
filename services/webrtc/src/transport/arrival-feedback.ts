import { randomInt } from 'node:crypto';
import type { TimerWheel, WheelTimer } from '@mediamesh/net';
import { headerExtension, serializeRtcpCompound } from '@mediamesh/rtp';
import type { TransportWideFeedback } from '@mediamesh/rtp';
import { PacketArrivals } from '@mediamesh/webrtc';
import type { IncomingTrack } from '../to-stream.ts';

/** For what came last before a pause; while packets come, they keep the time. */
const TICK_MS = 100;
const SSRC_OFFSET = 8;

export interface ArrivalFeedbackOptions {
  readonly timers: TimerWheel;
  readonly sendRtcp: (compound: Uint8Array) => void;
}

/** Tells a peer that numbers its packets when they came, from the first one on. */
export class ArrivalFeedback {
  private readonly extensionId: number;
  private readonly options: ArrivalFeedbackOptions;
  private readonly arrivals = new PacketArrivals(randomInt(1, 2 ** 32));
  private readonly timer: WheelTimer;

  /** Undefined when the peer does not number them. */
  static of(tracks: readonly IncomingTrack[], options: ArrivalFeedbackOptions): ArrivalFeedback | undefined {
    const extensionId = tracks.find(({ transportSequenceId }) => transportSequenceId !== undefined)?.transportSequenceId;
    return extensionId === undefined ? undefined : new ArrivalFeedback(extensionId, options);
  }

  private constructor(extensionId: number, options: ArrivalFeedbackOptions) {
    this.extensionId = extensionId;
    this.options = options;
    this.timer = options.timers.schedule(TICK_MS, () => this.tick());
  }

  /** Hot: any packet of the transport, those without payload too: they are how browsers probe the path. */
  rtp(bytes: Uint8Array): void {
    const value = headerExtension(bytes, this.extensionId);
    if (value?.length !== 2) return;
    const ssrc = new DataView(bytes.buffer, bytes.byteOffset).getUint32(SSRC_OFFSET);
    const packet = { transportSequence: (value[0]! << 8) | value[1]!, ssrc, sizeBytes: bytes.length };
    this.send(this.arrivals.received(packet, nowUs()));
  }

  close(): void {
    this.options.timers.cancel(this.timer);
  }

  private tick(): void {
    this.send(this.arrivals.tick(nowUs()));
    this.options.timers.reschedule(this.timer, TICK_MS);
  }

  private send(messages: readonly TransportWideFeedback[]): void {
    for (const message of messages) this.options.sendRtcp(serializeRtcpCompound([message]));
  }
}

/** Of a clock that nobody sets: a jump would look like a queue on the way. */
function nowUs(): number {
  return performance.now() * 1_000;
}
