/**
 * The codecs that the product knows by name, with the parameters that travel outside of the media itself.
 * Names are those of the Control API. Any other RTP codec is `Generic` and passes through.
 *
 * What a unit's payload holds, codec by codec:
 *
 * | codec | payload of one unit |
 * |---|---|
 * | AV1 | the OBUs of a temporal unit, each with its header and without its size field; no temporal delimiter |
 * | H264, H265 | the NAL units of an access unit, without start codes |
 * | VP8, VP9, M-JPEG, MPEG-4 Video, MPEG-1/2 Video | one frame, as one entry (M-JPEG: a complete JPEG image) |
 * | Opus, MPEG-4 Audio, MPEG-1/2 Audio, AC3 | frames of audio, each an entry, in order, without transport headers (MPEG-1/2 Audio, AC3: with their own) |
 * | MPEG-4 Audio LATM | one audioMuxElement (RFC 6416), as one entry |
 * | G711, G722, G726, LPCM | samples, as one entry; LPCM big-endian and interleaved |
 * | KLV | one KLV unit, as one entry |
 * | MPEG-TS, Vorbis, Speex, FLAC, Generic | one RTP packet as it came, header included, as one entry |
 */
export type CodecDescription =
  | { readonly codec: 'AV1'; readonly parameters: Av1Parameters }
  | { readonly codec: 'VP9'; readonly parameters: Vp9Parameters }
  | { readonly codec: 'VP8'; readonly parameters: NoParameters }
  | { readonly codec: 'H265'; readonly parameters: H265Parameters }
  | { readonly codec: 'H264'; readonly parameters: H264Parameters }
  | { readonly codec: 'MPEG-4 Video'; readonly parameters: Mpeg4VideoParameters }
  | { readonly codec: 'MPEG-1/2 Video'; readonly parameters: NoParameters }
  | { readonly codec: 'M-JPEG'; readonly parameters: NoParameters }
  | { readonly codec: 'Opus'; readonly parameters: OpusParameters }
  | { readonly codec: 'MPEG-4 Audio'; readonly parameters: Mpeg4AudioParameters }
  | { readonly codec: 'MPEG-4 Audio LATM'; readonly parameters: Mpeg4AudioLatmParameters }
  | { readonly codec: 'MPEG-1/2 Audio'; readonly parameters: NoParameters }
  | { readonly codec: 'AC3'; readonly parameters: Ac3Parameters }
  | { readonly codec: 'G726'; readonly parameters: G726Parameters }
  | { readonly codec: 'G722'; readonly parameters: G722Parameters }
  | { readonly codec: 'G711'; readonly parameters: G711Parameters }
  | { readonly codec: 'LPCM'; readonly parameters: LpcmParameters }
  | { readonly codec: 'KLV'; readonly parameters: NoParameters }
  | { readonly codec: 'MPEG-TS'; readonly parameters: GenericParameters }
  | { readonly codec: 'FLAC'; readonly parameters: GenericParameters }
  | { readonly codec: 'Vorbis'; readonly parameters: GenericParameters }
  | { readonly codec: 'Speex'; readonly parameters: GenericParameters }
  | { readonly codec: 'Generic'; readonly parameters: GenericParameters };

export type CodecName = CodecDescription['codec'];

export type NoParameters = Readonly<Record<never, never>>;

/** Unknown values are absent, as in an SDP without fmtp. Source: AV1 RTP payload 7.2. */
export interface Av1Parameters {
  readonly profile?: number;
  readonly levelIdx?: number;
  readonly tier?: number;
}

export interface Vp9Parameters {
  readonly profileId?: number;
}

/** NAL units without start codes; absent until the stream has shown them. */
export interface H265Parameters {
  readonly vps?: Uint8Array;
  readonly sps?: Uint8Array;
  readonly pps?: Uint8Array;
  /** sprop-max-don-diff, RFC 7798 7.1: above 0 each fragment carries a DONL field. */
  readonly maxDonDiff?: number;
}

/** NAL units without start codes; absent until the stream has shown them. */
export interface H264Parameters {
  readonly sps?: Uint8Array;
  readonly pps?: Uint8Array;
}

export interface Mpeg4VideoParameters {
  readonly profileLevelId?: number;
  /** Visual object sequence up to the first video object layer, with start codes. */
  readonly config?: Uint8Array;
}

export interface OpusParameters {
  /** 1 and 2 are plain Opus, more is multiopus. */
  readonly channelCount: number;
  /** multiopus only: RFC 7845 5.1.1.2 as in its SDP. */
  readonly multistream?: { readonly streamCount: number; readonly coupledCount: number; readonly mapping: readonly number[] };
}

export interface Mpeg4AudioParameters {
  /** AudioSpecificConfig, ISO 14496-3 1.6.2.1, as received. */
  readonly config: Uint8Array;
}

export interface Mpeg4AudioLatmParameters {
  readonly profileLevelId?: number;
  readonly bitrateBps?: number;
  /** `cpresent`: the StreamMuxConfig travels in the media. */
  readonly configInBand: boolean;
  /** StreamMuxConfig of an out-of-band stream. */
  readonly config?: Uint8Array;
  readonly sbrEnabled?: boolean;
}

export interface Ac3Parameters {
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

export interface G726Parameters {
  readonly bitrateBps: 16000 | 24000 | 32000 | 40000;
  /** AAL2 bit order (RFC 3551 4.5.4). */
  readonly aal2: boolean;
}

export interface G722Parameters {
  readonly channelCount: number;
}

export interface G711Parameters {
  readonly muLaw: boolean;
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

export interface LpcmParameters {
  readonly bitDepth: 8 | 16 | 24;
  readonly sampleRateHz: number;
  readonly channelCount: number;
}

/** Any RTP codec that is not parsed: the SDP lines, carried on as they came. */
export interface GenericParameters {
  /** Value of `a=rtpmap` after the payload type, e.g. `vorbis/48000/2`; empty when the payload type is static. */
  readonly rtpMap: string;
  /** `a=fmtp` parameters, key to value. */
  readonly fmtp: Readonly<Record<string, string>>;
  /** Payload type of the source; kept, since static types have a meaning. */
  readonly payloadType: number;
  /** `m=` media: video, audio or application. */
  readonly mediaType: string;
}
