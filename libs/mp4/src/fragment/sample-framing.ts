import {
  parseAv1LowOverhead,
  parseAvcc,
  sizeOfAv1LowOverhead,
  sizeOfAvcc,
  writeAv1LowOverheadInto,
  writeAvccInto,
} from '@mediamesh/codecs';
import { AV1_OBU, av1ObuType } from '@mediamesh/codecs';
import type { CodecName } from '@mediamesh/codecs';

/** How the entries of a payload stand in a sample: one behind the other, each behind its length (NAL units), or with size fields (OBUs). */
export type SampleFraming = 'plain' | 'nalUnits' | 'obus';

export function sampleFramingOf(codec: CodecName): SampleFraming {
  if (codec === 'H264' || codec === 'H265') return 'nalUnits';
  return codec === 'AV1' ? 'obus' : 'plain';
}

export function sizeOfSample(framing: SampleFraming, payload: readonly Uint8Array[]): number {
  if (framing === 'nalUnits') return sizeOfAvcc(payload);
  if (framing === 'obus') return sizeOfAv1LowOverhead(payload);
  let size = 0;
  for (const entry of payload) size += entry.length;
  return size;
}

/** Returns the offset behind the sample. */
export function writeSampleInto(framing: SampleFraming, payload: readonly Uint8Array[], target: Uint8Array, offset: number): number {
  if (framing === 'nalUnits') return writeAvccInto(payload, target, offset);
  if (framing === 'obus') return writeAv1LowOverheadInto(payload, target, offset);
  let at = offset;
  for (const entry of payload) {
    target.set(entry, at);
    at += entry.length;
  }
  return at;
}

/**
 * A sample's bytes as the payload of a unit: the inverse of `writeSampleInto`. Temporal delimiters of AV1 go.
 *
 * Errors:   ParseError when a length exceeds the sample, or at the limits of access units.
 * Aliasing: views of the input, where the framing leaves the bytes as they are.
 */
export function parseSample(framing: SampleFraming, bytes: Uint8Array, nalLengthBytes: 1 | 2 | 4 = 4): readonly Uint8Array[] {
  if (framing === 'nalUnits') return parseAvcc(bytes, nalLengthBytes);
  if (framing === 'obus') return parseAv1LowOverhead(bytes).filter((obu) => av1ObuType(obu) !== AV1_OBU.temporalDelimiter);
  return bytes.length === 0 ? [] : [bytes];
}
