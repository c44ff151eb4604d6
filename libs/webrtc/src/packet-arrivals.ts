import { ARRIVAL_TICKS_A_SECOND, MAX_DELTA_TICKS, MIN_DELTA_TICKS, REFERENCE_TIME_TICKS } from '@mediamesh/rtp';
import type { TransportWideFeedback } from '@mediamesh/rtp';

/** Numbers that are remembered: a tenth of a second of 200 Mbit/s. What is further away is another start. */
export const MAX_ARRIVALS = 2_048;
/** A message with all of them late, in which each costs the most, fits a datagram of 1 200 bytes. */
const MAX_MESSAGE_STATUSES = 480;
/** A message with its IP, UDP, SRTCP and RTCP headers may take a twentieth of what comes, as libwebrtc's do. */
const MESSAGE_BITS = 68 * 8;
const MESSAGE_SHARE = 0.05;
const MIN_INTERVAL_US = 50_000;
const MAX_INTERVAL_US = 250_000;

const TICKS_A_US = ARRIVAL_TICKS_A_SECOND / 1e6;
const MISSING = -1;
const NONE: readonly TransportWideFeedback[] = [];

/** A packet of a transport whose sender numbers them all. */
export interface NumberedPacket {
  /** Across the transport, of the header extension; modulo 2^16. */
  readonly transportSequence: number;
  readonly ssrc: number;
  readonly sizeBytes: number;
}

/**
 * When a peer's packets came, told to it: by this it finds out what its path carries.
 *
 * Shape: packets as they come in, messages to send out; `tick` for what is left when none comes.
 * Units: `nowUs` is any clock that does not run backwards. Its resolution is the peer's.
 * Times: every 50 ms at 220 kbit/s and more, every 250 ms at 44 kbit/s and less.
 * Lost:  numbers that did not come are told of once; one that comes late is told of again, with all behind it.
 * Source: draft-holmer-rmcat-transport-wide-cc-extensions-01.
 */
export class PacketArrivals {
  private readonly senderSsrc: number;
  /** Arrival of a number, by the number modulo MAX_ARRIVALS. */
  private readonly ticks = new Float64Array(MAX_ARRIVALS).fill(MISSING);
  // These do not wrap:
  private highest = -1;
  /** The first number that was not told of. */
  private next = 0;
  private mediaSsrc = 0;
  private hasNew = false;
  private bytes = 0;
  private toldUs = 0;
  private intervalUs = MIN_INTERVAL_US;
  private messageCount = 0;

  constructor(senderSsrc: number) {
    this.senderSsrc = senderSsrc;
  }

  received({ transportSequence, ssrc, sizeBytes }: NumberedPacket, nowUs: number): readonly TransportWideFeedback[] {
    if (this.highest < 0) this.start(transportSequence, nowUs);
    const number = this.highest + (((transportSequence - this.highest) << 16) >> 16);
    this.bytes += sizeBytes;
    if (number > this.highest) this.advance(number);
    const index = number % MAX_ARRIVALS;
    if (number <= this.highest - MAX_ARRIVALS || this.ticks[index] !== MISSING) return NONE; // long ago, or twice
    this.ticks[index] = Math.floor(nowUs * TICKS_A_US);
    this.next = Math.min(this.next, number);
    this.mediaSsrc = ssrc;
    this.hasNew = true;
    return this.tick(nowUs);
  }

  tick(nowUs: number): readonly TransportWideFeedback[] {
    const elapsedUs = nowUs - this.toldUs;
    if (!this.hasNew || elapsedUs < this.intervalUs) return NONE;
    const bitrateBps = (this.bytes * 8e6) / elapsedUs;
    const intervalUs = (MESSAGE_BITS * 1e6) / (MESSAGE_SHARE * bitrateBps);
    this.intervalUs = Math.max(MIN_INTERVAL_US, Math.min(MAX_INTERVAL_US, intervalUs));
    this.toldUs = nowUs;
    this.bytes = 0;
    this.hasNew = false;
    return this.messages();
  }

  /** Above 2^16, so that what is before the first number is not negative. */
  private start(transportSequence: number, nowUs: number): void {
    this.next = transportSequence + 0x1_0000;
    this.highest = this.next - 1;
    this.toldUs = nowUs;
  }

  private advance(number: number): void {
    if (number - this.highest >= MAX_ARRIVALS) {
      this.ticks.fill(MISSING);
      this.next = number;
    } else for (let skipped = this.highest + 1; skipped <= number; skipped++) this.ticks[skipped % MAX_ARRIVALS] = MISSING;
    this.highest = number;
    this.next = Math.max(this.next, number - MAX_ARRIVALS + 1);
  }

  private messages(): readonly TransportWideFeedback[] {
    const messages: TransportWideFeedback[] = [];
    while (this.next <= this.highest) {
      const base = this.next;
      const firstTicks = this.firstArrival();
      const referenceTime = Math.floor(firstTicks / REFERENCE_TIME_TICKS);
      const deltas = this.deltasFrom(referenceTime * REFERENCE_TIME_TICKS);
      messages.push({
        type: 'transportWideFeedback',
        senderSsrc: this.senderSsrc,
        mediaSsrc: this.mediaSsrc,
        baseSequenceNumber: base & 0xffff,
        referenceTime: referenceTime % 2 ** 24,
        feedbackCount: this.messageCount++ & 0xff,
        deltas,
      });
    }
    return messages;
  }

  /** Of `next` and those behind it; the highest has always arrived. */
  private firstArrival(): number {
    let number = this.next;
    while (this.ticks[number % MAX_ARRIVALS] === MISSING) number++;
    return this.ticks[number % MAX_ARRIVALS]!;
  }

  /** Up to what does not fit a message. */
  private deltasFrom(referenceTicks: number): readonly (number | undefined)[] {
    const deltas: (number | undefined)[] = [];
    let before = referenceTicks;
    for (; this.next <= this.highest && deltas.length < MAX_MESSAGE_STATUSES; this.next++) {
      const ticks = this.ticks[this.next % MAX_ARRIVALS]!;
      const delta = ticks - before;
      if (ticks === MISSING) deltas.push(undefined);
      else if (delta < MIN_DELTA_TICKS || delta > MAX_DELTA_TICKS) break;
      else {
        deltas.push(delta);
        before = ticks;
      }
    }
    return deltas;
  }
}
