import type { BusUnit } from '@mediamesh/media';
import type { Packetizer, RtpSender } from '@mediamesh/rtp';
import { WebRtcFrame, packetizerOf, packetsOf } from './from-stream.ts';
import type { OutgoingTrack } from './from-stream.ts';

/** Away from the live ones by half of all numbers: neither an instant start (32 MiB) nor what comes meanwhile gets so far. */
const NUMBERS_AWAY = 0x8000;

/**
 * The instant start of one reader, frame by frame as it is sent: a group of pictures made at once would hold up everybody's media.
 *
 * Units: sequence numbers of the path, modulo 2^16, that no live packet has.
 */
export class CatchUpFrames {
  private readonly units: readonly BusUnit[];
  // By track id:
  private readonly tracks: (OutgoingTrack | undefined)[] = [];
  private readonly packetizers: (Packetizer | undefined)[] = [];
  private readonly senders: (RtpSender | undefined)[] = [];
  /** What is added to times: live ones that follow do not go back. */
  private readonly shiftTicks: number[] = [];
  private readonly firstNumbers: readonly (number | undefined)[];
  private readonly made: WebRtcFrame[] = [];
  private taken = 0;

  constructor(units: readonly BusUnit[], tracks: readonly OutgoingTrack[]) {
    this.units = units;
    for (const track of tracks) this.tracks[track.track.id] = track;
    for (const { trackId } of units) this.senders[trackId] ??= senderOf(this.tracks[trackId]!);
    this.firstNumbers = this.senders.map((sender) => sender?.sequenceNumber);
    for (const track of tracks) this.shiftTicks[track.track.id] = shiftOf(track, units);
  }

  /** Of a track's first packet; undefined when it has none here. */
  firstNumberOf({ track }: OutgoingTrack): number | undefined {
    return this.firstNumbers[track.id];
  }

  get isOver(): boolean {
    return this.taken === this.units.length;
  }

  /** Before `isOver`. Undefined: a unit that cannot be packetized; it is left out, as among the live ones. */
  next(): WebRtcFrame | undefined {
    const unit = this.units[this.taken++]!;
    try {
      return this.make(unit);
    } catch {
      return undefined; // the hub has told of it when the unit was live
    }
  }

  /** A packet that was made; undefined when none has this number. */
  find(track: OutgoingTrack, sequenceNumber: number): Uint8Array | undefined {
    for (const frame of this.made) {
      const { firstSequenceNumber, packetCount, bytes, offsets, sizes } = frame.packets;
      const index =
        frame.track.sender === track.sender && firstSequenceNumber !== undefined
          ? (sequenceNumber - firstSequenceNumber) & 0xffff
          : packetCount;
      if (index < packetCount) return bytes.subarray(offsets[index], offsets[index]! + sizes[index]!);
    }
    return undefined;
  }

  private make(unit: BusUnit): WebRtcFrame {
    const track = this.tracks[unit.trackId]!;
    const packetizer = (this.packetizers[unit.trackId] ??= packetizerOf(track));
    const packets = packetsOf(unit, unit.ptsTicks + this.shiftTicks[unit.trackId]!, track, packetizer, this.senders[unit.trackId]!);
    const frame = new WebRtcFrame(track, packets, unit.ntpUs, undefined);
    this.made.push(frame);
    return frame;
  }
}

function senderOf({ sender }: OutgoingTrack): RtpSender {
  return { ...sender, sequenceNumber: (sender.sequenceNumber + NUMBERS_AWAY) & 0xffff };
}

function shiftOf({ track, opusTimes }: OutgoingTrack, units: readonly BusUnit[]): number {
  const last = units.findLast(({ trackId }) => trackId === track.id);
  try {
    return (last && opusTimes?.shiftFrom(last)) ?? 0;
  } catch {
    return 0; // it is left out
  }
}
