import { ParseError } from '@mediamesh/bytes';
import type { OpusParameters } from '@mediamesh/codecs';
import { decimal, fmtpNumber, type FmtpParameters } from '../fmtp.ts';
import { MAX_CHANNELS } from '../limits.ts';
import type { RtpFormat } from '../rtp-format.ts';
import { channelsOf } from '../rtp-map.ts';
import type { FormatLines, FormatSource } from './format-source.ts';

/** RFC 7587 4.1: the RTP clock, whatever the sampling rate. */
const CLOCK_HZ = 48_000;

type Multistream = NonNullable<OpusParameters['multistream']>;

/** The layouts of Vorbis channel order with 3 to 8 channels, as browsers announce them. */
const MULTISTREAMS: Readonly<Record<number, Multistream>> = {
  3: { streamCount: 2, coupledCount: 1, mapping: [0, 2, 1] },
  4: { streamCount: 2, coupledCount: 2, mapping: [0, 1, 2, 3] },
  5: { streamCount: 3, coupledCount: 2, mapping: [0, 4, 1, 2, 3] },
  6: { streamCount: 4, coupledCount: 2, mapping: [0, 4, 1, 2, 3, 5] },
  7: { streamCount: 4, coupledCount: 3, mapping: [0, 4, 1, 2, 3, 5, 6] },
  8: { streamCount: 5, coupledCount: 3, mapping: [0, 6, 1, 4, 5, 2, 3, 7] },
};

/**
 * Errors: ParseError when the clock is not 48000 Hz, or plain Opus does not announce two channels.
 * Source: RFC 7587 7; multiopus as browsers do it.
 */
export function parseOpus(source: FormatSource): RtpFormat {
  const { rtpMap, fmtp } = source;
  if (rtpMap.clockRateHz !== CLOCK_HZ) throw new ParseError('rtpmap', 0, 'Opus needs a clock rate of 48000');
  const channels = channelsOf(rtpMap, 0);
  let parameters: OpusParameters;
  if (rtpMap.codec === 'opus') {
    if (channels !== 2) throw new ParseError('rtpmap', 0, 'Opus needs two channels, whatever the stream has');
    parameters = { channelCount: fmtp.get('sprop-stereo') === '1' ? 2 : 1 };
  } else {
    if (channels === 0) throw new ParseError('rtpmap', 0, 'multiopus comes without channel count');
    const multistream = parseMultistream(fmtp, channels);
    parameters = { channelCount: channels, ...(multistream !== undefined && { multistream }) };
  }
  return { payloadType: source.payloadType, clockRateHz: CLOCK_HZ, description: { codec: 'Opus', parameters }, wire: {} };
}

function parseMultistream(fmtp: FmtpParameters, channels: number): Multistream | undefined {
  const streamCount = fmtpNumber(fmtp, 'num_streams');
  const coupledCount = fmtpNumber(fmtp, 'coupled_streams');
  const mapping = fmtp.get('channel_mapping')?.split(',', MAX_CHANNELS + 1);
  if (streamCount === undefined || coupledCount === undefined || mapping === undefined) return MULTISTREAMS[channels];
  if (mapping.length !== channels) throw new ParseError('fmtp', 0, 'channel_mapping has another length than the channels');
  return { streamCount, coupledCount, mapping: mapping.map((entry) => decimal(entry.trim(), 'channel_mapping')) };
}

export function opusLines(parameters: OpusParameters): FormatLines {
  const { channelCount } = parameters;
  if (channelCount <= 2) return { rtpMap: 'opus/48000/2', fmtp: { 'sprop-stereo': channelCount === 2 ? '1' : '0' } };
  const multistream = parameters.multistream ?? MULTISTREAMS[channelCount];
  const rtpMap = `multiopus/48000/${channelCount}`;
  if (multistream === undefined) return { rtpMap, fmtp: { 'sprop-maxcapturerate': '48000' } };
  return {
    rtpMap,
    fmtp: {
      num_streams: String(multistream.streamCount),
      coupled_streams: String(multistream.coupledCount),
      channel_mapping: multistream.mapping.join(','),
      'sprop-maxcapturerate': '48000',
    },
  };
}
