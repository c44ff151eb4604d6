import { hexFromBytes } from '@mediamesh/bytes';
import { parseAv1SequenceHeader } from '@mediamesh/codecs';
import type { CodecDescription } from '@mediamesh/codecs';
import type { SampleEntry } from '../sample-entry/sample-entry.ts';

/** Of the description that RTSP readers get of FLAC, as MediaMTX makes it. */
const PAYLOAD_TYPE = 96;

/**
 * The codec of a track, as the rest of the product describes it; undefined for little-endian LPCM, which nobody there carries.
 *
 * Errors: ParseError when an AV1 sequence header is malformed.
 */
export function descriptionOf(entry: SampleEntry): CodecDescription | undefined {
  switch (entry.codec) {
    case 'AV1': {
      const { profile, levelIdx, tier } = parseAv1SequenceHeader(entry.sequenceHeader);
      return { codec: 'AV1', parameters: { profile, levelIdx, tier } };
    }
    case 'VP9':
      return { codec: 'VP9', parameters: { profileId: entry.profile } };
    case 'H265':
      return { codec: 'H265', parameters: { vps: entry.vps, sps: entry.sps, pps: entry.pps } };
    case 'H264':
      return { codec: 'H264', parameters: { sps: entry.sps, pps: entry.pps } };
    case 'MPEG-4 Video':
      return { codec: 'MPEG-4 Video', parameters: { config: entry.config } };
    case 'MPEG-4 Audio':
      return { codec: 'MPEG-4 Audio', parameters: { config: entry.config } };
    case 'MPEG-1/2 Video':
    case 'M-JPEG':
    case 'MPEG-1/2 Audio':
      return { codec: entry.codec, parameters: {} };
    case 'Opus': {
      const { channelCount, multistream } = entry;
      return { codec: 'Opus', parameters: { channelCount, ...(multistream && { multistream }) } };
    }
    case 'FLAC': {
      const { sampleRateHz, bytes } = entry.streamInfo;
      const rtpMap = `flac/${sampleRateHz}`;
      return {
        codec: 'FLAC',
        parameters: { rtpMap, fmtp: { streaminfo: hexFromBytes(bytes) }, payloadType: PAYLOAD_TYPE, mediaType: 'application' },
      };
    }
    case 'AC3':
      return { codec: 'AC3', parameters: { sampleRateHz: entry.sampleRateHz, channelCount: entry.channelCount } };
    case 'LPCM': {
      const { bitDepth, sampleRateHz, channelCount, littleEndian } = entry;
      return littleEndian ? undefined : { codec: 'LPCM', parameters: { bitDepth, sampleRateHz, channelCount } };
    }
  }
}
