import type { PathFeed } from '@mediamesh/gateway';
import type { BusUnit, HubReader } from '@mediamesh/media';
import type { Logger } from '@mediamesh/platform';
import type { FromStream } from './from-stream.ts';
import { NoSupportedCodecError } from './no-supported-codec.ts';
import type { ReaderQueue } from './reader-queue.ts';
import { serializeConfiguration } from './rtmp-frame.ts';
import type { RtmpFrame } from './rtmp-frame.ts';
import { selectTracks, serializeMetadata } from './selection.ts';
import type { SelectedTrack } from './selection.ts';

/** What was sent of a track. */
interface TrackState {
  readonly selected: SelectedTrack;
  /** Of the configuration that the peer has; 0 when it has none. */
  configurationRevision: number;
  /** A picture that needs no other has been sent, or it is sound. */
  started: boolean;
}

/** A path's stream as one peer gets it: a reader, or a server that it is pushed to. */
export class OutgoingStream {
  private readonly feed: PathFeed<RtmpFrame, FromStream>;
  private readonly queue: ReaderQueue;
  /** By track id. */
  private readonly states: (TrackState | undefined)[] = [];

  constructor(feed: PathFeed<RtmpFrame, FromStream>, queue: ReaderQueue) {
    this.feed = feed;
    this.queue = queue;
  }

  /**
   * Chooses the tracks and starts to send them, to a reader that hands on to `write`; returns which.
   * `fourCcs`: what the peer knows of Enhanced RTMP. Errors: NoSupportedCodecError.
   */
  start(reader: HubReader<RtmpFrame>, fourCcs: ReadonlySet<string>, logger: Logger): readonly SelectedTrack[] {
    const { maker, hub } = this.feed;
    const selected = selectTracks(maker, fourCcs, (message) => logger.warn(message));
    if (selected.length === 0) throw new NoSupportedCodecError();
    this.queue.write(serializeMetadata(selected));
    for (const track of selected) {
      const isSound = track.outgoing.codec.kind === 'audio';
      const state: TrackState = { selected: track, configurationRevision: 0, started: isSound };
      this.states[track.outgoing.track.id] = state;
      this.sendConfiguration(state, 0);
    }
    const catchUp = hub.attach(reader, { instantStart: true, trackIds: selected.map(({ outgoing }) => outgoing.track.id) });
    try {
      const frames = maker.prepareCatchUp(catchUp.units);
      for (const [index, frame] of frames.entries()) this.write(catchUp.units[index]!, frame);
    } catch (error) {
      hub.detach(reader);
      throw error;
    }
    this.queue.endCatchUp();
    return selected;
  }

  /** Hot: once a frame. */
  write(unit: BusUnit, frame: RtmpFrame): void {
    const state = this.states[unit.trackId]!;
    if (!state.started) {
      if (!unit.key) return; // players begin with a picture that needs no other
      state.started = true;
    }
    const { outgoing, number } = state.selected;
    // New configurations go before the frames that need them.
    if (outgoing.configurationRevision !== state.configurationRevision) this.sendConfiguration(state, frame.timestampMs);
    const bytes = frame.bytes(number);
    if (bytes.length > 0 && this.queue.write(bytes)) this.feed.outbound.bytes += bytes.length;
  }

  private sendConfiguration(state: TrackState, timestampMs: number): void {
    const { outgoing, number } = state.selected;
    state.configurationRevision = outgoing.configurationRevision;
    if (outgoing.configuration === undefined || outgoing.configuration === null) return;
    this.queue.write(serializeConfiguration(outgoing, number, timestampMs));
  }
}
