import type { CodecDescription } from '@mediamesh/codecs';

/** What a PES packet holds, in the form of a `Unit`'s payload. */
export interface ElementaryUnit {
  /** After the PES packet's own time, in ticks of the track's clock. */
  readonly offsetTicks: number;
  readonly payload: readonly Uint8Array[];
}

/** PES payloads of one stream into units. Errors: ParseError of what is malformed; it can go on with the next. */
export interface ElementaryDecoder {
  /** Undefined until the stream has shown what is needed to describe it. */
  readonly description: CodecDescription | undefined;
  /** Known with the description. */
  readonly clockRateHz: number;
  /** False: its PES packets may come without times. */
  readonly isTimed: boolean;
  decode(payload: Uint8Array): readonly ElementaryUnit[];
}

export const NO_ELEMENTARY_UNITS: readonly ElementaryUnit[] = [];

export function oneUnit(payload: readonly Uint8Array[]): readonly ElementaryUnit[] {
  return payload.length === 0 ? NO_ELEMENTARY_UNITS : [{ offsetTicks: 0, payload }];
}
