import { amf0EcmaArray, serializeAmf0 } from '@mediamesh/flv';
import { serializeAvcConfiguration } from '@mediamesh/codecs';
import { serializeMessage } from '@mediamesh/rtmp';
import type { FrameBytes } from '../frame-packets.ts';
import { PPS, SPS, STAMP_OFFSET, writeStamp } from '../h264-stream.ts';
import { CHUNK_SIZE } from './rtmp-connection.ts';

const TICKS_A_MS = 90;
const CHUNK_HEADER_BYTES = 12;
const TAG_HEADER_BYTES = 5;
const NAL_LENGTH_BYTES = 4;
const VIDEO = { typeId: 9, streamId: 1, chunkStreamId: 6, timestampMs: 0 };
const FLV_H264 = 7;
const KEY = 0x17;
const INTER = 0x27;

/** The chunks of one frame, made once; time and stamp are written into it again and again, for whichever publisher is due. */
export class RtmpFrameBytes implements FrameBytes {
  bytes: Uint8Array;
  readonly packetCount = 1;

  constructor(slice: Uint8Array, key: boolean) {
    const body = new Uint8Array(TAG_HEADER_BYTES + NAL_LENGTH_BYTES + slice.length);
    body.set([key ? KEY : INTER, 1]);
    new DataView(body.buffer).setUint32(TAG_HEADER_BYTES, slice.length);
    body.set(slice, TAG_HEADER_BYTES + NAL_LENGTH_BYTES);
    this.bytes = serializeMessage(VIDEO, body, CHUNK_SIZE);
  }

  patch(_sequenceNumber: number, timestamp: number, _ssrc: number, stampUs: number): void {
    const { bytes } = this;
    const timestampMs = Math.round(timestamp / TICKS_A_MS);
    bytes[1] = timestampMs >>> 16;
    bytes[2] = timestampMs >>> 8;
    bytes[3] = timestampMs;
    writeStamp(bytes, CHUNK_HEADER_BYTES + TAG_HEADER_BYTES + NAL_LENGTH_BYTES + STAMP_OFFSET, stampUs);
  }

  leaveBytes(): void {
    this.bytes = new Uint8Array(this.bytes);
  }
}

/** What a publisher sends before its frames: that there is video only, and its configuration. */
export function rtmpPreamble(): Uint8Array {
  const metadata = serializeAmf0(['@setDataFrame', 'onMetaData', amf0EcmaArray({ videocodecid: FLV_H264 })]);
  const configuration = serializeAvcConfiguration(SPS, PPS);
  const body = new Uint8Array(TAG_HEADER_BYTES + configuration.length);
  body.set([KEY, 0]);
  body.set(configuration, TAG_HEADER_BYTES);
  return Buffer.concat([
    serializeMessage({ ...VIDEO, typeId: 18, chunkStreamId: 4 }, metadata, CHUNK_SIZE),
    serializeMessage(VIDEO, body, CHUNK_SIZE),
  ]);
}
