import { ControlError } from '@mediamesh/contracts';
import type { Gateway } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import { announcedTracks } from '@mediamesh/rtsp';
import type { AnnouncedTrack, RtspClientConnection } from '@mediamesh/rtsp';
import type { SessionDescription } from '@mediamesh/sdp';
import type { ClientConnection, ConnectionUse } from '../client/client-connection.ts';
import { PacketBacklog } from './packet-backlog.ts';
import type { SourceOptions } from './source-options.ts';
import { SourcePublisher } from './source-publisher.ts';

export interface PulledStreamOptions {
  readonly gateway: Gateway;
  readonly logger: Logger;
  readonly sourceId: string;
  readonly path: string;
  readonly options: SourceOptions;
  /** The path is another's. */
  readonly onLost: (reason: string) => void;
}

/** What a server plays, and the path that it feeds: packets wait until the path is ready for them. */
export class PulledStream implements ConnectionUse {
  private readonly connection: ClientConnection;
  private readonly options: PulledStreamOptions;
  private readonly backlog = new PacketBacklog();
  private publisher: SourcePublisher | undefined;
  private tracks: readonly AnnouncedTrack[] = [];
  private title = '';
  private isStreaming = false;

  constructor(connection: ClientConnection, options: PulledStreamOptions) {
    this.connection = connection;
    this.options = options;
  }

  begin(machine: RtspClientConnection): void {
    machine.play(this.options.options.play);
  }

  described(description: SessionDescription): string | undefined {
    this.title = description.title;
    this.tracks = announcedTracks(description).filter(({ mediaIndex }) => !description.media[mediaIndex]!.backChannel);
    return this.tracks.length === 0 ? 'no medias have been setupped' : undefined;
  }

  streaming(): void {
    this.isStreaming = true;
    // While UDP is only tried, the path waits for its first packet: over TCP it would be another stream.
    if (!this.connection.isUndecided || this.backlog.size > 0) this.publish();
  }

  packet(mediaIndex: number, rtcp: boolean, bytes: Uint8Array): void {
    const nowUs = Date.now() * 1000;
    const toStream = this.publisher?.toStream;
    if (toStream === undefined) {
      this.backlog.add(mediaIndex, rtcp, bytes, nowUs);
      if (this.isStreaming) this.publish();
    } else if (rtcp) toStream.rtcp(mediaIndex, bytes, nowUs);
    else toStream.rtp(mediaIndex, bytes, nowUs);
  }

  sendReports(nowUs: number): void {
    for (const { mediaIndex, bytes } of this.publisher?.toStream?.receiverReports(nowUs) ?? []) this.connection.sendRtcp(mediaIndex, bytes);
  }

  async close(reason: string): Promise<void> {
    await this.publisher?.close(reason);
  }

  private publish(): void {
    if (this.publisher !== undefined) return;
    const { connection } = this;
    const { gateway, logger, sourceId, path, options, onLost } = this.options;
    const publisher = new SourcePublisher({
      gateway,
      logger,
      sessionId: sourceId,
      path,
      announced: this.tracks,
      title: this.title,
      transport: connection.medias.overTcp ? 'tcp' : 'udp',
      receiverSsrc: connection.medias.receiverSsrc,
      demuxMpegts: options.demuxMpegts,
      useAbsoluteTimestamp: options.useAbsoluteTimestamp,
      onLost,
      signal: connection.signal,
    });
    this.publisher = publisher;
    publisher.open().then(
      (toStream) => connection.guard(() => this.backlog.feed(toStream)),
      (error: unknown) => {
        if (error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER') onLost(error.message);
        else connection.stop(error instanceof Error ? error.message : String(error));
      },
    );
  }
}
