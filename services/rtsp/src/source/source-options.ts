import { parseDuration } from '@mediamesh/config';
import type { PlayOptions, RangeStart, RtspClientOptions } from '@mediamesh/rtsp';
import { z } from 'zod';

/** Path keys in the API's text forms, with the schema's defaults; unknown ones belong to others. */
const pathKeys = z.object({
  rtspTransport: z.enum(['automatic', 'udp', 'multicast', 'tcp']).default('automatic'),
  rtspAnyPort: z.boolean().default(false),
  sourceFingerprint: z.string().default(''),
  rtspRangeType: z.enum(['', 'clock', 'npt', 'smpte']).default(''),
  rtspRangeStart: z.string().default(''),
  rtspScale: z.string().default(''),
  rtspUDPSourcePortRange: z.tuple([z.number(), z.number()]).default([32_768, 60_999]),
  rtspUDPReadBufferSize: z.number().optional(),
  rtspDemuxMpegts: z.boolean().default(false),
  useAbsoluteTimestamp: z.boolean().default(false),
});

/** What a path says of how its RTSP source is pulled. */
export interface SourceOptions {
  readonly transport: RtspClientOptions['transport'];
  readonly anyPort: boolean;
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
  readonly play: PlayOptions;
  readonly udpPortRange: readonly [number, number];
  /** Instead of `udpReadBufferSize`. */
  readonly udpReadBufferBytes: number | undefined;
  readonly demuxMpegts: boolean;
  readonly useAbsoluteTimestamp: boolean;
}

/** Errors: ZodError, ConfigError: control has validated these, so that they come of another version only. */
export function parseSourceOptions(keys: Readonly<Record<string, unknown>>): SourceOptions {
  const read = pathKeys.parse(keys);
  const range = rangeOf(read.rtspRangeType, read.rtspRangeStart);
  return {
    transport: read.rtspTransport,
    anyPort: read.rtspAnyPort,
    fingerprint: read.sourceFingerprint,
    play: { ...(range !== undefined && { range }), ...(read.rtspScale !== '' && { scale: read.rtspScale }) },
    udpPortRange: read.rtspUDPSourcePortRange,
    udpReadBufferBytes: read.rtspUDPReadBufferSize,
    demuxMpegts: read.rtspDemuxMpegts,
    useAbsoluteTimestamp: read.useAbsoluteTimestamp,
  };
}

function rangeOf(type: '' | RangeStart['type'], start: string): RangeStart | undefined {
  switch (type) {
    case '':
      return undefined;
    case 'clock':
      return { type, utc: start };
    case 'npt':
    case 'smpte':
      return { type, seconds: parseDuration(start) / 1000 };
  }
}

/** Global keys that sources read. */
export interface SourceSettings {
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly dumpPackets: boolean;
  /** 0 leaves the system's default. */
  readonly udpReadBufferBytes: number;
}
