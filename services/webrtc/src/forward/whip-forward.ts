import type { ForwardOrder } from '@mediamesh/contracts';
import type { ForwardConnection, Gateway, PathFeed } from '@mediamesh/gateway';
import { trackLabel } from '@mediamesh/media';
import type { WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { NO_SUPPORTED_CODEC } from '@mediamesh/webrtc';
import { ClientSession, PeerError, isPeerFailure } from '../client/client-session.ts';
import type { ClientParts } from '../client/client-session.ts';
import { Ending } from '../client/ending.ts';
import { WhipClient } from '../client/whip-client.ts';
import type { FromStream, OutgoingFrame } from '../from-stream.ts';
import { REPORT_INTERVAL_MS } from '../server/outbound.ts';
import { Reading } from '../server/reading.ts';
import type { AcceptedTrack } from '../server/reading.ts';
import { acceptedTracks, offerTracks } from './offered-tracks.ts';

export interface WhipForwardParts extends ClientParts {
  readonly gateway: Gateway;
  readonly feed: PathFeed<OutgoingFrame, FromStream>;
  readonly logger: Logger;
}

/** A WHIP server that a path is pushed to until the stream ends, until it fails, or until it is stopped. */
export class WhipForward implements ForwardConnection {
  private readonly order: ForwardOrder;
  private readonly parts: WhipForwardParts;
  private readonly ending = new Ending();
  private reading: Reading | undefined;

  constructor(order: ForwardOrder, parts: WhipForwardParts) {
    this.order = order;
    this.parts = parts;
  }

  get outboundBytes(): number {
    return this.reading?.counters.bytes ?? 0;
  }

  async run(): Promise<string> {
    let session: ClientSession | undefined;
    let ticker: WheelTimer | undefined;
    const { timers } = this.parts;
    try {
      const opened = await this.open();
      session = opened.session;
      this.send(session, opened.accepted);
      ticker = timers.schedule(REPORT_INTERVAL_MS, () => this.tick(ticker!));
      await this.ending.over;
    } catch (error) {
      this.failed(error);
    }
    if (ticker !== undefined) timers.cancel(ticker);
    const { reason } = this.ending.end!;
    await Promise.all([session?.close(), this.reading?.close(reason)]);
    return reason;
  }

  stop(reason: string): void {
    this.ending.finish({ reason });
  }

  private async open(): Promise<{ readonly session: ClientSession; readonly accepted: readonly AcceptedTrack[] }> {
    const { order, parts, ending } = this;
    const offered = offerTracks(parts.feed.maker.tracks);
    if (offered.length === 0) throw new PeerError(NO_SUPPORTED_CODEC);
    let accepted: readonly AcceptedTrack[] = [];
    const client = new WhipClient({
      url: order.url,
      bearerToken: order.bearerToken,
      fingerprint: order.fingerprint,
      timeoutMs: parts.config.readTimeout,
      signal: ending.signal,
    });
    const session = await ClientSession.open(
      {
        ...parts,
        client,
        gatherTimeoutMs: parts.config.webrtcSTUNGatherTimeout,
        handshakeTimeoutMs: parts.config.webrtcHandshakeTimeout,
        media: offered.map(({ offer }) => offer),
        onAnswer: (answer) => {
          accepted = acceptedTracks(offered, answer);
          if (accepted.length === 0) throw new PeerError('the server takes none of the tracks');
        },
        onRtp: () => {}, // nobody asked for it
        onRtcp: (compound) => this.reading?.rtcp(compound),
        onEnd: (reason) => ending.finish({ reason }),
      },
      ending.signal,
    );
    return { session, accepted };
  }

  private send({ connection }: ClientSession, accepted: readonly AcceptedTrack[]): void {
    const { gateway, logger, feed } = this.parts;
    const { forwardId: sessionId, path } = this.order;
    feed.state.description.tracks.forEach((track, index) => {
      if (!accepted.some((candidate) => candidate.track.track.id === track.id))
        logger.warn(`skipping track ${index + 1} (${trackLabel(track)})`);
    });
    const onEnd = (reason: string): void => this.ending.finish({ reason });
    this.reading = Reading.push({ gateway, logger, sessionId, path, onEnd }, feed);
    this.reading.start(connection, accepted);
  }

  private tick(ticker: WheelTimer): void {
    this.reading!.sendReports(Date.now() * 1000);
    if (this.ending.end === undefined) this.parts.timers.reschedule(ticker, REPORT_INTERVAL_MS);
  }

  private failed(error: unknown): void {
    if (this.ending.end !== undefined) return; // a consequence of the end
    if (!isPeerFailure(error)) this.parts.logger.error('internal error, closing the connection', error);
    this.ending.finish({ reason: error instanceof Error ? error.message : String(error) });
  }
}
