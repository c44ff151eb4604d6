import type { PathFeed } from '@mediamesh/gateway';
import type { FromStream, RtspFrame } from '../../from-stream.ts';
import { MulticastStream } from './multicast-stream.ts';
import type { MulticastMember, MulticastSettings } from './multicast-stream.ts';

/** The streams of one listener that have multicast readers. */
export class Multicast {
  private readonly settings: MulticastSettings;
  private readonly streams = new Map<PathFeed<RtspFrame, FromStream>, Promise<MulticastStream>>();

  constructor(settings: MulticastSettings) {
    this.settings = settings;
  }

  /** The stream to the groups of a path; the member `leave`s it in the end. Errors: as `MulticastStream.open` and `join`. */
  async join(feed: PathFeed<RtspFrame, FromStream>, member: MulticastMember): Promise<MulticastStream> {
    for (;;) {
      const opening = this.streams.get(feed) ?? this.open(feed);
      const stream = await opening;
      if (this.streams.get(feed) !== opening) continue; // its last member has left meanwhile
      await stream.join(member);
      return stream;
    }
  }

  private open(feed: PathFeed<RtspFrame, FromStream>): Promise<MulticastStream> {
    const forget = (): void => {
      if (this.streams.get(feed) === opening) this.streams.delete(feed);
    };
    const opening = MulticastStream.open(feed, this.settings, forget);
    this.streams.set(feed, opening);
    opening.catch(forget);
    return opening;
  }
}
