import { ParseError } from '@mediamesh/bytes';
import { writeI64Into } from './numbers.ts';

/** A change of the layout is a new version; see docs/adr. */
export const ENVELOPE_VERSION = 1;

/** Larger envelopes are split: NATS servers take messages up to 1 MiB, and a broker copies them whole. */
export const MAX_ENVELOPE_BYTES = 256 * 1024;

export const EnvelopeKind = { state: 1, unit: 2, end: 3 } as const;
export type EnvelopeKind = (typeof EnvelopeKind)[keyof typeof EnvelopeKind];

/** Offsets of what all envelopes begin with. */
export const KIND_AT = 1;
export const FLAGS_AT = 2;
export const TRACK_AT = 3;
export const EPOCH_AT = 4;
/** Version, kind, flags, track id, epoch. */
export const HEADER_BYTES = 12;

/** The bus carries envelopes of a version that this service does not know. */
export class EnvelopeVersionError extends Error {
  readonly code = 'ENVELOPE_VERSION';
  readonly version: number;

  constructor(version: number) {
    super(
      `the bus carries envelopes of version ${version}, this service reads version ${ENVELOPE_VERSION}: run the same release everywhere`,
    );
    this.name = 'EnvelopeVersionError';
    this.version = version;
  }
}

/** What an envelope holds. Errors: EnvelopeVersionError; ParseError when it is shorter than its header, or of an unknown kind. */
export function envelopeKind(bytes: Uint8Array): EnvelopeKind {
  if (bytes.length === 0) throw new ParseError('envelope', 0, 'is empty');
  if (bytes[0] !== ENVELOPE_VERSION) throw new EnvelopeVersionError(bytes[0]!);
  if (bytes.length < HEADER_BYTES) throw new ParseError('envelope', bytes.length, 'its header is truncated');
  const kind = bytes[KIND_AT];
  if (kind !== EnvelopeKind.state && kind !== EnvelopeKind.unit && kind !== EnvelopeKind.end) {
    throw new ParseError('envelope', KIND_AT, `is of the unknown kind ${kind}`);
  }
  return kind;
}

export function expectKind(bytes: Uint8Array, expected: EnvelopeKind): void {
  const kind = envelopeKind(bytes);
  if (kind !== expected) throw new ParseError('envelope', KIND_AT, `is of kind ${kind}, not ${expected}`);
}

/** Version to epoch; returns the offset after it. */
export function writeHeaderInto(kind: EnvelopeKind, epoch: number, target: Uint8Array, offset: number): number {
  target[offset] = ENVELOPE_VERSION;
  target[offset + KIND_AT] = kind;
  target[offset + FLAGS_AT] = 0;
  target[offset + TRACK_AT] = 0;
  return writeI64Into(epoch, target, offset + EPOCH_AT);
}
