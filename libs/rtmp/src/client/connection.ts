import { ParseError } from '@mediamesh/bytes';
import { amf0Member, amf0Object } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { CHUNK_STREAM, OUTGOING_CHUNK_SIZE, WINDOW_BYTES } from '../connection-limits.ts';
import { ClientHandshake } from '../handshake/client-handshake.ts';
import type { RtmpCommand } from '../message/command.ts';
import { BANDWIDTH_LIMIT, USER_CONTROL, serializeSetPeerBandwidth, serializeUint32, serializeUserControl } from '../message/control.ts';
import { MESSAGE_TYPE } from '../message/message.ts';
import { MessageStream } from '../message-stream.ts';
import type { MediaMessage } from '../message-stream.ts';
import { authQuery, nextAuthStep } from './adobe-auth.ts';
import type { AuthStep } from './adobe-auth.ts';
import type { RtmpClientHandler, RtmpClientOptions } from './handler.ts';

type State = 'idle' | 'handshake' | 'connect' | 'createStream' | 'start' | 'streaming' | 'closed';

/** As MediaMTX introduces itself: servers look at the version of a Flash Player. */
const FLASH_VERSION = 'LNX 9,0,124,2';
/** What an old player supports: none, MP3, G.711, AAC; H.264. Source: RTMP 7.2.1.1. */
const AUDIO_CODECS = 0x0001 | 0x0004 | 0x0080 | 0x0100 | 0x0400;
const VIDEO_CODECS = 0x0080;
const PLAY_CAPABILITIES = 15;
const BUFFER_MS = 100;
/** Chunks have 32 bits for them. */
const MAX_MESSAGE_STREAMS = 2 ** 32;
const TRANSACTION = { connect: 1, releaseStream: 2, fcPublish: 3, createStream: 4, start: 5 } as const;
/** What a server says at the end of a stream that is played. */
const END_CODES: ReadonlySet<string> = new Set(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop', 'NetStream.Play.Complete']);

/**
 * The client's side of a connection: from the handshake to `play` or `publish`.
 *
 * Shape:  `start` once, then bytes and time in, calls of the handler out. It ends with `reconnect` or `close`.
 * Units:  `nowMs` is a monotonic clock in milliseconds.
 * Errors: none are thrown for what the server does: the connection is closed with the reason.
 * Source: RTMP 7.2; the order of commands is that of ffmpeg and OBS.
 */
export class RtmpClientConnection {
  private readonly options: RtmpClientOptions;
  private readonly handler: RtmpClientHandler;
  private readonly handshake: ClientHandshake;
  private readonly messages: MessageStream;
  private readonly auth: AuthStep;
  private state: State = 'idle';
  private stream = 0;
  private lastBytesMs: number;

  constructor(options: RtmpClientOptions, handler: RtmpClientHandler, nowMs: number) {
    this.options = options;
    this.handler = handler;
    this.lastBytesMs = nowMs;
    this.auth = options.auth ?? { kind: 'none' };
    const send = (bytes: Uint8Array): void => handler.send(bytes);
    this.handshake = new ClientHandshake(options.crypto, send);
    this.messages = new MessageStream({
      send,
      command: (command) => this.command(command),
      media: (message) => this.media(message),
      data: (values) => this.data(values),
    });
  }

  /** The message stream that media is sent on. */
  get streamId(): number {
    return this.stream;
  }

  start(): void {
    if (this.state !== 'idle') throw new Error('the connection is in use');
    this.state = 'handshake';
    this.handshake.start();
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (this.state === 'closed') return;
    this.lastBytesMs = nowMs;
    try {
      this.read(bytes);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.close(error.message);
    }
  }

  /** Call it about once a second. */
  tick(nowMs: number): void {
    if (this.state === 'streaming' && this.options.action === 'publish') return; // the server has nothing to say
    if (this.state !== 'closed' && nowMs - this.lastBytesMs >= this.options.readTimeoutMs) this.close('i/o timeout');
  }

  /** Says goodbye to the server, and closes. */
  stop(reason: string): void {
    if (this.state === 'streaming') {
      if (this.options.action === 'publish') this.call('FCUnpublish', 0, [null, this.options.address.streamKey]);
      this.call('deleteStream', 0, [null, this.stream]);
    }
    this.close(reason);
  }

  /** The socket has ended. */
  end(reason: string): void {
    this.close(reason);
  }

  private read(bytes: Uint8Array): void {
    if (this.state !== 'handshake') return this.messages.receive(bytes);
    const rest = this.handshake.push(bytes);
    if (rest === undefined) return;
    this.connect();
    if (rest.length > 0) this.messages.receive(rest);
  }

  private media(message: MediaMessage): void {
    if (this.state === 'streaming') this.handler.media(message);
  }

  private data(values: readonly Amf0Value[]): void {
    if (this.state === 'streaming') this.handler.data(values);
  }

  private connect(): void {
    const { messages } = this;
    const { action, address, crypto, fourCcs } = this.options;
    this.state = 'connect';
    messages.control(MESSAGE_TYPE.windowAcknowledgementSize, serializeUint32(WINDOW_BYTES));
    messages.control(MESSAGE_TYPE.setPeerBandwidth, serializeSetPeerBandwidth(WINDOW_BYTES, BANDWIDTH_LIMIT.dynamic));
    messages.setChunkSize(OUTGOING_CHUNK_SIZE);
    const query = authQuery(this.auth, address, crypto);
    const playing = {
      fpad: false,
      capabilities: PLAY_CAPABILITIES,
      audioCodecs: AUDIO_CODECS,
      videoCodecs: VIDEO_CODECS,
      videoFunction: 0,
    };
    this.call('connect', TRANSACTION.connect, [
      amf0Object({
        app: address.app + query,
        flashVer: FLASH_VERSION,
        tcUrl: address.tcUrl + query,
        objectEncoding: 0,
        ...(action === 'play' && playing),
        ...(fourCcs.length > 0 && { fourCcList: fourCcs }),
      }),
    ]);
  }

  private command(command: RtmpCommand): void {
    switch (command.name) {
      case '_result':
        return this.result(command);
      case '_error':
        return this.refused(command);
      case 'onStatus':
        return this.status(command);
      default:
        return; // onBWDone, onFCPublish and others
    }
  }

  private result({ transactionId, values }: RtmpCommand): void {
    if (this.state === 'connect' && transactionId === TRANSACTION.connect) this.createStream();
    else if (this.state === 'createStream' && transactionId === TRANSACTION.createStream) {
      const stream = values[1];
      if (typeof stream !== 'number' || !Number.isInteger(stream) || stream < 0 || stream >= MAX_MESSAGE_STREAMS)
        throw new ParseError('createStream', 0, 'gives no stream');
      this.stream = stream;
      this.startStream();
    }
  }

  private createStream(): void {
    const { action, address } = this.options;
    this.state = 'createStream';
    if (action === 'publish') {
      this.call('releaseStream', TRANSACTION.releaseStream, [null, address.streamKey]);
      this.call('FCPublish', TRANSACTION.fcPublish, [null, address.streamKey]);
    }
    this.call('createStream', TRANSACTION.createStream, [null]);
  }

  private startStream(): void {
    const { action, address } = this.options;
    this.state = 'start';
    if (action === 'publish') {
      this.call('publish', TRANSACTION.start, [null, address.streamKey, 'live'], this.stream);
      return;
    }
    const length = serializeUserControl({ event: USER_CONTROL.setBufferLength, value: this.stream }, BUFFER_MS);
    this.messages.control(MESSAGE_TYPE.userControl, length);
    this.call('play', TRANSACTION.start, [null, address.streamKey], this.stream);
  }

  private refused({ transactionId, values }: RtmpCommand): void {
    // Servers that do not know releaseStream and FCPublish say so.
    if (transactionId === TRANSACTION.releaseStream || transactionId === TRANSACTION.fcPublish) return;
    const description = textOf(values[1], 'description');
    if (this.state !== 'connect') return this.close(`the server refuses: ${description || textOf(values[1], 'code')}`);
    const next = nextAuthStep(this.auth, description);
    if (next === undefined)
      return this.close(this.auth.kind === 'none' ? `the server refuses: ${description}` : 'the credentials are wrong');
    if (this.options.address.user === '') return this.close('credentials are required');
    this.finish();
    this.handler.reconnect(next);
  }

  private status({ values }: RtmpCommand): void {
    const code = textOf(values[1], 'code');
    if (this.state !== 'start' && this.state !== 'streaming') return;
    if (textOf(values[1], 'level') === 'error') return this.close(`the server refuses: ${code} (${textOf(values[1], 'description')})`);
    if (this.state === 'start') {
      this.state = 'streaming';
      this.handler.started();
    } else if (this.options.action === 'play' && END_CODES.has(code)) this.close('the stream has ended');
  }

  private call(name: string, transactionId: number, values: readonly Amf0Value[], streamId = 0): void {
    this.messages.command({ name, transactionId, values }, streamId, CHUNK_STREAM.command);
  }

  private finish(): void {
    this.state = 'closed';
    this.messages.stop();
  }

  private close(reason: string): void {
    if (this.state === 'closed') return;
    this.finish();
    this.handler.close(reason);
  }
}

function textOf(value: Amf0Value, name: string): string {
  const member = amf0Member(value, name);
  return typeof member === 'string' ? member : '';
}
