import { ByteWriter, bytesFromHex } from '@mediamesh/bytes';
import { serializeAvcConfiguration } from '@mediamesh/codecs';
import { amf0EcmaArray, writeAudioTagHeader, writeVideoTagHeader } from '@mediamesh/flv';
import type { Amf0Value, AudioTagHeader, VideoTagHeader } from '@mediamesh/flv';
import type { MediaMessage } from '@mediamesh/rtmp';

/** Of x264: 64x48, Main. */
export const SPS = bytesFromHex('674d400aeca23d80880000030008000003019078912cb0');
export const OTHER_SPS = bytesFromHex('6764000aacd9447b011000000300100000030320f1225960');
export const PPS = bytesFromHex('68ebe04d2c8b');
export const AVC_CONFIGURATION = serializeAvcConfiguration(SPS, PPS);
/** AAC LC, 48 kHz, stereo. */
export const AAC_CONFIGURATION = bytesFromHex('1190');

/** A message with one tag of video. */
export function video(timestampMs: number, header: Partial<VideoTagHeader>, body: Uint8Array): MediaMessage {
  const writer = new ByteWriter();
  writeVideoTagHeader(writer, { codec: 'H264', trackId: 0, packet: 'frame', key: false, compositionMs: 0, ...header });
  return { kind: 'video', timestampMs, body: writer.bytes(body).finish() };
}

export function audio(timestampMs: number, header: Partial<AudioTagHeader>, body: Uint8Array): MediaMessage {
  const writer = new ByteWriter();
  writeAudioTagHeader(writer, { codec: 'MPEG-4 Audio', trackId: 0, packet: 'frame', ...header });
  return { kind: 'audio', timestampMs, body: writer.bytes(body).finish() };
}

/** A NAL unit of a picture behind its length; numbered, so that tests can tell pictures apart. */
export function picture(key: boolean, number = 0): Uint8Array {
  const nalUnit = Uint8Array.of(key ? 0x65 : 0x41, 0x88, number >>> 8, number);
  return new ByteWriter().u32(nalUnit.length).bytes(nalUnit).finish();
}

export const VIDEO_CONFIGURATION = video(0, { packet: 'sequenceStart' }, AVC_CONFIGURATION);
export const SOUND_CONFIGURATION = audio(0, { packet: 'sequenceStart' }, AAC_CONFIGURATION);

/** `onMetaData`, as encoders send it. */
export function metadata(members: Readonly<Record<string, Amf0Value>>): readonly Amf0Value[] {
  return ['@setDataFrame', 'onMetaData', amf0EcmaArray(members)];
}
