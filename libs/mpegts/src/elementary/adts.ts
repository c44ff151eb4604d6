import { audioSpecificConfigOfAdts, parseAdts, serializeAudioSpecificConfig } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import { oneUnit } from './decoder.ts';
import type { ElementaryDecoder, ElementaryUnit } from './decoder.ts';

/** AAC in ADTS: the first frame says what the stream is. */
export class AdtsDecoder implements ElementaryDecoder {
  readonly isTimed = true;
  description: CodecDescription | undefined;
  clockRateHz = 0;

  decode(payload: Uint8Array): readonly ElementaryUnit[] {
    const frames = parseAdts(payload);
    const [first] = frames;
    if (first !== undefined && this.description === undefined) {
      this.clockRateHz = first.sampleRateHz;
      const config = serializeAudioSpecificConfig(audioSpecificConfigOfAdts(first));
      this.description = { codec: 'MPEG-4 Audio', parameters: { config } };
    }
    return oneUnit(frames.map((frame) => frame.payload));
  }
}
