import type { MediaBus, Publication } from '@mediamesh/bus';
import { audioObjectType, codecProps } from '@mediamesh/codecs';
import { ControlError } from '@mediamesh/contracts';
import type { PathSettings, TrackHealth, TrackSummary } from '@mediamesh/contracts';
import { Ingest, continueTimeline, spliceLabel, startTimeline, wallClockOf } from '@mediamesh/media';
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
  /** One of several that control has for the path: it stands by while another has it, instead of being lost. */
  readonly standsBy?: boolean;
  /** Whether its units are of use now: for one that makes them. */
  readonly onTurn?: (hasTurn: boolean) => void;
  /** Readers want a key frame, now and then. Absent: the client cannot be asked for one. */
  readonly onKeyFrameWanted?: () => void;
  /** The path was taken by another, or control does not accept this publisher: the session is to be closed. */
  readonly onLost: (reason: string) => void;
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
 * Where another has the path, or had it, `ingest` waits: its next key unit is the first, and opens the bus. One that stands by
 * waits for control's call before.
 * Errors: ControlError of `path.publish`; UNAVAILABLE when the bus is away. Later ones go to `onLost`.
 */
export class StreamPublisher implements HeldPublisher {
  readonly path: string;
  /** 0 until the stream is on the bus. */
  epoch = 0;
  readonly sessionId: string;
  readonly sourceType: string;
  readonly query: string;
  readonly trackLabels: readonly string[];
  readonly standsBy: boolean;
  readonly settings: PathSettings;
  readonly ingest: Ingest;
  ready = false;
  private readonly gateway: PublishingGateway;
  private readonly options: PublisherOptions;
  private publication: Publication | undefined;
  private beginning = false;
  private hasTurn = false;
  private closed = false;

  static async open(gateway: PublishingGateway, options: PublisherOptions): Promise<StreamPublisher> {
    const { path, sessionId } = options;
    let publisher: StreamPublisher;
    try {
      const place = await reserve(gateway, options);
      publisher = new StreamPublisher(gateway, options, place.settings);
      if (isFree(place)) await publisher.openStream(place);
      if (!place.standby) publisher.seek();
    } catch (error) {
      if (!isRefusal(error)) await gateway.control.leave(path, sessionId, 'publishing failed');
      throw error instanceof ControlError ? error : new ControlError('UNAVAILABLE', messageOf(error), { cause: error });
    }
    gateway.held.addPublisher(publisher);
    if (publisher.publication !== undefined) await publisher.announce();
    return publisher;
  }

  private constructor(gateway: PublishingGateway, options: PublisherOptions, settings: PathSettings) {
    const { path, tracks, title } = options;
    this.gateway = gateway;
    this.options = options;
    this.path = path;
    this.sessionId = options.sessionId;
    this.sourceType = options.sourceType;
    this.query = options.query;
    this.trackLabels = labelsOf(options);
    this.standsBy = options.standsBy ?? false;
    this.settings = settings;
    const description = { tracks, revision: 1, ...(title === undefined ? {} : { title }) };
    this.ingest = new Ingest({ path, description, onStart: () => void this.begin() }, 0);
  }

  /** Its stream is not on the bus: another has the path, or it looks for a key unit. */
  get waits(): boolean {
    return this.publication === undefined;
  }

  get inboundBytes(): number {
    return this.ingest.inboundBytes;
  }

  get framesInError(): number {
    return this.ingest.framesInError;
  }

  tracks(): readonly TrackSummary[] {
    return this.ingest.state.description.tracks.map(summaryOf);
  }

  requestKeyFrame(): void {
    if (!this.closed) this.options.onKeyFrameWanted?.();
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
    if (this.standsBy) {
      void this.standBy();
      return;
    }
    void this.close(SUPERSEDED);
    this.options.onLost(reason);
  }

  /** The path is its own, from its next key unit on. */
  call(): void {
    if (this.waits) this.seek();
  }

  /** Ends the stream for its readers, and tells control. Idempotent; never rejects. */
  async close(reason: string): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.gateway.held.remove(this.sessionId);
    await this.endStream(reason);
    await this.gateway.control.leave(this.path, this.sessionId, reason);
  }

  /** Another has the path: this one's units are dropped until it is called. */
  private async standBy(): Promise<void> {
    if (!this.waits) {
      this.rest();
      await this.endStream(SUPERSEDED);
    }
    if (this.closed) return;
    try {
      const place = await reserve(this.gateway, this.options);
      if (!place.standby) this.seek();
    } catch (error) {
      await this.lose(messageOf(error));
    }
  }

  /** Where the stream is open already, `ingest` has nothing to look for. */
  private seek(): void {
    if (this.hasTurn) return;
    this.hasTurn = true;
    this.ingest.seek();
    this.options.onTurn?.(true);
  }

  private rest(): void {
    this.hasTurn = false;
    this.ingest.wait();
    this.options.onTurn?.(false);
  }

  /** Its first unit is there. What it continues can have changed since it waits. */
  private async begin(): Promise<void> {
    if (this.beginning || this.closed) return;
    this.beginning = true;
    try {
      // What it may do was checked when it was let in.
      const place = await reserve(this.gateway, { ...this.options, fingerprint: undefined });
      if (place.standby) this.rest();
      else {
        await this.openStream(place);
        if (this.closed) await this.leaveAgain();
        else await this.announce();
      }
    } catch (error) {
      await this.lose(messageOf(error));
    } finally {
      this.beginning = false;
    }
  }

  /** Closed while it asked for the path: control can have heard that first. */
  private async leaveAgain(): Promise<void> {
    await this.endStream('closed');
    await this.gateway.control.leave(this.path, this.sessionId, 'closed');
  }

  private async lose(reason: string): Promise<void> {
    await this.close(reason);
    this.options.onLost(reason);
  }

  private async endStream(reason: string): Promise<void> {
    const { publication } = this;
    this.publication = undefined;
    this.ready = false;
    try {
      await publication?.end(reason);
    } catch (error) {
      this.gateway.log('warn', this.path, `the end of the stream could not be told: ${messageOf(error)}`);
    }
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

  private async openStream({ epoch, continues }: PublishReply): Promise<void> {
    const { gateway, path, sessionId, ingest } = this;
    const tail = continues === undefined ? undefined : await gateway.bus.tail(path, continues);
    const nowUs = Date.now() * 1000;
    const { description } = ingest.state;
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
    this.publication = publication;
    this.epoch = epoch;
    const timeline = { state, history: tail?.segmentStart, wallClock: tail && wallClockOf(tail), startUs: nowUs };
    ingest.begin({ ...gateway.segmentDurations, ...timeline, sink: publication }, Date.now() * 1000);
  }
}

/** Nobody has the path, or had it: the stream begins with the first unit, whatever it is. */
function isFree({ standby, continues }: PublishReply): boolean {
  return !standby && continues === undefined;
}

function reserve({ control }: PublishingGateway, options: PublisherOptions): Promise<PublishReply> {
  const { path, sessionId, sourceType, query, user, fingerprint } = options;
  const tracks = options.tracks.map(summaryOf);
  const publisher = { path, sessionId, sourceType, query, user, trackLabels: labelsOf(options), tracks };
  return control.publish({ ...publisher, ...(fingerprint === undefined ? {} : { fingerprint }) });
}

function summaryOf(track: Track): TrackSummary {
  const objectType = audioObjectType(track);
  return { codec: track.codec, codecProps: codecProps(track), ...(objectType === undefined ? {} : { audioObjectType: objectType }) };
}

function labelsOf({ tracks }: PublisherOptions): string[] {
  return tracks.map((track) => spliceLabel(track));
}

/** Control has answered, and holds nothing for this session. Without an answer it may hold the path. */
function isRefusal(error: unknown): boolean {
  return error instanceof ControlError && error.code !== 'TIMED_OUT' && error.code !== 'UNAVAILABLE';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
