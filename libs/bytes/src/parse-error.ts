/** Malformed input: what was being read, where, and what is wrong with it. */
export class ParseError extends Error {
  readonly code = 'MALFORMED_INPUT';
  /** The structure of the specification that was being read, e.g. `RtpPacket`. */
  readonly structure: string;
  /** Offset in bytes into the input of that structure. */
  readonly offset: number;

  constructor(structure: string, offset: number, problem: string, options?: { cause?: unknown }) {
    super(`${structure}: ${problem} (offset ${offset})`, options);
    this.name = 'ParseError';
    this.structure = structure;
    this.offset = offset;
  }
}
