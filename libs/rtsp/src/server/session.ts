import type { SessionDescription } from '@mediamesh/sdp';
import type { MediaTransport } from './handler.ts';
import type { Target } from './request-context.ts';

/** `prePlay` and `preRecord`: medias are being set up, or the session is paused. */
export type SessionState = 'initial' | 'prePlay' | 'play' | 'preRecord' | 'record';

export interface SetupMedia {
  readonly mediaIndex: number;
  readonly transport: MediaTransport;
}

/** A channel is one byte. */
const CHANNELS = 256;
/** Medias of one session over TCP: two channels each. */
export const MAX_SETUP_MEDIAS = CHANNELS / 2;

/**
 * A session of a connection: what was announced or set up, and where its state machine stands. It lives and ends with its connection.
 * Its owner reads it; only the connection changes it.
 */
export class RtspServerSession {
  /** Sent to the client; whoever knows it controls the session, so it is not for logs. */
  readonly secret: string;
  state: SessionState = 'initial';
  target: Target = { path: '', query: '' };
  /** Of a publisher. */
  announced: SessionDescription | undefined;
  /** In the order of their SETUPs. */
  readonly medias: SetupMedia[] = [];
  lastRequestMs: number;
  /** Of RTP or RTCP over UDP. */
  lastPacketMs: number;
  /** Channel to media index and kind: index * 2, plus 1 for RTCP; -1 where nothing was set up. */
  private readonly channels = new Int32Array(CHANNELS).fill(-1);

  constructor(secret: string, nowMs: number) {
    this.secret = secret;
    this.lastRequestMs = nowMs;
    this.lastPacketMs = nowMs;
  }

  /** What all medias share; undefined before the first SETUP. */
  get transport(): MediaTransport | undefined {
    return this.medias[0]?.transport;
  }

  get streaming(): boolean {
    return this.state === 'play' || this.state === 'record';
  }

  beginRecording(target: Target, announced: SessionDescription): void {
    this.state = 'preRecord';
    this.target = target;
    this.announced = announced;
  }

  /** The first media of a reader decides the path. */
  addMedia(media: SetupMedia, target: Target): void {
    if (this.state === 'initial') {
      this.state = 'prePlay';
      this.target = target;
    }
    this.medias.push(media);
    if (media.transport.protocol !== 'tcp') return;
    const [rtp, rtcp] = media.transport.channels;
    this.channels[rtp] = media.mediaIndex * 2;
    this.channels[rtcp] = media.mediaIndex * 2 + 1;
  }

  stream(state: 'play' | 'record', nowMs: number): void {
    this.state = state;
    this.lastPacketMs = nowMs;
    this.lastRequestMs = nowMs;
  }

  pause(): void {
    if (this.state === 'play') this.state = 'prePlay';
    else if (this.state === 'record') this.state = 'preRecord';
  }

  hasMedia(mediaIndex: number): boolean {
    return this.medias.some((media) => media.mediaIndex === mediaIndex);
  }

  channelsAreFree(first: number): boolean {
    return first + 1 < CHANNELS && this.channels[first] === -1 && this.channels[first + 1] === -1;
  }

  /** The next even pair; undefined when all are taken. */
  freeChannels(): readonly [number, number] | undefined {
    for (let first = 0; first < CHANNELS; first += 2) if (this.channelsAreFree(first)) return [first, first + 1];
    return undefined;
  }

  /** Media index * 2, plus 1 for RTCP; -1 for a channel that was not set up. */
  mediaOfChannel(channel: number): number {
    return this.channels[channel]!;
  }
}
