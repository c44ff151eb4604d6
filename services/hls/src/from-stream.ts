import { HlsMuxer, HlsMuxerError, mediaPlaylist, mediaPlaylistName, multivariantPlaylist } from '@mediamesh/hls';
import type { HlsFile, HlsMuxerOptions, PlaylistText } from '@mediamesh/hls';
import type { FrameMaker } from '@mediamesh/gateway';
import { trackLabel } from '@mediamesh/media';
import type { BusUnit, EpochState } from '@mediamesh/media';

export interface FromStreamOptions extends HlsMuxerOptions {
  warn(message: string): void;
  /** There is more to fetch. Called within `receive`. */
  onProgress(): void;
  /** It cannot go on. */
  onFailure(reason: string): void;
}

/**
 * Units into what HLS serves: a muxer, and its playlists as texts that are built once.
 *
 * Shape:    a frame maker that takes every unit from the bus' window on; nothing goes through the hub.
 * Errors:   a description without a track for HLS is `failure`; later failures of the muxer are told by `onFailure`, once.
 */
export class FromStream implements FrameMaker<undefined> {
  private readonly options: FromStreamOptions;
  private current: HlsMuxer | undefined;
  /** The stream cannot be converted. */
  failure: HlsMuxerError | undefined;
  private textsVersion = -1;
  private readonly texts = new Map<string, PlaylistText>();

  constructor(options: FromStreamOptions) {
    this.options = options;
  }

  /** Known once there is a description. */
  get muxer(): HlsMuxer {
    if (this.current === undefined) throw new Error('there is no description yet');
    return this.current;
  }

  describe({ epoch, description: { tracks } }: EpochState): void {
    if (this.current !== undefined) return this.current.describe({ epoch, tracks });
    let muxer: HlsMuxer;
    try {
      muxer = new HlsMuxer({ epoch, tracks }, this.options);
    } catch (error) {
      if (!(error instanceof HlsMuxerError)) throw error;
      this.failure = error;
      return;
    }
    this.current = muxer;
    const carried = new Set(muxer.tracks.map(({ id }) => id));
    tracks.forEach((track, index) => {
      if (!carried.has(track.id)) this.options.warn(`skipping track ${index + 1} (${trackLabel(track)})`);
    });
  }

  prepare(): undefined {
    return undefined;
  }

  /** Hot: once a unit. */
  receive(unit: BusUnit): void {
    if (this.failure !== undefined) return;
    try {
      if (this.muxer.write(unit) !== 'none') this.options.onProgress();
    } catch (error) {
      if (!(error instanceof HlsMuxerError)) throw error;
      this.failure = error;
      this.options.onFailure(error.message);
    }
  }

  lose(): void {
    this.current?.lose();
  }

  file(name: string): HlsFile | undefined {
    return this.muxer.file(name);
  }

  /** The stream whose playlist has this name; undefined when there is none. */
  streamOf(playlistName: string): number | undefined {
    const index = this.muxer.streams.findIndex((stream) => mediaPlaylistName(stream) === playlistName);
    return index < 0 ? undefined : index;
  }

  multivariant(): PlaylistText {
    return this.text('index', () => multivariantPlaylist(this.muxer));
  }

  media(stream: number, delta: boolean): PlaylistText {
    return this.text(`${stream}${delta ? ' delta' : ''}`, () => mediaPlaylist(this.muxer, stream, delta));
  }

  private text(key: string, build: () => PlaylistText): PlaylistText {
    const { version } = this.muxer;
    if (version !== this.textsVersion) {
      this.texts.clear();
      this.textsVersion = version;
    }
    let text = this.texts.get(key);
    if (text === undefined) this.texts.set(key, (text = build()));
    return text;
  }
}
