import { ParseError, bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import { parseSessionDescription, serializeSessionDescription, type SessionDescription } from '@mediamesh/sdp';
import { serializeRange } from '../header/range.ts';
import { serializeTransport, type PortPair } from '../header/transport.ts';
import { RtspFramer } from '../message/framer.ts';
import type { RtspResponse } from '../message/message.ts';
import { responseText } from '../message/message-text.ts';
import { RtspStatus } from '../message/status.ts';
import { parseRtspUrl, serializeRtspUrl, type RtspUrl } from '../message/url.ts';
import type * as seam from './handler.ts';
import { KeyExchange } from './key-exchange.ts';
import { Requester } from './requester.ts';
import { agreedTransport, answersTcp, offeredTransport, planSetup, playedMedias, rtpInfoOf, type SetupPlan } from './setup-plan.ts';
import { describedBaseUrl, mediaUrl, redirectUrl } from './urls.ts';

export const MAX_REDIRECTS = 10;
/** Without a packet for so long, an automatic UDP session goes over to TCP. */
export const FIRST_PACKET_TIMEOUT_MS = 3000;
const CHANNELS = 256;
const MAX_PLAYED_MEDIAS = CHANNELS / 2;

type State = 'idle' | 'options' | 'describe' | 'announce' | 'ports' | 'setup' | 'start' | 'streaming' | 'closed';

/**
 * The client's side of a connection: from OPTIONS to PLAY, or to RECORD, then keep-alives and timeouts.
 *
 * Shape:  `play` or `publish` once, then bytes and time in, calls of the handler out. It ends with `reconnect` or `close`.
 * Units:  `nowMs` is a monotonic clock in milliseconds.
 * Errors: none are thrown for what the server does: the connection is closed with the reason.
 * Source: RFC 2326; the order of attempts is MediaMTX's.
 */
export class RtspClientConnection {
  private readonly options: seam.RtspClientOptions;
  private readonly handler: seam.RtspClientHandler;
  private readonly framer: RtspFramer;
  private readonly url: RtspUrl;
  private readonly requests: Requester;
  private state: State = 'idle';
  private intent: ({ readonly kind: 'play' } & seam.PlayOptions) | ({ readonly kind: 'publish' } & seam.PublishOptions) = { kind: 'play' };
  private description: SessionDescription = { title: '', media: [] };
  private baseUrl: string;
  private plan: SetupPlan = { protocol: 'udp', secure: false };
  private queue: number[] = [];
  private setUp = 0;
  private pair: PortPair | undefined;
  private readonly keys: KeyExchange;
  private keepAliveMethod = 'OPTIONS';
  /** Channel to media index * 2, plus 1 for RTCP; -1 where nothing was set up. */
  private readonly channels = new Int32Array(CHANNELS).fill(-1);
  private nowMs: number;
  private streamingSinceMs = 0;
  private lastKeepAliveMs = 0;
  private lastMessageMs: number;
  private lastPacketMs = -1;

  /** Errors: ParseError when the URL is malformed. */
  constructor(options: seam.RtspClientOptions, handler: seam.RtspClientHandler, nowMs: number) {
    this.options = options;
    this.handler = handler;
    this.nowMs = nowMs;
    this.lastMessageMs = nowMs;
    this.url = parseRtspUrl(options.url);
    this.baseUrl = serializeRtspUrl(this.url);
    this.keys = new KeyExchange(options.crypto, options.wallClockMs);
    this.requests = new Requester({
      crypto: options.crypto,
      userAgent: options.userAgent,
      url: this.url,
      send: (bytes) => handler.send(bytes),
      trace: options.trace,
    });
    this.framer = new RtspFramer({
      request: (request) => this.requests.answer(request),
      response: (response) => {
        options.trace?.('s->c', () => responseText(response));
        this.responseReceived(response);
      },
      interleaved: (channel, payload) => this.interleaved(channel, payload),
    });
  }

  play(options: seam.PlayOptions = {}): void {
    this.begin({ kind: 'play', ...options });
  }

  publish(options: seam.PublishOptions): void {
    this.begin({ kind: 'publish', ...options });
  }

  /** The answer to `bindPorts`. */
  portsBound(ports: PortPair): void {
    if (this.state === 'closed') return;
    if (this.state !== 'ports') throw new Error('no media waits for its ports');
    this.guard(() => this.sendSetup(ports));
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (this.state === 'closed') return;
    this.nowMs = nowMs;
    this.guard(() => this.framer.push(bytes));
  }

  /** RTP or RTCP has arrived over UDP. */
  packetReceived(nowMs: number): void {
    this.lastPacketMs = nowMs;
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    this.nowMs = nowMs;
    const { readTimeoutMs } = this.options;
    if ((this.requests.waitingMs(nowMs) ?? 0) >= readTimeoutMs && this.state !== 'closed') this.close('request timed out');
    if (this.state !== 'streaming') return;
    if (this.intent.kind === 'play') this.checkSilence(nowMs, readTimeoutMs);
    if (this.state === 'streaming' && nowMs - this.lastKeepAliveMs >= this.requests.keepAliveMs) {
      this.lastKeepAliveMs = nowMs;
      this.requests.notify({ method: this.keepAliveMethod, url: this.baseUrl });
    }
  }

  /** Says goodbye to the server, and closes. */
  stop(reason: string): void {
    if (this.state !== 'closed' && this.requests.hasSession) this.requests.notify({ method: 'TEARDOWN', url: this.baseUrl });
    this.close(reason);
  }

  /** The socket has ended, or nobody wants to go on. */
  end(reason: string): void {
    this.close(reason);
  }

  private begin(intent: typeof this.intent): void {
    if (this.state !== 'idle') throw new Error('the connection is in use');
    this.intent = intent;
    this.state = 'options';
    this.requests.send({ method: 'OPTIONS', url: this.baseUrl }, this.nowMs);
  }

  private checkSilence(nowMs: number, readTimeoutMs: number): void {
    if (this.plan.protocol === 'tcp') {
      if (nowMs - this.lastMessageMs >= readTimeoutMs) this.close('TCP timeout');
      return;
    }
    if (this.lastPacketMs < 0 && this.options.transport === 'automatic') {
      if (nowMs - this.streamingSinceMs >= FIRST_PACKET_TIMEOUT_MS) this.reconnectWithTcp('no UDP packets have come, switching to TCP');
    } else if (nowMs - Math.max(this.lastPacketMs, this.streamingSinceMs) >= readTimeoutMs) this.close('UDP timeout');
  }

  private interleaved(channel: number, payload: Uint8Array): void {
    this.lastMessageMs = this.nowMs;
    const media = this.channels[channel]!;
    // Cameras begin to send before they answer PLAY.
    if (media >= 0 && (this.state === 'streaming' || this.state === 'start'))
      this.handler.interleaved(media >> 1, (media & 1) === 1, payload);
  }

  private responseReceived(response: RtspResponse): void {
    this.lastMessageMs = this.nowMs;
    if (!this.requests.accept(response, this.nowMs)) return;
    switch (this.state) {
      case 'options':
        this.optionsAnswered(response);
        break;
      case 'describe':
        this.described(response);
        break;
      case 'announce':
        if (this.succeeded(response)) this.setUpAll(this.description.media.map((_media, index) => index));
        break;
      case 'setup':
        this.setupAnswered(response);
        break;
      case 'start':
        if (this.succeeded(response)) this.started(response);
        break;
      default: // an answer to a keep-alive, or one that comes late
    }
  }

  private succeeded(response: RtspResponse): boolean {
    if (response.status === RtspStatus.ok) return true;
    this.close(response.status === RtspStatus.unauthorized ? 'the credentials are wrong' : `bad status code: ${response.status}`);
    return false;
  }

  private optionsAnswered(response: RtspResponse): void {
    // Some servers know no OPTIONS.
    if (response.status !== RtspStatus.notFound && !this.succeeded(response)) return;
    const methods = (response.headers.get('Public') ?? '').split(',').map((method) => method.trim());
    // VLC's server requires GET_PARAMETER.
    if (methods.includes('GET_PARAMETER')) this.keepAliveMethod = 'GET_PARAMETER';
    if (this.intent.kind === 'play') {
      this.state = 'describe';
      this.requests.send({ method: 'DESCRIBE', url: this.baseUrl, headers: [['Accept', 'application/sdp']] }, this.nowMs);
      return;
    }
    this.description = this.intent.description;
    this.state = 'announce';
    const body = bytesFromUtf8(serializeSessionDescription(this.description));
    this.requests.send({ method: 'ANNOUNCE', url: this.baseUrl, headers: [['Content-Type', 'application/sdp']], body }, this.nowMs);
  }

  private described(response: RtspResponse): void {
    const { status, headers } = response;
    const location = headers.get('Location');
    if (status >= RtspStatus.movedPermanently && status <= RtspStatus.useProxy && location !== undefined) {
      this.redirect(location);
      return;
    }
    if (!this.succeeded(response)) return;
    const type = headers.get('Content-Type')?.split(';')[0]!.trim().toLowerCase();
    if (type !== 'application/sdp') throw new ParseError('RtspResponse', 0, 'to DESCRIBE is not application/sdp');
    this.description = parseSessionDescription(utf8FromBytes(response.body));
    this.baseUrl = describedBaseUrl(this.description, headers.get('Content-Base'), this.url);
    this.handler.described(this.description);
    if (this.state === 'describe') this.setUpAll(playedMedias(this.description));
  }

  private redirect(location: string): void {
    const { redirects, transport } = this.options;
    if (redirects >= MAX_REDIRECTS) throw new ParseError('Location', 0, `is one more than ${MAX_REDIRECTS} redirects`);
    const url = redirectUrl(this.url, location);
    this.finish();
    this.handler.reconnect({ url, transport, redirects: redirects + 1, reason: 'redirected' });
  }

  private reconnectWithTcp(reason: string): void {
    const { url, redirects } = this.options;
    if (this.requests.hasSession) this.requests.notify({ method: 'TEARDOWN', url: this.baseUrl });
    this.finish();
    this.handler.reconnect({ url, transport: 'tcp', redirects, reason });
  }

  private setUpAll(indexes: readonly number[]): void {
    if (indexes.length === 0) throw new ParseError('description', 0, 'has no medias that could be set up');
    if (indexes.length > MAX_PLAYED_MEDIAS) throw new ParseError('description', 0, `has more than ${MAX_PLAYED_MEDIAS} medias`);
    const medias = indexes.map((index) => this.description.media[index]!);
    this.plan = planSetup(medias, this.url.scheme === 'rtsps', this.intent.kind === 'publish', this.options);
    if (this.plan.reason !== undefined) this.handler.transportSwitched(this.plan.reason);
    this.queue = [...indexes];
    this.setUpNext();
  }

  private setUpNext(): void {
    if (this.state === 'closed') return;
    const mediaIndex = this.queue[0];
    if (mediaIndex === undefined) {
      this.start();
      return;
    }
    if (this.plan.protocol === 'udp') {
      this.state = 'ports';
      this.handler.bindPorts(mediaIndex);
    } else this.sendSetup([this.setUp * 2, this.setUp * 2 + 1]);
  }

  private sendSetup(pair: PortPair): void {
    const mediaIndex = this.queue[0]!;
    const url = mediaUrl(this.baseUrl, this.description.media[mediaIndex]!.control);
    this.pair = pair;
    this.state = 'setup';
    const headers: [string, string][] = [
      ['Transport', serializeTransport(offeredTransport(this.plan, this.intent.kind === 'publish', pair))],
    ];
    if (this.plan.secure)
      headers.push(['KeyMgmt', this.keys.offer(url, this.intent.kind === 'publish' ? this.intent.ssrcs[mediaIndex] : undefined)]);
    this.requests.send({ method: 'SETUP', url, headers }, this.nowMs);
  }

  private setupAnswered(response: RtspResponse): void {
    const automatic = this.options.transport === 'automatic' && this.setUp === 0;
    if (response.status === RtspStatus.unsupportedTransport && automatic && this.plan.protocol !== 'tcp') {
      this.plan = { ...this.plan, protocol: 'tcp' };
      this.handler.transportSwitched('the server has no UDP, switching to TCP');
      this.setUpNext();
      return;
    }
    if (response.status === RtspStatus.keyManagementFailure && this.plan.secure && this.keys.takeOver()) {
      this.sendSetup(this.pair!);
      return;
    }
    if (!this.succeeded(response)) return;
    const value = response.headers.get('Transport') ?? '';
    if (automatic && answersTcp(value, this.plan)) {
      this.reconnectWithTcp('the server wants TCP, switching');
      return;
    }
    this.mediaAgreed(response, value);
  }

  private mediaAgreed(response: RtspResponse, value: string): void {
    const mediaIndex = this.queue.shift()!;
    const media = this.description.media[mediaIndex]!;
    const anyPort = this.options.anyPort && this.intent.kind === 'play';
    const { ssrc, ...transport } = agreedTransport(value, this.plan, this.pair, anyPort);
    if (transport.protocol === 'tcp') {
      const [rtp, rtcp] = transport.channels;
      if (this.channels[rtp] !== -1 || this.channels[rtcp] !== -1)
        throw new ParseError('Transport', 0, 'of the server has channels that are in use');
      this.channels[rtp] = mediaIndex * 2;
      this.channels[rtcp] = mediaIndex * 2 + 1;
    }
    const keys = this.plan.secure ? this.keys.agree(response.headers, media.mikey, this.description.mikey) : undefined;
    this.setUp++;
    this.handler.mediaSetUp({ mediaIndex, media, transport, ...(ssrc !== undefined && { ssrc }), ...(keys !== undefined && { keys }) });
    this.setUpNext();
  }

  private start(): void {
    this.state = 'start';
    if (this.intent.kind === 'publish') {
      this.requests.send({ method: 'RECORD', url: this.baseUrl }, this.nowMs);
      return;
    }
    const { range, scale } = this.intent;
    // Parrot's server needs a range.
    const headers: [string, string][] = [['Range', serializeRange(range ?? { type: 'npt', seconds: 0 })]];
    if (scale !== undefined) headers.push(['Scale', scale]);
    this.requests.send({ method: 'PLAY', url: this.baseUrl, headers }, this.nowMs);
  }

  private started(response: RtspResponse): void {
    this.state = 'streaming';
    this.streamingSinceMs = this.nowMs;
    this.lastKeepAliveMs = this.nowMs;
    this.handler.streaming(rtpInfoOf(response.headers));
  }

  /** Runs what can find the server's data malformed: then the connection is closed. */
  private guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.close(error.message);
    }
  }

  private finish(): void {
    this.state = 'closed';
    this.framer.stop();
  }

  private close(reason: string): void {
    if (this.state === 'closed') return;
    this.finish();
    this.handler.close(reason);
  }
}
