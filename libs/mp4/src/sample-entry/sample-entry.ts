/**
 * What a file must say of a codec before its samples can be decoded: more than a `CodecDescription` holds, since there it travels in-band.
 * `sampleEntryOf` takes it from a description and a unit; a sample entry says it in a file.
 *
 * Source: ISO 14496-12 8.5.2 (sample description box).
 */
export type SampleEntry =
  | { readonly codec: 'AV1'; readonly sequenceHeader: Uint8Array }
  | Vp9SampleEntry
  | { readonly codec: 'H265'; readonly vps: Uint8Array; readonly sps: Uint8Array; readonly pps: Uint8Array }
  | { readonly codec: 'H264'; readonly sps: Uint8Array; readonly pps: Uint8Array }
  /** Visual object sequence up to the first video object layer. */
  | { readonly codec: 'MPEG-4 Video'; readonly config: Uint8Array }
  /** Sequence header, and its extension if there is one; empty in files of ffmpeg, which leaves it in-band. */
  | { readonly codec: 'MPEG-1/2 Video'; readonly config: Uint8Array }
  | { readonly codec: 'M-JPEG'; readonly width: number; readonly height: number }
  | OpusSampleEntry
  | { readonly codec: 'FLAC'; readonly streamInfo: FlacStreamInfo }
  /** AudioSpecificConfig. */
  | { readonly codec: 'MPEG-4 Audio'; readonly config: Uint8Array }
  | { readonly codec: 'MPEG-1/2 Audio'; readonly sampleRateHz: number; readonly channelCount: number }
  | Ac3SampleEntry
  | LpcmSampleEntry;

export interface Vp9SampleEntry {
  readonly codec: 'VP9';
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly profile: number;
  /** Ten times the level. */
  readonly levelIdc: number;
  readonly bitDepth: number;
  /** 0 and 1 are 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chromaSubsampling: number;
  readonly fullRange: boolean;
}

export interface OpusSampleEntry {
  readonly codec: 'Opus';
  readonly channelCount: number;
  /** Samples at 48 kHz that a decoder drops at the start. */
  readonly preSkip: number;
  /** Channel mapping family 1, RFC 7845 5.1.1.2; absent with 1 and 2 channels. */
  readonly multistream?: { readonly streamCount: number; readonly coupledCount: number; readonly mapping: readonly number[] };
}

export interface Ac3SampleEntry {
  readonly codec: 'AC3';
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly fscod: number;
  readonly bsid: number;
  readonly bsmod: number;
  readonly acmod: number;
  readonly lfe: boolean;
  /** Half of frmsizecod. */
  readonly bitRateCode: number;
}

export interface LpcmSampleEntry {
  readonly codec: 'LPCM';
  readonly bitDepth: 8 | 16 | 24;
  readonly sampleRateHz: number;
  readonly channelCount: number;
  readonly littleEndian: boolean;
}

export type SampleEntryCodec = SampleEntry['codec'];
import type { FlacStreamInfo } from '@mediamesh/codecs';
