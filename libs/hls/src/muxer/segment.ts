/** Bytes under a name. Several names can share them. */
export interface HlsFile {
  readonly name: string;
  readonly contentType: string;
  /** One behind the other. */
  readonly chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
}

export interface HlsPart {
  readonly file: HlsFile;
  readonly durationS: number;
  /** Decoding can start here. */
  readonly independent: boolean;
}

/** What a segment is in one of the streams. */
export interface SegmentMedia {
  readonly file: HlsFile;
  readonly init: HlsFile | undefined;
  /** Low latency only. */
  readonly parts: readonly HlsPart[];
}

/** A complete segment, of all streams: they begin and end together. */
export interface HlsSegment {
  /** Media sequence number. */
  readonly id: number;
  readonly durationS: number;
  readonly ntpUs: number;
  readonly discontinuitySequence: number;
  /** In the order of the streams; undefined: a gap, what it had was lost or never was. */
  readonly media: readonly SegmentMedia[] | undefined;
}

export function fileOf(name: string, contentType: string, chunks: readonly Uint8Array[]): HlsFile {
  let sizeBytes = 0;
  for (const chunk of chunks) sizeBytes += chunk.length;
  return { name, contentType, chunks, sizeBytes };
}
