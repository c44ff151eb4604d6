import { ParseError } from '@mediamesh/bytes';
import { amf0Member, amf0Object, isAmf0Object } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { CHUNK_STREAM, MESSAGE_STREAM_ID, OUTGOING_CHUNK_SIZE, WINDOW_BYTES } from '../connection-limits.ts';
import { ServerHandshake } from '../handshake/server-handshake.ts';
import type { RtmpCommand } from '../message/command.ts';
import { BANDWIDTH_LIMIT, USER_CONTROL, serializeSetPeerBandwidth, serializeUint32, serializeUserControl } from '../message/control.ts';
import { MESSAGE_TYPE } from '../message/message.ts';
import { MessageStream } from '../message-stream.ts';
import type { MediaMessage } from '../message-stream.ts';
import { joinStreamUrl } from '../stream-url.ts';
import { fourCcsOf } from './fourcc-list.ts';
import type { RtmpServerHandler, RtmpServerOptions, StreamRequest } from './handler.ts';

/** Of the path that the longest name has, and of a query with a token. */
export const MAX_STREAM_PATH_CHARS = 1_024;
export const MAX_STREAM_QUERY_CHARS = 8_192;
/** Of media before the answer to `publish`, for which some encoders do not wait: a second of 32 Mbit/s. What exceeds it is dropped. */
export const MAX_EARLY_BYTES = 4 * 1024 * 1024;

/** What a message of data counts for: metadata is some hundred bytes. */
const EARLY_DATA_BYTES = 4_096;

/** As MediaMTX introduces itself: clients look at the version of a Flash Media Server. */
const SERVER_VERSION = 'LNX 9,0,124,2';
const CAPABILITIES = 31;

type State = 'handshake' | 'connect' | 'connected' | 'requested' | 'publishing' | 'playing' | 'closed';

interface Application {
  readonly tcUrl: string;
  readonly userAgent: string;
  readonly fourCcs: ReadonlySet<string>;
}

/**
 * The server's side of a connection: handshake, `connect`, then one `publish` or `play`.
 *
 * Shape:  bytes and time in, calls of the handler out.
 * Units:  `nowMs` is a monotonic clock in milliseconds.
 * Errors: none are thrown for what the client does: the connection is closed with the reason.
 * Source: RTMP 7.2; replies are MediaMTX's. Commands other than those above are ignored.
 */
export class RtmpServerConnection {
  private readonly options: RtmpServerOptions;
  private readonly handler: RtmpServerHandler;
  private readonly handshake: ServerHandshake;
  private readonly messages: MessageStream;
  private state: State = 'handshake';
  private application: Application | undefined;
  private request: { readonly action: StreamRequest['action']; readonly transactionId: number } | undefined;
  /** Of a publisher that does not wait for the answer. */
  private early: ({ readonly media: MediaMessage } | { readonly data: readonly Amf0Value[] })[] = [];
  private earlyBytes = 0;
  private lastBytesMs: number;

  constructor(options: RtmpServerOptions, handler: RtmpServerHandler, nowMs: number) {
    this.options = options;
    this.handler = handler;
    this.lastBytesMs = nowMs;
    const send = (bytes: Uint8Array): void => handler.send(bytes);
    this.handshake = new ServerHandshake(options.crypto, send);
    this.messages = new MessageStream({
      send,
      command: (command, streamId) => this.command(command, streamId),
      media: (message) => this.media(message),
      data: (values) => this.data(values),
    });
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
    // A client that reads has nothing to say; what it does not take ends it. One that waits for its stream waits as long as control says.
    if (this.state === 'playing' || this.state === 'requested' || this.state === 'closed') return;
    if (nowMs - this.lastBytesMs >= this.options.readTimeoutMs) this.close('i/o timeout');
  }

  /** The client may go on: a publisher sends, a reader is told that it will be sent to. Errors: nobody has asked for anything. */
  accept(): void {
    const { action } = this.takeRequest();
    if (action === 'publish') {
      this.state = 'publishing';
      this.status('NetStream.Publish.Start', 'publish start');
      this.takeEarly();
      return;
    }
    this.state = 'playing';
    this.userControl(USER_CONTROL.streamIsRecorded);
    this.userControl(USER_CONTROL.streamBegin);
    this.status('NetStream.Play.Reset', 'play reset');
    this.status('NetStream.Play.Start', 'play start');
    this.status('NetStream.Data.Start', 'data start');
    this.status('NetStream.Play.PublishNotify', 'publish notify');
  }

  /** The client is told that it may not, and the connection is closed with the reason. Errors: nobody has asked for anything. */
  reject(description: string, reason: string): void {
    const { action } = this.takeRequest();
    const code = action === 'publish' ? 'NetStream.Publish.Unauthorized' : 'NetStream.Play.Failed';
    this.status(code, description, 'error');
    this.close(reason);
  }

  /** The socket has ended, or the owner closes it. */
  end(): void {
    this.state = 'closed';
    this.early = [];
    this.messages.stop();
  }

  private read(bytes: Uint8Array): void {
    if (this.state !== 'handshake') return this.messages.receive(bytes);
    const rest = this.handshake.push(bytes);
    if (rest === undefined) return;
    this.state = 'connect';
    if (rest.length > 0) this.messages.receive(rest);
  }

  private media(message: MediaMessage): void {
    if (this.state === 'publishing') this.handler.media(message);
    else if (this.isEarly(message.body.length)) this.early.push({ media: message });
  }

  private data(values: readonly Amf0Value[]): void {
    if (this.state === 'publishing') this.handler.data(values);
    else if (this.isEarly(EARLY_DATA_BYTES)) this.early.push({ data: values });
  }

  private isEarly(bytes: number): boolean {
    if (this.state !== 'requested' || this.request?.action !== 'publish' || this.earlyBytes + bytes > MAX_EARLY_BYTES) return false;
    this.earlyBytes += bytes;
    return true;
  }

  private takeEarly(): void {
    const { early, handler } = this;
    this.early = [];
    for (const message of early) {
      if ('media' in message) handler.media(message.media);
      else handler.data(message.data);
    }
  }

  private command(command: RtmpCommand, streamId: number): void {
    switch (this.state) {
      case 'connect':
        if (command.name !== 'connect') throw new ParseError('command', 0, `'${printable(command.name)}' stands before 'connect'`);
        return this.connect(command);
      case 'connected':
        return this.connectedCommand(command);
      case 'publishing':
      case 'playing':
        // The stream is over when the client says so; some keep the connection then.
        if (command.name === 'deleteStream' || (command.name === 'closeStream' && streamId === MESSAGE_STREAM_ID)) {
          this.close('the client closed the stream');
        }
        return;
      default:
        return;
    }
  }

  private connect({ transactionId, values: [argument] }: RtmpCommand): void {
    const app = amf0Member(argument, 'app');
    const tcUrl = amf0Member(argument, 'tcUrl') ?? amf0Member(argument, 'tcurl');
    if (!isAmf0Object(argument) || typeof app !== 'string' || typeof tcUrl !== 'string') {
      throw new ParseError('connect', 0, 'has no app and tcUrl');
    }
    const userAgent = amf0Member(argument, 'flashVer');
    this.application = {
      tcUrl: tcUrl.replaceAll(/^'+|'+$/g, ''), // GStreamer's examples quote it
      userAgent: typeof userAgent === 'string' ? userAgent : '',
      fourCcs: fourCcsOf(argument),
    };
    this.state = 'connected';
    const { messages } = this;
    messages.control(MESSAGE_TYPE.windowAcknowledgementSize, serializeUint32(WINDOW_BYTES));
    messages.control(MESSAGE_TYPE.setPeerBandwidth, serializeSetPeerBandwidth(WINDOW_BYTES, BANDWIDTH_LIMIT.dynamic));
    messages.setChunkSize(OUTGOING_CHUNK_SIZE);
    this.result(transactionId, [
      amf0Object({ fmsVer: SERVER_VERSION, capabilities: CAPABILITIES }),
      amf0Object({
        level: 'status',
        code: 'NetConnection.Connect.Success',
        description: 'Connection succeeded.',
        objectEncoding: 0,
      }),
    ]);
  }

  private connectedCommand(command: RtmpCommand): void {
    switch (command.name) {
      case 'createStream':
        return this.result(command.transactionId, [null, MESSAGE_STREAM_ID]);
      case 'publish':
      case 'play':
        return this.requestStream(command.name, command);
      default:
        return; // releaseStream, FCPublish, _checkbw and others
    }
  }

  private requestStream(action: StreamRequest['action'], { transactionId, values }: RtmpCommand): void {
    const streamKey = values[1];
    if (typeof streamKey !== 'string') throw new ParseError(action, 0, 'has no stream key');
    const { tcUrl, userAgent, fourCcs } = this.application!;
    const { path, query } = joinStreamUrl(tcUrl, streamKey);
    if (path.length > MAX_STREAM_PATH_CHARS) throw new ParseError(action, 0, `has a path of ${path.length} characters`);
    if (query.length > MAX_STREAM_QUERY_CHARS) throw new ParseError(action, 0, `has a query of ${query.length} characters`);
    this.state = 'requested';
    this.request = { action, transactionId };
    this.handler.requested({ action, path, query, userAgent, fourCcs });
  }

  private takeRequest(): { readonly action: StreamRequest['action']; readonly transactionId: number } {
    if (this.state !== 'requested' || this.request === undefined) throw new Error('no request waits for an answer');
    return this.request;
  }

  private result(transactionId: number, values: readonly Amf0Value[]): void {
    this.messages.command({ name: '_result', transactionId, values }, 0, CHUNK_STREAM.command);
  }

  private status(code: string, description: string, level: 'status' | 'error' = 'status'): void {
    const { transactionId } = this.request!;
    const values = [null, amf0Object({ level, code, description })];
    this.messages.command({ name: 'onStatus', transactionId, values }, MESSAGE_STREAM_ID, CHUNK_STREAM.status);
  }

  private userControl(event: number): void {
    this.messages.control(MESSAGE_TYPE.userControl, serializeUserControl({ event, value: MESSAGE_STREAM_ID }));
  }

  private close(reason: string): void {
    if (this.state === 'closed') return;
    this.end();
    this.handler.close(reason);
  }
}

const MAX_PRINTED_CHARS = 32;

/** A name that a client chose, for a line in the log. */
function printable(name: string): string {
  return name.substring(0, MAX_PRINTED_CHARS).replaceAll(/[^\x20-\x7e]/g, '?');
}
