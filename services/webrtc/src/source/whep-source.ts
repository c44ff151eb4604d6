import { parseDuration } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import type { Gateway, PulledSource, SourceEnd, SourceOrder } from '@mediamesh/gateway';
import type { WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { OFFERED_AUDIO, OFFERED_EXTENSIONS, OFFERED_RETRANSMISSIONS, OFFERED_VIDEO } from '@mediamesh/webrtc';
import type { MediaOffer } from '@mediamesh/webrtc';
import { z } from 'zod';
import { ClientSession, PeerError, isPeerFailure } from '../client/client-session.ts';
import type { ClientParts } from '../client/client-session.ts';
import { Ending } from '../client/ending.ts';
import { WhipClient } from '../client/whip-client.ts';
import { REPORT_INTERVAL_MS } from '../server/outbound.ts';
import { Publishing } from '../server/publishing.ts';
import type { IncomingTrack } from '../to-stream.ts';
import { TrackGathering } from '../track-gathering.ts';
import { ArrivalFeedback } from '../transport/arrival-feedback.ts';
import type { PeerConnection } from '../transport/peer-connection.ts';
import { answeredTracks } from './answered-tracks.ts';

export interface WhepSourceParts extends ClientParts {
  readonly gateway: Gateway;
  /** Behind it, lines are `[path p] [WebRTC source] ...`. */
  readonly logger: Logger;
}

/** Path keys in the API's text forms, with the schema's defaults; unknown ones belong to others. */
const pathKeys = z.object({
  sourceFingerprint: z.string().default(''),
  whepBearerToken: z.string().default(''),
  whepSTUNGatherTimeout: z.string().default('5s'),
  whepHandshakeTimeout: z.string().default('10s'),
  whepTrackGatherTimeout: z.string().default('2s'),
});

const MEDIA: readonly MediaOffer[] = [
  { mediaType: 'video', codecs: [...OFFERED_VIDEO, ...OFFERED_RETRANSMISSIONS], extensions: OFFERED_EXTENSIONS },
  { mediaType: 'audio', codecs: OFFERED_AUDIO, extensions: OFFERED_EXTENSIONS },
];

/** A WHEP server that is pulled from until it ends the session, until it fails, or until it is stopped. */
export class WhepSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly parts: WhepSourceParts;
  private readonly ending = new Ending<SourceEnd>();
  private gathering: TrackGathering | undefined;
  private arrivals: ArrivalFeedback | undefined;
  private readonly tracks = Promise.withResolvers<readonly IncomingTrack[]>();
  private publishing: Publishing | undefined;
  private running: Promise<SourceEnd> | undefined;

  constructor(order: SourceOrder, parts: WhepSourceParts) {
    this.order = order;
    this.path = order.path;
    this.parts = parts;
  }

  /** Resolves when everything is closed. */
  run(): Promise<SourceEnd> {
    this.running = this.pull();
    return this.running;
  }

  async stop(reason: string): Promise<void> {
    this.ending.finish({ reason, expected: true });
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async pull(): Promise<SourceEnd> {
    let session: ClientSession | undefined;
    let ticker: WheelTimer | undefined;
    const { timers } = this.parts;
    try {
      const keys = pathKeys.parse(this.order.options);
      session = await this.open(keys);
      const tracks = await Promise.race([this.tracks.promise, this.ending.over]);
      if (tracks.length === 0) throw new PeerError('deadline exceeded while waiting tracks');
      await this.publish(session, tracks);
      ticker = timers.schedule(REPORT_INTERVAL_MS, () => this.tick(ticker!));
      await this.ending.over;
    } catch (error) {
      this.failed(error);
    }
    if (ticker !== undefined) timers.cancel(ticker);
    this.gathering?.stop();
    this.arrivals?.close();
    const end = this.ending.end!;
    await Promise.all([session?.close(), this.publishing?.close(end.reason)]);
    return end;
  }

  private open(keys: z.output<typeof pathKeys>): Promise<ClientSession> {
    const { parts, order, ending } = this;
    const { signal } = ending;
    let medias: readonly (readonly IncomingTrack[])[] = [];
    const client = new WhipClient({
      url: order.url,
      bearerToken: keys.whepBearerToken,
      fingerprint: keys.sourceFingerprint,
      timeoutMs: parts.config.readTimeout,
      signal,
    });
    return ClientSession.open(
      {
        ...parts,
        client,
        gatherTimeoutMs: parseDuration(keys.whepSTUNGatherTimeout),
        handshakeTimeoutMs: parseDuration(keys.whepHandshakeTimeout),
        media: MEDIA,
        onAnswer: ({ media }) => {
          medias = answeredTracks(media);
          if (medias.length === 0) throw new PeerError('the server sends nothing that can be taken');
        },
        onConnected: (connection) => this.gather(connection, medias, parseDuration(keys.whepTrackGatherTimeout)),
        onRtp: (packet) => this.rtp(packet),
        onRtcp: (compound) => this.publishing?.toStream.rtcp(compound, Date.now() * 1000),
        onEnd: (reason) => ending.finish({ reason, expected: false }),
      },
      signal,
    );
  }

  private gather(connection: PeerConnection, medias: readonly (readonly IncomingTrack[])[], timeoutMs: number): void {
    const { timers } = this.parts;
    const sendRtcp = (compound: Uint8Array): void => connection.sendRtcp(compound);
    this.arrivals = ArrivalFeedback.of(medias.flat(), {
      timers,
      sendRtcp: (compound) => (this.publishing ?? connection).sendRtcp(compound),
    });
    this.gathering = new TrackGathering(medias, {
      timers,
      timeoutMs,
      sendRtcp,
      onDone: (tracks) => this.tracks.resolve(tracks),
    });
  }

  private rtp(packet: Uint8Array): void {
    this.arrivals?.rtp(packet);
    (this.publishing?.toStream ?? this.gathering)?.rtp(packet, Date.now() * 1000);
  }

  private async publish({ connection }: ClientSession, tracks: readonly IncomingTrack[]): Promise<void> {
    const { gateway, logger } = this.parts;
    const publishing = await Publishing.open({
      gateway,
      logger,
      sessionId: this.order.sourceId,
      sourceType: 'webRTCSource',
      path: this.path,
      query: '',
      tracks,
      connection,
      onLost: (reason) => this.ending.finish({ reason, expected: true }),
    });
    this.publishing = publishing;
    this.gathering!.replay((bytes, nowUs) => publishing.toStream.rtp(bytes, nowUs));
  }

  private tick(ticker: WheelTimer): void {
    this.publishing!.tick(Date.now() * 1000);
    if (this.ending.end === undefined) this.parts.timers.reschedule(ticker, REPORT_INTERVAL_MS);
  }

  private failed(error: unknown): void {
    if (this.ending.end !== undefined) return; // a consequence of the end
    if (!isPeerFailure(error) && !(error instanceof ControlError)) this.parts.logger.error('internal error, closing the source', error);
    const reason = error instanceof Error ? error.message : String(error);
    this.ending.finish({ reason, expected: error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER' });
  }
}
