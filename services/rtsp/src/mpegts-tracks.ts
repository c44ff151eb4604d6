import { ParseError } from '@mediamesh/bytes';
import { trackKindOf } from '@mediamesh/codecs';
import type { StreamPublisher } from '@mediamesh/gateway';
import { TimedIngest } from '@mediamesh/media';
import type { IngestUnit, Track } from '@mediamesh/media';
import { TsDemuxer } from '@mediamesh/mpegts';
import type { TsEvent, TsStream, TsUnit } from '@mediamesh/mpegts';
import type { Logger } from '@mediamesh/platform';
import { parseRtpPacket } from '@mediamesh/rtp';
import type { AnnouncedTrack } from '@mediamesh/rtsp';
import type { PacketSink, ToStreamEvents } from './to-stream.ts';

/** While the path is being opened: a second of a broadcast multiplex. */
const MAX_PENDING_UNITS = 2_000;

export interface MpegtsTracksOptions {
  readonly logger: Logger;
  readonly events: ToStreamEvents;
  /** Opens the path, once the tracks are known. */
  readonly open: (tracks: readonly Track[]) => Promise<StreamPublisher>;
  /** The session is to end: what it sends cannot be published. */
  readonly onLost: (reason: string) => void;
}

/** Whether what is announced is one MPEG transport stream and nothing else. Contract 6.1.5. */
export function isMpegtsAlone(announced: readonly AnnouncedTrack[]): boolean {
  return announced.length === 1 && announced[0]!.format.description.codec === 'MPEG-TS';
}

/**
 * `rtspDemuxMpegts`: an MPEG transport stream over RTP, published as the tracks that are in it.
 *
 * Shape:  RTP packets in; the path is opened when the tracks are known, what comes meanwhile waits.
 * Errors: none leave: what is malformed is counted and logged; a refusal of the path ends the session.
 */
export class MpegtsTracks implements PacketSink {
  private readonly options: MpegtsTracksOptions;
  private readonly demuxer = new TsDemuxer();
  /** By PID. */
  private readonly trackIds = new Map<number, number>();
  private pending: { readonly unit: TsUnit; readonly ntpUs: number | undefined; readonly nowUs: number }[] = [];
  private opening: Promise<StreamPublisher> | undefined;
  private publisher: StreamPublisher | undefined;
  private ingest: TimedIngest | undefined;
  private bytesBefore = 0;
  private errorsBefore = 0;
  private closed = false;

  constructor(options: MpegtsTracksOptions) {
    this.options = options;
    options.logger.info('MPEG-TS demux mode enabled, starting demuxer...');
  }

  get inboundBytes(): number {
    return this.publisher?.ingest.inboundBytes ?? this.bytesBefore;
  }

  set inboundBytes(bytes: number) {
    if (this.publisher === undefined) this.bytesBefore = bytes;
    else this.publisher.ingest.inboundBytes = bytes;
  }

  get framesInError(): number {
    return this.publisher?.ingest.framesInError ?? this.errorsBefore;
  }

  set framesInError(frames: number) {
    if (this.publisher === undefined) this.errorsBefore = frames;
    else this.publisher.ingest.framesInError = frames;
  }

  /** A packet of the transport stream. */
  write({ payload, ntpUs }: IngestUnit, nowUs: number): void {
    if (this.closed) return;
    const events = this.demuxer.push(parseRtpPacket(payload[0]!).payload);
    for (const event of events) this.take(event, ntpUs, nowUs);
  }

  /** The transport stream counts what it lost itself. */
  discontinuity(): void {}

  /** Its description never changes. */
  updateTrack(): void {}

  async close(reason: string): Promise<void> {
    this.closed = true;
    this.pending = [];
    const publisher = await this.opening?.catch(() => undefined);
    await publisher?.close(reason);
  }

  private take(event: TsEvent, ntpUs: number | undefined, nowUs: number): void {
    switch (event.kind) {
      case 'streams':
        return this.open(event.streams, event.unsupported);
      case 'unit':
        if (this.ingest !== undefined) this.forward(event.unit, ntpUs, nowUs);
        else if (this.pending.push({ unit: event.unit, ntpUs, nowUs }) > MAX_PENDING_UNITS) this.pending.shift();
        return;
      case 'error':
        return this.failed(event.error);
      case 'lost':
        return; // the packets of RTP are counted, and logged
    }
  }

  private open(streams: readonly TsStream[], unsupported: readonly number[]): void {
    const { logger, onLost } = this.options;
    if (streams.length === 0) return onLost('the MPEG-TS stream has no supported codec');
    for (const number of unsupported) logger.warn(`skipping track ${number} (unsupported codec)`);
    const tracks = streams.map((stream, index): Track => {
      const { number: _, pid, clockRateHz, ...description } = stream;
      this.trackIds.set(pid, index + 1);
      return { id: index + 1, kind: trackKindOf(description), clockRateHz, ...description };
    });
    this.opening = this.options.open(tracks);
    this.opening.then(
      (publisher) => this.opened(publisher),
      (error: unknown) => (this.closed ? undefined : onLost(error instanceof Error ? error.message : String(error))),
    );
  }

  private opened(publisher: StreamPublisher): void {
    if (this.closed) return;
    publisher.ingest.inboundBytes = this.bytesBefore;
    publisher.ingest.framesInError = this.errorsBefore;
    this.publisher = publisher;
    this.ingest = new TimedIngest(publisher.ingest);
    const { pending } = this;
    this.pending = [];
    for (const { unit, ntpUs, nowUs } of pending) this.forward(unit, ntpUs, nowUs);
  }

  private forward({ pid, ptsTicks, dtsTicks, payload, discontinuity }: TsUnit, ntpUs: number | undefined, nowUs: number): void {
    const trackId = this.trackIds.get(pid)!;
    if (discontinuity) this.ingest!.discontinuity(trackId);
    try {
      this.ingest!.write({ trackId, ptsTicks, dtsTicks, ntpUs, payload }, nowUs);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.failed(error);
    }
  }

  private failed(error: ParseError): void {
    this.framesInError++;
    this.options.events.undecodable(error);
  }
}
