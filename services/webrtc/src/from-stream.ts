import { randomInt } from 'node:crypto';
import { ByteSlab, concatBytes } from '@mediamesh/bytes';
import type { FrameMaker } from '@mediamesh/gateway';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { RtpFrame, SRTP_TAG_BYTES, createPacketizer } from '@mediamesh/rtp';
import type { Packetizer, RtpSender } from '@mediamesh/rtp';
import { OUTGOING_AUDIO, OUTGOING_VIDEO, PacketHistory, wireCodecOf } from '@mediamesh/webrtc';
import type { WireCodec } from '@mediamesh/webrtc';
import { LinearG711Packetizer } from './linear-g711-packetizer.ts';
import { OpusTimes } from './opus-times.ts';

/** RTP payload of 1 200 bytes of UDP payload. Contract 6.4.4. */
const MAX_PAYLOAD_BYTES = 1_188;
/** A guess of what a packet adds to its payload: prefix, RTP header, fragment headers. */
const PACKET_OVERHEAD_BYTES = 24;
/** What readers can still ask for again: seconds of video, and of audio. */
const HISTORY_PACKETS = { video: 2_048, audio: 256 } as const;

/** One track as all WebRTC readers of the path see it. Payload type and numbering are each reader's own. */
export interface OutgoingTrack {
  readonly track: Track;
  readonly wire: WireCodec;
  readonly sender: RtpSender;
  readonly timestampOffset: number;
  /** Of Opus: others have those of their units. */
  readonly opusTimes: OpusTimes | undefined;
  readonly slab: ByteSlab;
  readonly history: PacketHistory;
}

/** A unit's packets, made once for every reader of the path. */
export class WebRtcFrame {
  readonly track: OutgoingTrack;
  readonly packets: RtpFrame;
  /** Wall-clock microseconds of the capture. */
  readonly ntpUs: number;
  /** Why readers cannot go on with this stream. */
  readonly failure: string | undefined;
  /** Where a reader's SRTP packets lie, one behind the other: the same for all readers. */
  readonly protectedOffsets: readonly number[];
  readonly protectedSizes: readonly number[];
  readonly protectedBytes: number;

  constructor(track: OutgoingTrack, packets: RtpFrame, ntpUs: number, failure: string | undefined) {
    this.track = track;
    this.packets = packets;
    this.ntpUs = ntpUs;
    this.failure = failure;
    const offsets: number[] = [];
    const sizes: number[] = [];
    let end = 0;
    for (let i = 0; i < packets.packetCount; i++) {
      const size = packets.sizes[i]! + SRTP_TAG_BYTES;
      offsets.push(end);
      sizes.push(size);
      end += size;
    }
    this.protectedOffsets = offsets;
    this.protectedSizes = sizes;
    this.protectedBytes = end;
  }
}

/** What readers get of a unit: packets of a track, or a message of the data channel. */
export type OutgoingFrame = WebRtcFrame | Uint8Array;

/**
 * Units of a path into RTP packets, for all WebRTC readers of it.
 *
 * Tracks:  one video and one audio, the first of each by MediaMTX's order of codecs, and the first of KLV, whose units are messages; the
 *          others are skipped.
 * Numbers: SSRC, sequence numbers and timestamps are the path's; readers add an offset of their own to the sequence numbers.
 * B-frames: browsers show frames in the order that they come in; a frame that goes back in time ends the readers.
 */
export class FromStream implements FrameMaker<OutgoingFrame> {
  private outgoing: (OutgoingTrack | undefined)[] = [];
  private packetizers: (Packetizer | undefined)[] = [];
  private chosenData: Track | undefined;
  /** By track id: of the last unit. */
  private readonly lastPts: number[] = [];

  /** Video, then audio. */
  get tracks(): readonly OutgoingTrack[] {
    return this.outgoing.filter((track) => track !== undefined);
  }

  /** What goes into a data channel. */
  get data(): Track | undefined {
    return this.chosenData;
  }

  describe({ description }: EpochState): void {
    const former = this.outgoing;
    this.outgoing = [];
    this.packetizers = [];
    this.chosenData = description.tracks.find(({ codec }) => codec === 'KLV');
    const chosen = [chooseTrack(description.tracks, OUTGOING_VIDEO), chooseTrack(description.tracks, OUTGOING_AUDIO)];
    for (const track of chosen) {
      const wire = track && wireCodecOf(track);
      if (wire === undefined) continue;
      const before = former[track!.id];
      if (before === undefined && former.length > 0) continue; // readers do not know it
      this.outgoing[track!.id] = outgoingOf(track!, wire, before);
      this.packetizers[track!.id] = packetizerOf({ track: track!, wire });
    }
  }

  prepare(unit: BusUnit): OutgoingFrame {
    if (unit.trackId === this.chosenData?.id) return concatBytes(unit.payload);
    const track = this.outgoing[unit.trackId]!;
    const ptsTicks = track.opusTimes?.place(unit) ?? unit.ptsTicks;
    const packets = packetsOf(unit, ptsTicks, track, this.packetizers[unit.trackId]!, track.sender);
    const { bytes, offsets, sizes } = packets;
    for (let i = 0; i < offsets.length; i++) track.history.add(bytes, offsets[i]!, sizes[i]!);
    return new WebRtcFrame(track, packets, unit.ntpUs, this.failureOf(unit, track));
  }

  private failureOf({ trackId, ptsTicks }: BusUnit, { track: { codec } }: OutgoingTrack): string | undefined {
    const last = this.lastPts[trackId];
    this.lastPts[trackId] = ptsTicks;
    if (last === undefined || ptsTicks >= last || (codec !== 'H264' && codec !== 'H265')) return undefined;
    return `WebRTC doesn't support ${codec} streams with B-frames`;
  }
}

/** The first track of the first codec of the list that the stream has. */
function chooseTrack(tracks: readonly Track[], order: readonly Track['codec'][]): Track | undefined {
  for (const codec of order) {
    const found = tracks.find((track) => track.codec === codec && wireCodecOf(track) !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function packetizerOf({ track, wire }: Pick<OutgoingTrack, 'track' | 'wire'>): Packetizer {
  const options = { maxPayloadBytes: MAX_PAYLOAD_BYTES, clockRateHz: track.clockRateHz };
  if (track.codec === 'G711' && wire.name === 'L16') return new LinearG711Packetizer(track.parameters, options);
  return createPacketizer(track, options);
}

function outgoingOf(track: Track, wire: WireCodec, before: OutgoingTrack | undefined): OutgoingTrack {
  return {
    track,
    wire,
    // The payload type is written for each reader.
    sender: before?.sender ?? { payloadType: 0, ssrc: randomInt(1, 2 ** 32), sequenceNumber: randomInt(2 ** 16) },
    timestampOffset: before?.timestampOffset ?? randomInt(2 ** 32),
    opusTimes: track.codec === 'Opus' ? (before?.opusTimes ?? new OpusTimes()) : undefined,
    slab: before?.slab ?? new ByteSlab(),
    history: before?.history ?? new PacketHistory(HISTORY_PACKETS[wire.mediaType]),
  };
}

export function packetsOf(unit: BusUnit, ptsTicks: number, track: OutgoingTrack, packetizer: Packetizer, sender: RtpSender): RtpFrame {
  const { payload } = unit;
  let size = 0;
  for (let i = 0; i < payload.length; i++) size += payload[i]!.length;
  const packetCount = payload.length + Math.ceil(size / MAX_PAYLOAD_BYTES);
  const timestamp = ((ptsTicks + track.timestampOffset) % 2 ** 32) >>> 0;
  const packets = new RtpFrame(sender, timestamp, 0, track.slab.cut(size + packetCount * PACKET_OVERHEAD_BYTES));
  packetizer.packetize(payload, timestamp, packets);
  return packets;
}
