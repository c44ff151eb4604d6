import { FLV_TAG, parseAggregate } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { ChunkReader, DEFAULT_CHUNK_SIZE } from './chunk/chunk-reader.ts';
import { serializeMessage } from './chunk/chunked-message.ts';
import { CHUNK_STREAM } from './connection-limits.ts';
import { USER_CONTROL, parseUint32, parseUserControl, serializeUint32, serializeUserControl } from './message/control.ts';
import { parseCommand, parseData, serializeCommand } from './message/command.ts';
import type { RtmpCommand } from './message/command.ts';
import { MESSAGE_TYPE } from './message/message.ts';
import type { RtmpMessage } from './message/message.ts';

/** A video or audio message, or one out of an aggregate. */
export interface MediaMessage {
  readonly kind: 'video' | 'audio';
  /** Modulo 2^32. */
  readonly timestampMs: number;
  /** A video or an audio tag. */
  readonly body: Uint8Array;
}

export interface MessageStreamHandler {
  send(bytes: Uint8Array): void;
  command(command: RtmpCommand, streamId: number): void;
  media(message: MediaMessage): void;
  /** The values of a data message, as `onMetaData`. */
  data(values: readonly Amf0Value[]): void;
}

/**
 * Both sides' messages behind the handshake: what the protocol itself wants answered is answered here.
 *
 * Shape:  bytes in, calls of the handler out; `write` sends.
 * Errors: `receive` throws ParseError for malformed chunks, control messages and commands. Data that cannot be read is left out:
 *         encoders put much into it, and nothing depends on it.
 */
export class MessageStream {
  private readonly handler: MessageStreamHandler;
  private readonly reader: ChunkReader;
  private chunkSize = DEFAULT_CHUNK_SIZE;
  private received = 0;
  private acknowledged = 0;
  /** 0: the peer wants no acknowledgements. */
  private window = 0;

  constructor(handler: MessageStreamHandler) {
    this.handler = handler;
    this.reader = new ChunkReader((message) => this.message(message));
  }

  stop(): void {
    this.reader.stop();
  }

  receive(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.reader.push(bytes);
    if (this.window > 0 && this.received - this.acknowledged >= this.window) {
      this.acknowledged = this.received;
      this.control(MESSAGE_TYPE.acknowledgement, serializeUint32(this.received % 2 ** 32));
    }
  }

  /** What we send from now on comes in chunks of this size. */
  setChunkSize(chunkSize: number): void {
    this.control(MESSAGE_TYPE.setChunkSize, serializeUint32(chunkSize));
    this.chunkSize = chunkSize;
  }

  control(typeId: number, body: Uint8Array): void {
    this.write(typeId, 0, CHUNK_STREAM.control, body);
  }

  command(command: RtmpCommand, streamId: number, chunkStreamId: number): void {
    this.write(MESSAGE_TYPE.commandAmf0, streamId, chunkStreamId, serializeCommand(command));
  }

  write(typeId: number, streamId: number, chunkStreamId: number, body: Uint8Array): void {
    this.handler.send(serializeMessage({ typeId, streamId, chunkStreamId, timestampMs: 0 }, body, this.chunkSize));
  }

  private message({ typeId, timestampMs, streamId, body }: RtmpMessage): void {
    switch (typeId) {
      case MESSAGE_TYPE.video:
        return this.handler.media({ kind: 'video', timestampMs, body });
      case MESSAGE_TYPE.audio:
        return this.handler.media({ kind: 'audio', timestampMs, body });
      case MESSAGE_TYPE.aggregate:
        return this.aggregate(body, timestampMs);
      case MESSAGE_TYPE.commandAmf0:
      case MESSAGE_TYPE.commandAmf3:
        return this.handler.command(parseCommand(typeId, body), streamId);
      case MESSAGE_TYPE.dataAmf0:
      case MESSAGE_TYPE.dataAmf3:
        return this.data(typeId, body);
      case MESSAGE_TYPE.windowAcknowledgementSize:
        this.window = parseUint32(body);
        return;
      case MESSAGE_TYPE.userControl:
        return this.userControl(body);
      default:
        return; // chunk sizes and aborts are carried out; shared objects and the rest are not for us
    }
  }

  private aggregate(body: Uint8Array, timestampMs: number): void {
    for (const tag of parseAggregate(body, timestampMs)) {
      if (tag.type === FLV_TAG.video) this.handler.media({ kind: 'video', timestampMs: tag.timestampMs, body: tag.data });
      else if (tag.type === FLV_TAG.audio) this.handler.media({ kind: 'audio', timestampMs: tag.timestampMs, body: tag.data });
    }
  }

  private data(typeId: number, body: Uint8Array): void {
    let values: readonly Amf0Value[];
    try {
      values = parseData(typeId, body);
    } catch {
      return;
    }
    this.handler.data(values);
  }

  private userControl(body: Uint8Array): void {
    const { event, value } = parseUserControl(body);
    if (event !== USER_CONTROL.pingRequest) return;
    this.control(MESSAGE_TYPE.userControl, serializeUserControl({ event: USER_CONTROL.pingResponse, value }));
  }
}
