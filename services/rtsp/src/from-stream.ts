import { randomInt } from 'node:crypto';
import type { FrameMaker } from '@mediamesh/gateway';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { RtpFrame, createPacketizer } from '@mediamesh/rtp';
import type { Packetizer, RtpSender } from '@mediamesh/rtp';

/** A guess of what a packet adds to its payload: prefix, RTP header, fragment headers. */
const PACKET_OVERHEAD_BYTES = 24;
const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;

/** One track as all RTSP readers of the path see it: SSRC, payload type, and where the numbering stands. */
export interface OutgoingTrack {
  readonly track: Track;
  /** Of the described medias: each track is a media of its own. */
  readonly mediaIndex: number;
  readonly sender: RtpSender;
  readonly timestampOffset: number;
}

/** A unit's packets, made once for every reader of the path. */
export class RtspFrame {
  readonly track: OutgoingTrack;
  readonly packets: RtpFrame;
  /** Wall-clock microseconds of the capture. */
  readonly ntpUs: number;
  private readonly byChannel: Uint8Array[] = [];

  constructor(track: OutgoingTrack, packets: RtpFrame, ntpUs: number) {
    this.track = track;
    this.packets = packets;
    this.ntpUs = ntpUs;
  }

  /** The whole frame in interleaved framing, for one write. Readers with the same channel share it. */
  interleaved(channel: number): Uint8Array {
    const { packets } = this;
    if (channel === packets.channel) return packets.interleaved;
    let bytes = this.byChannel[channel];
    if (bytes === undefined) {
      bytes = new Uint8Array(packets.interleaved);
      for (const offset of packets.offsets) bytes[offset - 3] = channel;
      this.byChannel[channel] = bytes;
    }
    return bytes;
  }
}

/**
 * Units of a path into RTP packets, for all RTSP readers of it.
 *
 * Numbering: SSRC, sequence numbers and the timestamp's offset are random, and go on over revisions and spliced epochs.
 */
export class FromStream implements FrameMaker<RtspFrame> {
  private readonly maxPayloadBytes: number;
  private outgoing: (OutgoingTrack | undefined)[] = [];
  private packetizers: (Packetizer | undefined)[] = [];
  /** By track id: the last unit that was packetized. */
  private readonly last: { ptsTicks: number; atMs: number }[] = [];

  constructor(maxPayloadBytes: number) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  /** In the order of the description. */
  get tracks(): readonly OutgoingTrack[] {
    return this.outgoing.filter((track) => track !== undefined);
  }

  describe({ description }: EpochState): void {
    const former = this.outgoing;
    this.outgoing = [];
    this.packetizers = [];
    description.tracks.forEach((track, mediaIndex) => {
      const before = former[track.id];
      const sender = before?.sender ?? {
        payloadType: payloadTypeOf(track, mediaIndex),
        ssrc: randomInt(2 ** 32),
        sequenceNumber: randomInt(2 ** 16),
      };
      const timestampOffset = before?.timestampOffset ?? randomInt(2 ** 32);
      this.outgoing[track.id] = { track, mediaIndex, sender, timestampOffset };
      this.packetizers[track.id] = this.packetizerOf(track);
    });
  }

  prepare(unit: BusUnit): RtspFrame {
    const track = this.outgoing[unit.trackId]!;
    const last = this.last[unit.trackId];
    if (last === undefined) this.last[unit.trackId] = { ptsTicks: unit.ptsTicks, atMs: performance.now() };
    else {
      last.ptsTicks = unit.ptsTicks;
      last.atMs = performance.now();
    }
    return frameOf(unit, track, this.packetizers[unit.trackId]!, track.sender);
  }

  /** Packets for one reader, before its first live one: their sequence numbers end where the live ones go on. */
  prepareCatchUp(units: readonly BusUnit[]): readonly RtspFrame[] {
    const senders = new Map<number, RtpSender>();
    const packetizers = new Map<number, Packetizer>();
    const frames = units.map((unit) => {
      const track = this.outgoing[unit.trackId]!;
      let sender = senders.get(unit.trackId);
      if (sender === undefined) {
        senders.set(unit.trackId, (sender = { ...track.sender, sequenceNumber: 0 }));
        packetizers.set(unit.trackId, this.packetizerOf(track.track));
      }
      return frameOf(unit, track, packetizers.get(unit.trackId)!, sender);
    });
    for (const { packets, track } of frames) {
      const first = track.sender.sequenceNumber - senders.get(track.track.id)!.sequenceNumber;
      const { bytes } = packets;
      for (const offset of packets.offsets) {
        const sequenceNumber = first + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!);
        bytes[offset + 2] = sequenceNumber >>> 8;
        bytes[offset + 3] = sequenceNumber;
      }
    }
    return frames;
  }

  /** The next packet of a track, its timestamp carried on from the last; undefined before the first. */
  nextOf(track: OutgoingTrack): { readonly sequenceNumber: number; readonly timestamp: number } | undefined {
    const last = this.last[track.track.id];
    if (last === undefined) return undefined;
    const elapsedTicks = Math.round(((performance.now() - last.atMs) * track.track.clockRateHz) / 1000);
    return { sequenceNumber: track.sender.sequenceNumber, timestamp: rtpTimestampOf(track, last.ptsTicks + elapsedTicks) };
  }

  private packetizerOf(track: Track): Packetizer {
    return createPacketizer(track, { maxPayloadBytes: this.maxPayloadBytes, clockRateHz: track.clockRateHz });
  }
}

/** RTP timestamp of a time on the path's timeline. */
function rtpTimestampOf(track: OutgoingTrack, ptsTicks: number): number {
  return ((ptsTicks + track.timestampOffset) % 2 ** 32) >>> 0;
}

function frameOf(unit: BusUnit, track: OutgoingTrack, packetizer: Packetizer, sender: RtpSender): RtspFrame {
  const { payload } = unit;
  let size = 0;
  for (let i = 0; i < payload.length; i++) size += payload[i]!.length;
  const packetCount = payload.length + Math.ceil(size / 1_200);
  const timestamp = rtpTimestampOf(track, unit.ptsTicks);
  const packets = new RtpFrame(sender, timestamp, (track.mediaIndex * 2) & 0xff, size + packetCount * PACKET_OVERHEAD_BYTES);
  packetizer.packetize(payload, timestamp, packets);
  return new RtspFrame(track, packets, unit.ntpUs);
}

/** Static payload types where RFC 3551 has one for exactly this format; else dynamic ones in order. */
function payloadTypeOf(track: Track, mediaIndex: number): number {
  switch (track.codec) {
    case 'G711': {
      const { sampleRateHz, channelCount, muLaw } = track.parameters;
      if (sampleRateHz === 8_000 && channelCount === 1) return muLaw ? 0 : 8;
      break;
    }
    case 'G722':
      if (track.parameters.channelCount === 1) return 9;
      break;
    case 'MPEG-1/2 Audio':
      return 14;
    case 'M-JPEG':
      return 26;
    case 'MPEG-1/2 Video':
      return 32;
    case 'MPEG-TS':
    case 'FLAC':
    case 'Vorbis':
    case 'Speex':
    case 'Generic':
      return track.parameters.payloadType;
    default:
      break;
  }
  return FIRST_DYNAMIC_PAYLOAD_TYPE + (mediaIndex % 32);
}
