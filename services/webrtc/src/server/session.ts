import { randomUUID } from 'node:crypto';
import { ParseError } from '@mediamesh/bytes';
import type { AccessRequest, Grant } from '@mediamesh/contracts';
import { authenticationFailed } from '@mediamesh/gateway';
import type { GatewaySession, SessionRow } from '@mediamesh/gateway';
import { clientName } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { describeTracks, trackLabel } from '@mediamesh/media';
import type { Log, WheelTimer } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { answeringSetup, parseOffer, serializeAnswer } from '@mediamesh/webrtc';
import type { AnsweredMedia, IceCandidateLine, WebRtcOffer } from '@mediamesh/webrtc';
import type { IncomingTrack } from '../to-stream.ts';
import { ArrivalFeedback } from '../transport/arrival-feedback.ts';
import { TrackGathering } from '../track-gathering.ts';
import { PeerConnection } from '../transport/peer-connection.ts';
import { RequestError, accessOf, userAgentOf } from './access.ts';
import { openAnsweringIce } from './answering-ice.ts';
import type { AnsweringIce } from './answering-ice.ts';
import { answerPublisher } from './answer-publisher.ts';
import { answerReader } from './answer-reader.ts';
import { REPORT_INTERVAL_MS } from './outbound.ts';
import { Publishing } from './publishing.ts';
import { Reading } from './reading.ts';
import type { AcceptedTrack } from './reading.ts';
import type { IceRestart, Trickle } from './sdp-fragment.ts';
import type { ServerSettings } from './server-settings.ts';
import { sessionRow } from './session-row.ts';

export type SessionAction = 'publish' | 'read';

/** What of its URL a session is for. */
export interface SessionTarget {
  readonly path: string;
  readonly action: SessionAction;
}

/** The numbers in `o=` are below 2^62; a millisecond clock tells sessions apart. */
const newSdpId = (): number => Date.now();

/** A WHEP or WHIP session: what one client reads or publishes, from its offer to its end. */
export class Session implements GatewaySession {
  readonly id: string;
  /** Of the session's URL: who knows it may end it. */
  readonly secret = randomUUID();
  readonly kind = 'webRTCSession';
  readonly path: string;
  readonly action: SessionAction;
  private readonly settings: ServerSettings;
  private readonly logger: Logger;
  private readonly created = new Date().toISOString();
  private readonly remote: string;
  private readonly query: string;
  private readonly userAgent: string;
  private readonly gone = new AbortController();
  private readonly onClosed: () => void;
  private reading: Reading | undefined;
  /** Of a publisher, until the path is taken. */
  private gathering: TrackGathering | undefined;
  private publishing: Publishing | undefined;
  private arrivals: ArrivalFeedback | undefined;
  private user = '';
  private readonly socket: HttpRequest['socket'];
  private connection: PeerConnection | undefined;
  private ice: AnsweringIce | undefined;
  private ourCandidates: readonly IceCandidateLine[] = [];
  private accepted: readonly AcceptedTrack[] = [];
  /** The reader has data channels. */
  private hasData = false;
  private remoteUfrag = '';
  private reports: WheelTimer | undefined;
  private refusedPackets = 0;
  private closed = false;

  constructor(settings: ServerSettings, { path, action }: SessionTarget, request: HttpRequest, onClosed: () => void) {
    this.settings = settings;
    this.path = path;
    this.action = action;
    this.id = settings.gateway.newId();
    this.remote = clientName(request);
    this.query = request.rawQuery;
    this.userAgent = userAgentOf(request);
    this.onClosed = onClosed;
    this.logger = settings.logger.child(`session ${this.id.substring(0, 8)}`);
    this.logger.info(`created by ${this.remote}`);
    settings.gateway.sessions.add(this);
    this.socket = request.socket;
    this.socket.once('close', this.abandonedBefore);
  }

  /** The answer to an offer to receive. Errors: RequestError, ControlError; the session is closed then. */
  async read(request: HttpRequest, offerText: string): Promise<string> {
    return this.orClose(this.answerRead(accessOf(request, this.path, 'read', this.id), offerText));
  }

  /** The answer to an offer to send. Errors: RequestError, ControlError; the session is closed then. */
  async publish(request: HttpRequest, offerText: string): Promise<string> {
    return this.orClose(this.answerPublish(accessOf(request, this.path, 'publish', this.id), offerText));
  }

  /** Another user fragment is an ICE restart. */
  trickle({ ufrag, password = '', candidates }: Trickle): IceRestart | undefined {
    const { ice, ourCandidates } = this;
    if (ice === undefined) return undefined;
    if (ufrag === undefined || ufrag === this.remoteUfrag) {
      ice.addCandidates(candidates);
      return undefined;
    }
    this.remoteUfrag = ufrag;
    return { credentials: ice.restart({ ufrag, password, candidates }), candidates: ourCandidates, isLite: ice.isLite };
  }

  row(): SessionRow {
    const { id, created, remote: remoteAddr, path, query, user, userAgent, connection, reading, publishing, action } = this;
    const facts = { id, created, remoteAddr, path, query, user, userAgent, state: action };
    return sessionRow(facts, connection, { reading, publishing });
  }

  kick(reason: string): void {
    this.close(reason);
  }

  /** Idempotent. */
  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.gone.abort();
    if (this.reports !== undefined) this.settings.timers.cancel(this.reports);
    this.settings.gateway.sessions.remove(this.id);
    this.connection?.close();
    this.gathering?.stop();
    this.arrivals?.close();
    this.gathering = undefined;
    this.socket.off('close', this.abandonedBefore); // it may serve others for days
    void this.reading?.close(reason);
    void this.publishing?.close(reason);
    this.logger.info(`closed: ${reason}`);
    this.onClosed();
  }

  private async answerRead(access: AccessRequest, offerText: string): Promise<string> {
    const offer = readOffer(offerText);
    const { gateway, paths } = this.settings;
    const { logger, id: sessionId, path } = this;
    const onEnd = (reason: string): void => this.close(reason);
    const reading = await Reading.open({ gateway, paths, logger, sessionId, path, onEnd }, access, this.gone.signal);
    this.reading = reading;
    this.user = reading.user;
    if (this.closed) {
      void reading.close('the client is gone');
      throw new RequestError(400, 'terminated');
    }
    const { media, accepted, hasData } = answerReader(offer, reading.feed.maker);
    this.accepted = accepted;
    this.hasData = hasData;
    this.skipTracks(reading);
    return this.answer(offer, media, (connection) => this.startReading(connection));
  }

  private async answerPublish(access: AccessRequest, offerText: string): Promise<string> {
    const grant = await this.settings.gateway.control.authorize(access);
    this.user = grant.user;
    const offer = readOffer(offerText);
    const { media, tracks } = answerPublisher(offer);
    return this.answer(offer, media, (connection) => this.gatherTracks(connection, grant, tracks));
  }

  private async answer(offer: WebRtcOffer, media: readonly AnsweredMedia[], start: (connection: PeerConnection) => void): Promise<string> {
    const log: Log = (level, message) => this.logger[level](message);
    const { ice, candidates } = await openAnsweringIce(this.settings, offer, { signal: this.gone.signal, log });
    if (this.closed) {
      ice.close();
      throw new RequestError(400, 'terminated');
    }
    this.ice = ice;
    this.ourCandidates = candidates;
    this.connect(offer, ice, start);
    const { fingerprint } = this.settings.dtls;
    const setup = answeringSetup(offer);
    return serializeAnswer({ isLite: ice.isLite, sessionId: newSdpId(), ...ice.credentials, fingerprint, setup, candidates, media });
  }

  private connect(offer: WebRtcOffer, ice: AnsweringIce, start: (connection: PeerConnection) => void): void {
    const { crypto, dtls, timers, handshakeTimeoutMs } = this.settings;
    this.remoteUfrag = offer.ufrag;
    this.connection = new PeerConnection({
      crypto,
      dtls,
      ice,
      timers,
      handshakeTimeoutMs,
      hasData: this.hasData,
      onDataClosed: (reason) => this.logger.warn(`data channels closed: ${reason}`),
      role: answeringSetup(offer) === 'active' ? 'client' : 'server',
      fingerprints: offer.fingerprints,
      onConnected: () => this.connected(start),
      onRtp: (packet) => this.rtp(packet),
      onRtcp: (compound) => this.rtcp(compound),
      onEnd: (reason) => this.close(reason),
    });
    ice.check(offer);
  }

  private connected(start: (connection: PeerConnection) => void): void {
    const { local, remote } = this.connection!.labels;
    this.logger.info(`peer connection established, local candidate: ${local}, remote candidate: ${remote}`);
    try {
      start(this.connection!);
    } catch (error) {
      return this.close(error instanceof Error ? error.message : String(error));
    }
    this.reports = this.settings.timers.schedule(REPORT_INTERVAL_MS, () => this.sendReports());
  }

  private startReading(connection: PeerConnection): void {
    const { accepted, hasData } = this;
    const tracks = accepted.map(({ track }) => track.track);
    if (hasData) tracks.push(this.reading!.feed.maker.data!);
    this.logger.info(`is reading from path '${this.path}', ${describeTracks(tracks)}`);
    this.reading!.start(connection, accepted);
  }

  private gatherTracks(connection: PeerConnection, grant: Grant, offered: readonly IncomingTrack[]): void {
    const { timers, trackGatherTimeoutMs: timeoutMs } = this.settings;
    const sendRtcp = (compound: Uint8Array): void => connection.sendRtcp(compound);
    this.arrivals = ArrivalFeedback.of(offered, { timers, sendRtcp: (compound) => (this.publishing ?? connection).sendRtcp(compound) });
    const onDone = (tracks: readonly IncomingTrack[]): void => {
      if (tracks.length === 0) this.close('deadline exceeded while waiting tracks');
      else void this.startPublishing(connection, grant, tracks);
    };
    this.gathering = new TrackGathering(
      offered.map((track) => [track]),
      { timers, timeoutMs, sendRtcp, onDone },
    );
  }

  private async startPublishing(connection: PeerConnection, grant: Grant, tracks: readonly IncomingTrack[]): Promise<void> {
    const { logger, id: sessionId, path, query } = this;
    const { gateway } = this.settings;
    const onLost = (reason: string): void => this.close(reason);
    const sourceType = this.kind;
    try {
      const publishing = await Publishing.open({ gateway, logger, sessionId, sourceType, path, query, grant, tracks, connection, onLost });
      if (this.closed) return void publishing.close('the client is gone');
      this.publishing = publishing;
      logger.info(`is publishing to path '${path}'`);
      this.gathering!.replay((bytes, nowUs) => publishing.toStream.rtp(bytes, nowUs));
      this.gathering = undefined;
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  private rtp(packet: Uint8Array): void {
    this.arrivals?.rtp(packet);
    (this.publishing?.toStream ?? this.gathering)?.rtp(packet, Date.now() * 1000);
  }

  private rtcp(compound: Uint8Array): void {
    this.reading?.rtcp(compound);
    this.publishing?.toStream.rtcp(compound, Date.now() * 1000);
  }

  private sendReports(): void {
    const nowUs = Date.now() * 1000;
    this.reading?.sendReports(nowUs);
    this.publishing?.tick(nowUs);
    this.tellRefused();
    if (!this.closed) this.settings.timers.reschedule(this.reports!, REPORT_INTERVAL_MS);
  }

  private tellRefused(): void {
    const count = this.connection!.refusedPackets - this.refusedPackets;
    if (count > 0) this.logger.warn(`${count} ${count === 1 ? 'packet' : 'packets'} refused: wrong keys, or tampered with`);
    this.refusedPackets += count;
  }

  private skipTracks({ feed }: Reading): void {
    const { accepted, hasData } = this;
    const taken = accepted.map(({ track }) => track.track.id);
    if (hasData) taken.push(feed.maker.data!.id);
    feed.state.description.tracks.forEach((track, index) => {
      if (!taken.includes(track.id)) this.logger.warn(`skipping track ${index + 1} (${trackLabel(track)})`);
    });
  }

  private async orClose(answer: Promise<string>): Promise<string> {
    try {
      return await answer;
    } catch (error) {
      await authenticationFailed(this.logger, error);
      this.close(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** The client has left while its request was on hold. */
  private readonly abandonedBefore = (): void => {
    if (this.connection === undefined) this.close('the client is gone');
  };
}

function readOffer(text: string): WebRtcOffer {
  try {
    return parseOffer(text);
  } catch (error) {
    if (error instanceof ParseError) throw new RequestError(400, error.message, { cause: error });
    throw error;
  }
}
