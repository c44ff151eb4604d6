import { z } from 'zod';

/** Path keys in the API's text forms, with the schema's defaults; unknown ones belong to others. */
const pathKeys = z.object({ sourceFingerprint: z.string().default('') });

/** What a path says of how its RTMP source is pulled. */
export interface SourceOptions {
  /** SHA-256 of the server's certificate; empty: it is verified as usual. */
  readonly fingerprint: string;
}

/** Errors: ZodError: control has validated these, so that they come of another version only. */
export function parseSourceOptions(keys: Readonly<Record<string, unknown>>): SourceOptions {
  return { fingerprint: pathKeys.parse(keys).sourceFingerprint };
}

/** Global keys that sources read. */
export interface SourceSettings {
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly dumpPackets: boolean;
}
