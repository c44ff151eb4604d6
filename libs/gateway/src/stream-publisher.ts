import type { MediaBus, Publication } from '@mediamesh/bus';
import { codecProps } from '@mediamesh/codecs';
import { ControlError } from '@mediamesh/contracts';
import type { PathSettings, TrackHealth, TrackSummary } from '@mediamesh/contracts';
import { Ingest, continueTimeline, spliceLabel, startTimeline } from '@mediamesh/media';
import type { SegmentDurations, Track } from '@mediamesh/media';
import type { ControlPlane, PublishReply } from './control-plane.ts';
import type { Held, HeldPublisher } from './held.ts';
import { SUPERSEDED } from './path-feed.ts';

/** Beyond the run since the last key unit: a gateway that moves to a successor finds its beginning. */
const WINDOW_MS = 1_000;
/** As much of a path as instant start keeps (32 MiB), twice: a window begins at a key frame. */
const WINDOW_BYTES = 64 * 1024 * 1024;

export interface PublisherOptions {
  readonly path: string;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  readonly user: string;
  /** Of the grant; absent for sources. */
  readonly fingerprint?: string | undefined;
  readonly tracks: readonly Track[];
  readonly title?: string | undefined;
  /** The path was taken by another, or control does not accept this publisher: the session is to be closed. */
  readonly onLost: (reason: string) => void;
  /** Readers want a key frame, now and then. Absent: the client cannot be asked for one. */
  readonly onKeyFrameWanted?: () => void;
}

/** What publishing needs of its gateway. */
export interface PublishingGateway {
  readonly control: ControlPlane;
  readonly bus: MediaBus;
  readonly held: Held;
  readonly segmentDurations: SegmentDurations;
  /** Key `hls`: the bus keeps what playlists show. */
  readonly keepsPlaylist: boolean;
  log(level: 'info' | 'warn', path: string, message: string): void;
}

/**
 * A publisher's stay on a path: reserved with control, opened on the bus, announced as ready; then units go to `ingest`.
 * Errors: ControlError of `path.publish`; UNAVAILABLE when the bus is away.
 */
export class StreamPublisher implements HeldPublisher {
  readonly path: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  readonly trackLabels: readonly string[];
  readonly settings: PathSettings;
  readonly ingest: Ingest;
  ready = false;
  private readonly gateway: PublishingGateway;
  private readonly publication: Publication;
  private readonly onLost: (reason: string) => void;
  private readonly onKeyFrameWanted: (() => void) | undefined;
  private closed = false;

  static async open(gateway: PublishingGateway, options: PublisherOptions): Promise<StreamPublisher> {
    const { path, sessionId } = options;
    let opened: OpenedStream;
    try {
      opened = await openStream(gateway, options, await reserve(gateway, options));
    } catch (error) {
      if (!isRefusal(error)) await gateway.control.leave(path, sessionId, 'publishing failed');
      throw error instanceof ControlError ? error : new ControlError('UNAVAILABLE', messageOf(error), { cause: error });
    }
    const publisher = new StreamPublisher(gateway, options, opened);
    gateway.held.addPublisher(publisher);
    await publisher.announce();
    return publisher;
  }

  private constructor(gateway: PublishingGateway, options: PublisherOptions, opened: OpenedStream) {
    this.gateway = gateway;
    this.path = options.path;
    this.sessionId = options.sessionId;
    this.sourceType = options.sourceType;
    this.query = options.query;
    this.trackLabels = labelsOf(options);
    this.onLost = options.onLost;
    this.onKeyFrameWanted = options.onKeyFrameWanted;
    this.epoch = opened.epoch;
    this.settings = opened.settings;
    this.ingest = opened.ingest;
    this.publication = opened.publication;
  }

  get inboundBytes(): number {
    return this.ingest.inboundBytes;
  }

  get framesInError(): number {
    return this.ingest.framesInError;
  }

  tracks(): readonly TrackSummary[] {
    return this.ingest.state.description.tracks.map((track) => ({ codec: track.codec, codecProps: codecProps(track) }));
  }

  requestKeyFrame(): void {
    if (!this.closed) this.onKeyFrameWanted?.();
  }

  health(): readonly TrackHealth[] {
    const { tracks } = this.ingest.state.description;
    return this.ingest.health(Date.now() * 1000).map((health, index) => {
      const { codec, kind } = tracks[index]!;
      return { codec, kind, ...health };
    });
  }

  supersede(reason: string): void {
    if (this.closed) return;
    void this.close(SUPERSEDED);
    this.onLost(reason);
  }

  /** Ends the stream for its readers, and tells control. Idempotent; never rejects. */
  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.gateway.held.remove(this.sessionId);
    try {
      await this.publication.end(reason);
    } catch (error) {
      this.gateway.log('warn', this.path, `the end of the stream could not be told: ${messageOf(error)}`);
    }
    await this.gateway.control.leave(this.path, this.sessionId, reason);
  }

  private async announce(): Promise<void> {
    try {
      await this.gateway.control.ready(this.path, this.epoch, this.sessionId, this.tracks());
      this.ready = true;
    } catch (error) {
      await this.close(messageOf(error));
      throw error;
    }
  }
}

interface OpenedStream {
  readonly epoch: number;
  readonly settings: PathSettings;
  readonly ingest: Ingest;
  readonly publication: Publication;
}

function reserve({ control }: PublishingGateway, options: PublisherOptions): Promise<PublishReply> {
  const { path, sessionId, sourceType, query, user, fingerprint } = options;
  const publisher = { path, sessionId, sourceType, query, user, trackLabels: labelsOf(options) };
  return control.publish({ ...publisher, ...(fingerprint === undefined ? {} : { fingerprint }) });
}

function labelsOf({ tracks }: PublisherOptions): string[] {
  return tracks.map((track) => spliceLabel(track));
}

async function openStream(
  gateway: PublishingGateway,
  { path, sessionId, tracks, title }: PublisherOptions,
  { epoch, continues, settings }: PublishReply,
): Promise<OpenedStream> {
  const description = { tracks, revision: 1, ...(title === undefined ? {} : { title }) };
  const nowUs = Date.now() * 1000;
  const tail = continues === undefined ? undefined : await gateway.bus.tail(path, continues);
  const state = tail === undefined ? startTimeline(path, epoch, description) : continueTimeline(epoch, description, tail, nowUs);
  const window = { durationMs: WINDOW_MS, sizeBytes: WINDOW_BYTES, keepsPlaylist: gateway.keepsPlaylist };
  let dropped = 0;
  const publication: Publication = await gateway.bus.publish(state, window, {
    onDropping: (dropping, why) => {
      if (dropping) return gateway.log('warn', path, `the media bus does not take this stream, dropping it: ${why}`);
      const units = publication.unitsDropped - dropped;
      dropped += units;
      gateway.log('info', path, `the media bus takes this stream again, ${units} ${units === 1 ? 'unit was' : 'units were'} dropped`);
    },
    onRemoved: () => gateway.held.supersede(sessionId, 'control took this gateway for dead, and removed the stream'),
  });
  const ingest = new Ingest({ ...gateway.segmentDurations, state, sink: publication, history: tail?.segmentStart }, nowUs);
  return { epoch, settings, ingest, publication };
}

/** Control has answered, and holds nothing for this session. Without an answer it may hold the path. */
function isRefusal(error: unknown): boolean {
  return error instanceof ControlError && error.code !== 'TIMED_OUT' && error.code !== 'UNAVAILABLE';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
