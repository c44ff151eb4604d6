/** 4K key frames at the highest bitrates stay below 4 MiB; what is larger is an attack or a stream that never ends its units. */
export const MAX_ACCESS_UNIT_BYTES = 8 * 1024 * 1024;

/** The largest access unit in packets of 512 bytes: smaller fragments cost more memory to keep than they carry. */
export const MAX_FRAGMENTS = 16_384;

/** An 8K picture with a slice a row of macroblocks has 270. */
export const MAX_NAL_UNITS = 512;

/** Tile groups of 8K AV1 pictures, several spatial layers. */
export const MAX_OBUS = 512;

/** Frames of 2.5 ms Opus, or of AAC of a few bytes, that fit one packet of 64 KiB stay below in practice; seen: up to 16. */
export const MAX_AUDIO_FRAMES = 1024;
