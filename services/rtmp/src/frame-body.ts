import {
  AV1_OBU,
  AV1_OBU_HAS_EXTENSION,
  AV1_OBU_HAS_SIZE,
  H264_NAL_UNIT,
  MAX_LEB128_BYTES,
  h264NalUnitType,
  sizeOfLeb128,
  writeLeb128Into,
} from '@mediamesh/codecs';
import type { TagSink, VideoCodec } from '@mediamesh/flv';

const NAL_LENGTH_BYTES = 4;
/** A temporal delimiter with its size, which is 0. ffmpeg's reader wants it. */
const TEMPORAL_DELIMITER = Uint8Array.of((AV1_OBU.temporalDelimiter << 3) | AV1_OBU_HAS_SIZE, 0);

/** A frame of H.264 without a picture: parameters, or messages, which players take for one. */
export function hasPicture(codec: VideoCodec, payload: readonly Uint8Array[]): boolean {
  if (codec !== 'H264') return true;
  for (let i = 0; i < payload.length; i++) {
    const type = h264NalUnitType(payload[i]!);
    if (type >= H264_NAL_UNIT.nonIdr && type <= H264_NAL_UNIT.idr) return true;
  }
  return false;
}

/** Bytes of a video frame behind the tag's header. */
export function sizeOfVideoBody(codec: VideoCodec, payload: readonly Uint8Array[]): number {
  let size = codec === 'AV1' ? TEMPORAL_DELIMITER.length : 0;
  for (let i = 0; i < payload.length; i++) {
    const entry = payload[i]!;
    if (codec === 'AV1') size += entry.length + sizeOfLeb128(entry.length - obuHeaderBytes(entry));
    else size += entry.length + (codec === 'VP9' ? 0 : NAL_LENGTH_BYTES);
  }
  return size;
}

/** H.264 and H.265: NAL units behind their lengths. AV1: OBUs with sizes. VP9: the frame. Hot: once a frame and path. */
export function writeVideoBody(sink: TagSink, codec: VideoCodec, payload: readonly Uint8Array[]): void {
  if (codec === 'AV1') sink.bytes(TEMPORAL_DELIMITER);
  for (let i = 0; i < payload.length; i++) {
    const entry = payload[i]!;
    if (codec === 'AV1') writeObu(sink, entry);
    else {
      if (codec !== 'VP9') sink.u32(entry.length);
      sink.bytes(entry);
    }
  }
}

const leb128 = new Uint8Array(MAX_LEB128_BYTES);

function writeObu(sink: TagSink, obu: Uint8Array): void {
  const header = obuHeaderBytes(obu);
  sink.u8(obu[0]! | AV1_OBU_HAS_SIZE);
  if (header > 1) sink.u8(obu[1]!);
  const end = writeLeb128Into(obu.length - header, leb128, 0);
  for (let i = 0; i < end; i++) sink.u8(leb128[i]!);
  sink.bytes(obu.subarray(header));
}

function obuHeaderBytes(obu: Uint8Array): number {
  return (obu[0]! & AV1_OBU_HAS_EXTENSION) === 0 ? 1 : 2;
}
