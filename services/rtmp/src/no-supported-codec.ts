/** A stream has no track that RTMP, or this peer, can carry. */
export class NoSupportedCodecError extends Error {
  readonly code = 'NO_SUPPORTED_CODEC';

  constructor() {
    super(
      "the stream doesn't contain any supported codec, which are currently " +
        'AV1, VP9, H265, H264, Opus, FLAC, MPEG-4 Audio (AAC), MPEG-1/2 Audio (MP3), AC-3, G711, LPCM',
    );
    this.name = 'NoSupportedCodecError';
  }
}
