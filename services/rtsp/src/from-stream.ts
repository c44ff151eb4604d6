import { randomInt } from 'node:crypto';
import { ByteSlab } from '@mediamesh/bytes';
import type { CryptoPort } from '@mediamesh/bytes';
import type { FrameMaker } from '@mediamesh/gateway';
import { microsFromTicks, ticksFromMicros, trackLabel } from '@mediamesh/media';
import type { BusUnit, EpochState, Track } from '@mediamesh/media';
import { RtpFrame, createPacketizer } from '@mediamesh/rtp';
import type { Packetizer, RtpSender } from '@mediamesh/rtp';
import type { DescribedTrack } from '@mediamesh/rtsp';
import { PacketBuffer } from './packet-buffer.ts';
import { PacketRate } from './packet-rate.ts';
import { OutgoingCipher } from './srtp/outgoing-cipher.ts';

/** A guess of what a packet adds to its payload: prefix, RTP header, fragment headers. */
const PACKET_OVERHEAD_BYTES = 24;
const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;
/** From the keys that a client is told to the first packet that it gets: it may be GStreamer, whose SETUPs take a second each. */
const JOIN_SECONDS = 5;

/** One track as all RTSP readers of the path see it: SSRC, payload type, and where the numbering stands. */
export interface OutgoingTrack {
  readonly track: Track;
  /** Of the described medias: each track that RTP can carry is a media of its own. */
  readonly mediaIndex: number;
  readonly sender: RtpSender;
  readonly timestampOffset: number;
  readonly rate: PacketRate;
  /** While there are secure readers. */
  cipher: OutgoingCipher | undefined;
  /** A live unit has come. */
  begun: boolean;
  /** Where its packets are written. */
  readonly slab: ByteSlab;
}

/** A unit's packets, made once for every reader of the path. */
export class RtspFrame {
  readonly track: OutgoingTrack;
  readonly packets: RtpFrame;
  /** Wall-clock microseconds of the capture. */
  readonly ntpUs: number;
  readonly plain: PacketBuffer;
  /** SRTP; undefined when nobody holds the keys. */
  readonly secure: PacketBuffer | undefined;

  constructor(track: OutgoingTrack, packets: RtpFrame, ntpUs: number, secure: PacketBuffer | undefined) {
    this.track = track;
    this.packets = packets;
    this.ntpUs = ntpUs;
    this.plain = new PacketBuffer(packets.interleaved, packets.offsets, packets.sizes, packets.channel);
    this.secure = secure;
  }
}

/**
 * Units of a path into RTP packets, for all RTSP readers of it.
 *
 * Tracks:    those that cannot be packetized are skipped from the first description on, with a line in the log each.
 * Numbering: SSRC, sequence numbers and the timestamp's offset are random, and go on over revisions and spliced epochs.
 * Keys:      of the path and track, the same for all secure readers, so that a frame is protected once; every frame is, as long as
 *            somebody holds them.
 */
export class FromStream implements FrameMaker<RtspFrame> {
  private readonly maxPayloadBytes: number;
  private readonly crypto: CryptoPort;
  private readonly log: (message: string) => void;
  private keyHolders = 0;
  private outgoing: (OutgoingTrack | undefined)[] = [];
  private packetizers: (Packetizer | undefined)[] = [];
  /** The last unit that was packetized, on the path's timeline. */
  private edgeUs = 0;
  /** When that was; 0 before the first. */
  private edgeAtMs = 0;

  /** `log` takes a warning about the path. */
  constructor(maxPayloadBytes: number, crypto: CryptoPort, log: (message: string) => void) {
    this.maxPayloadBytes = maxPayloadBytes;
    this.crypto = crypto;
    this.log = log;
  }

  /** In the order of the description, without those that no packetizer takes. */
  get tracks(): readonly OutgoingTrack[] {
    return this.outgoing.filter((track) => track !== undefined);
  }

  describe({ description }: EpochState): void {
    const former = this.outgoing;
    const formerPacketizers = this.packetizers;
    this.outgoing = [];
    this.packetizers = [];
    let mediaIndex = 0;
    for (const track of description.tracks) {
      const before = former[track.id];
      if (before === undefined && former.length > 0) continue; // readers do not know it
      try {
        this.packetizers[track.id] = this.packetizerOf(track);
        this.outgoing[track.id] = this.outgoingOf(track, before?.mediaIndex ?? mediaIndex++, before);
      } catch (error) {
        if (before === undefined) this.log(`skipping track ${track.id} (${trackLabel(track)}): ${String(error)}`);
        this.packetizers[track.id] = formerPacketizers[track.id]; // a revision that cannot be sent changes nothing
        this.outgoing[track.id] = before;
      }
    }
  }

  prepare(unit: BusUnit): RtspFrame {
    const track = this.outgoing[unit.trackId]!;
    const nowMs = performance.now();
    this.edgeUs = microsFromTicks(unit.ptsTicks, track.track.clockRateHz);
    this.edgeAtMs = nowMs;
    track.begun = true;
    const packets = packetsOf(unit, track, this.packetizers[unit.trackId]!, track.sender);
    track.rate.add(packets.packetCount, nowMs);
    return new RtspFrame(track, packets, unit.ntpUs, track.cipher?.protect(packets));
  }

  /** From now on all tracks have a cipher, the same until whoever called this has called the result. */
  holdKeys(): () => void {
    this.keyHolders++;
    for (const track of this.tracks) track.cipher ??= new OutgoingCipher(this.crypto, track.sender.ssrc);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.keyHolders--;
      if (this.keyHolders === 0) for (const track of this.tracks) track.cipher = undefined;
    };
  }

  /** A client that is told the keys now would have a wrong roll-over counter when it begins to receive. */
  get rollsOverSoon(): boolean {
    const nowMs = performance.now();
    return this.tracks.some(({ sender, rate }) => 2 ** 16 - sender.sequenceNumber < rate.at(nowMs) * JOIN_SECONDS);
  }

  /** Plain packets for one reader, before its first live one: their sequence numbers end where the live ones go on. */
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
      return new RtspFrame(track, packetsOf(unit, track, packetizers.get(unit.trackId)!, sender), unit.ntpUs, undefined);
    });
    const last = units.at(-1);
    if (last !== undefined) {
      this.edgeUs = microsFromTicks(last.ptsTicks, this.outgoing[last.trackId]!.track.clockRateHz);
      this.edgeAtMs = performance.now();
    }
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

  /**
   * The next packet of a track, its timestamp carried on from the last unit of any.
   * Undefined for a track that has not begun: where it will is not known, and clients would align it wrongly.
   */
  nextOf(track: OutgoingTrack): { readonly sequenceNumber: number; readonly timestamp: number } | undefined {
    if (!track.begun) return undefined;
    const elapsedUs = Math.round((performance.now() - this.edgeAtMs) * 1000);
    const ptsTicks = ticksFromMicros(this.edgeUs + elapsedUs, track.track.clockRateHz);
    return { sequenceNumber: track.sender.sequenceNumber, timestamp: rtpTimestampOf(track, ptsTicks) };
  }

  private outgoingOf(track: Track, mediaIndex: number, before: OutgoingTrack | undefined): OutgoingTrack {
    const sender = before?.sender ?? {
      payloadType: payloadTypeOf(track, mediaIndex),
      ssrc: randomInt(2 ** 32),
      // In the lower half, as RFC 3711 3.3.1 wants it: it does not roll over soon.
      sequenceNumber: randomInt(2 ** 15),
    };
    const timestampOffset = before?.timestampOffset ?? randomInt(2 ** 32);
    const rate = before?.rate ?? new PacketRate();
    const cipher = before?.cipher ?? (this.keyHolders > 0 ? new OutgoingCipher(this.crypto, sender.ssrc) : undefined);
    const begun = before?.begun ?? false;
    return { track, mediaIndex, sender, timestampOffset, rate, cipher, begun, slab: before?.slab ?? new ByteSlab() };
  }

  private packetizerOf(track: Track): Packetizer {
    return createPacketizer(track, { maxPayloadBytes: this.maxPayloadBytes, clockRateHz: track.clockRateHz });
  }
}

/** What a peer is told of it, without keys. */
export function describedTrack({ track, mediaIndex, sender }: OutgoingTrack): DescribedTrack {
  return {
    id: mediaIndex,
    payloadType: sender.payloadType,
    clockRateHz: track.clockRateHz,
    kind: track.kind,
    description: track,
  };
}

/** RTP timestamp of a time on the path's timeline. */
function rtpTimestampOf(track: OutgoingTrack, ptsTicks: number): number {
  return ((ptsTicks + track.timestampOffset) % 2 ** 32) >>> 0;
}

function packetsOf(unit: BusUnit, track: OutgoingTrack, packetizer: Packetizer, sender: RtpSender): RtpFrame {
  const { payload } = unit;
  let size = 0;
  for (let i = 0; i < payload.length; i++) size += payload[i]!.length;
  const packetCount = payload.length + Math.ceil(size / 1_200);
  const timestamp = rtpTimestampOf(track, unit.ptsTicks);
  const target = track.slab.cut(size + packetCount * PACKET_OVERHEAD_BYTES);
  const packets = new RtpFrame(sender, timestamp, (track.mediaIndex * 2) & 0xff, target);
  packetizer.packetize(payload, timestamp, packets);
  return packets;
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
