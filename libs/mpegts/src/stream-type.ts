import { AdtsDecoder } from './elementary/adts.ts';
import type { ElementaryDecoder } from './elementary/decoder.ts';
import { Ac3Decoder, MpegAudioDecoder } from './elementary/framed-audio.ts';
import { KlvDecoder } from './elementary/klv.ts';
import { LoasDecoder } from './elementary/loas.ts';
import { OpusDecoder } from './elementary/opus.ts';
import { FrameDecoder, NalUnitDecoder } from './elementary/video.ts';
import type { Descriptor, ElementaryStream } from './program-tables.ts';

/** Source: ISO 13818-1 table 2-34; 0x81 of ATSC A/53. */
export const STREAM_TYPE = {
  mpeg1Video: 0x01,
  mpeg2Video: 0x02,
  mpeg1Audio: 0x03,
  mpeg2Audio: 0x04,
  privateData: 0x06,
  adts: 0x0f,
  mpeg4Video: 0x10,
  loas: 0x11,
  metadata: 0x15,
  h264: 0x1b,
  h265: 0x24,
  ac3: 0x81,
} as const;

export const DESCRIPTOR = { registration: 0x05, metadata: 0x26, metadataStd: 0x27, ac3: 0x6a, extension: 0x7f } as const;
export const OPUS_EXTENSION = 0x80;
/** Two independent channels in place of a number of them. */
const DUAL_MONO = 0;
/** Channels in the order of Vorbis; what is above has its mapping in a descriptor of its own. */
export const MAX_OPUS_CHANNEL_CODE = 8;

/** What reads the stream; undefined when the product has no such codec. */
export function decoderOf({ streamType, descriptors }: ElementaryStream): ElementaryDecoder | undefined {
  switch (streamType) {
    case STREAM_TYPE.mpeg1Video:
    case STREAM_TYPE.mpeg2Video:
      return new FrameDecoder('MPEG-1/2 Video');
    case STREAM_TYPE.mpeg4Video:
      return new FrameDecoder('MPEG-4 Video');
    case STREAM_TYPE.mpeg1Audio:
    case STREAM_TYPE.mpeg2Audio:
      return new MpegAudioDecoder();
    case STREAM_TYPE.adts:
      return new AdtsDecoder();
    case STREAM_TYPE.loas:
      return new LoasDecoder();
    case STREAM_TYPE.h264:
      return new NalUnitDecoder('H264');
    case STREAM_TYPE.h265:
      return new NalUnitDecoder('H265');
    case STREAM_TYPE.ac3:
      return new Ac3Decoder();
    case STREAM_TYPE.metadata:
      return isMetadataOfKlv(descriptors) ? new KlvDecoder(true) : undefined;
    case STREAM_TYPE.privateData:
      return privateDecoderOf(descriptors);
    default:
      return undefined;
  }
}

function privateDecoderOf(descriptors: readonly Descriptor[]): ElementaryDecoder | undefined {
  switch (registrationOf(descriptors)) {
    case 'KLVA':
      return new KlvDecoder(false);
    case 'AC-3':
      return new Ac3Decoder();
    case 'HEVC':
      return new NalUnitDecoder('H265');
    case 'Opus': {
      const extension = descriptors.find(({ tag, data }) => tag === DESCRIPTOR.extension && data[0] === OPUS_EXTENSION);
      const code = extension?.data[1] ?? 2;
      if (code > MAX_OPUS_CHANNEL_CODE) return undefined; // its mapping is in the stream
      return new OpusDecoder(code === DUAL_MONO ? 2 : code);
    }
    default:
      return descriptors.some(({ tag }) => tag === DESCRIPTOR.ac3) ? new Ac3Decoder() : undefined;
  }
}

function registrationOf(descriptors: readonly Descriptor[]): string | undefined {
  const data = descriptors.find(({ tag }) => tag === DESCRIPTOR.registration)?.data;
  return data === undefined ? undefined : formatOf(data, 0);
}

/** metadata_format_identifier, after an application format and the escape 0xff; or a registration. */
function isMetadataOfKlv(descriptors: readonly Descriptor[]): boolean {
  if (registrationOf(descriptors) === 'KLVA') return true;
  const data = descriptors.find(({ tag }) => tag === DESCRIPTOR.metadata)?.data;
  return data !== undefined && data[2] === 0xff && formatOf(data, 3) === 'KLVA';
}

function formatOf(data: Uint8Array, at: number): string {
  return String.fromCharCode(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, data[at + 3] ?? 0);
}
