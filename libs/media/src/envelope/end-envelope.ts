import { bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';
import { EnvelopeKind, EPOCH_AT, expectKind, HEADER_BYTES, writeHeaderInto } from './header.ts';
import { readU53 } from './numbers.ts';

/** Longer reasons are cut: they are for a log line. */
export const MAX_END_REASON_BYTES = 1024;

/** The publisher has ended its epoch. */
export interface EndOfStream {
  readonly epoch: number;
  readonly reason: string;
}

/** Version, kind, two zeros, epoch (8), then the reason in UTF-8 up to the end. */
export function serializeEndEnvelope(end: EndOfStream): Uint8Array {
  const reason = bytesFromUtf8(end.reason).subarray(0, MAX_END_REASON_BYTES);
  const bytes = new Uint8Array(HEADER_BYTES + reason.length);
  bytes.set(reason, writeHeaderInto(EnvelopeKind.end, end.epoch, bytes, 0));
  return bytes;
}

/** Errors: ParseError and EnvelopeVersionError as the other envelopes. */
export function parseEndEnvelope(bytes: Uint8Array): EndOfStream {
  expectKind(bytes, EnvelopeKind.end);
  const reason = utf8FromBytes(bytes.subarray(HEADER_BYTES, HEADER_BYTES + MAX_END_REASON_BYTES));
  return { epoch: readU53(bytes, EPOCH_AT), reason };
}
