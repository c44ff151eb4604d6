import { ParseError } from '@mediamesh/bytes';
import { parseAc3SyncFrame, parseMpegAudioFrameHeader } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { oneUnit } from './decoder.ts';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

const MPEG_AUDIO_CLOCK_HZ = 90_000;

/** MPEG-1 and 2 audio: whole frames, each with its header. */
export class MpegAudioDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  readonly clockRateHz = MPEG_AUDIO_CLOCK_HZ;
  readonly description: CodecDescription = { codec: 'MPEG-1/2 Audio', parameters: {} };

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    return oneUnit(framesOf(payload, 'MPEG audio frame', (frame) => parseMpegAudioFrameHeader(frame).sizeBytes));
  }
}

/** AC-3: whole sync frames; the first says what the stream is. */
export class Ac3Decoder implements ElementaryDecoder {
  readonly isTimed = true;
  description: CodecDescription | undefined;
  clockRateHz = 0;

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    const frames = framesOf(payload, 'AC-3 frame', (frame) => parseAc3SyncFrame(frame).sizeBytes);
    const [first] = frames;
    if (first !== undefined && this.description === undefined) {
      const { sampleRateHz, channelCount } = parseAc3SyncFrame(first);
      this.clockRateHz = sampleRateHz;
      this.description = { codec: 'AC3', parameters: { sampleRateHz, channelCount } };
    }
    return oneUnit(frames);
  }
}

function framesOf(payload: Uint8Array, structure: string, sizeOf: (frame: Uint8Array) => number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length;) {
    const size = sizeOf(payload.subarray(at));
    if (size === 0 || at + size > payload.length) throw new ParseError(structure, at, `is ${size} bytes, ${payload.length - at} are left`);
    frames.push(payload.subarray(at, at + size));
    at += size;
  }
  return frames;
}
