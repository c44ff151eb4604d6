import { ByteSlab, ParseError } from '@mediamesh/bytes';
import { MAX_ACCESS_UNIT_BYTES } from '@mediamesh/codecs';
import { parsePesHeader } from './pes.ts';
import type { PesHeader } from './pes.ts';

/** A frame of 8 MiB comes in 45 590 packets. */
const MAX_PIECES = 50_000;

export interface PesPacket {
  readonly header: PesHeader;
  readonly payload: Uint8Array;
}

/**
 * The PES packets of one PID.
 *
 * Shape:    `push` what a TS packet carries; a PES packet is complete at its length, or when the next one begins.
 * Errors:   ParseError past MAX_ACCESS_UNIT_BYTES, or of the header; what was collected is forgotten then.
 * Aliasing: pieces are kept as views and copied once, when the packet is complete.
 */
export class PesAssembler {
  private readonly slab = new ByteSlab();
  private readonly pieces: Uint8Array[] = [];
  private sizeBytes = 0;
  private collecting = false;
  /** Of the packet that is being collected; 0 while it is not known, or not bounded. */
  private wantedBytes = 0;

  /** The packet before, when `unitStart` ends it. */
  begin(piece: Uint8Array): PesPacket | undefined {
    const before = this.collecting ? this.take() : undefined;
    this.collecting = true;
    this.add(piece);
    return before;
  }

  /** The packet that this piece completes. */
  append(piece: Uint8Array): PesPacket | undefined {
    if (!this.collecting) return undefined;
    this.add(piece);
    return this.takeComplete();
  }

  takeComplete(): PesPacket | undefined {
    return this.collecting && this.wantedBytes > 0 && this.sizeBytes >= this.wantedBytes ? this.take() : undefined;
  }

  /** What is there at the end of the stream: complete only when its length is not known. */
  end(): PesPacket | undefined {
    return this.collecting ? this.take() : undefined;
  }

  /** Pieces are missing: what was collected is worth nothing. */
  lose(): void {
    this.pieces.length = 0;
    this.sizeBytes = 0;
    this.wantedBytes = 0;
    this.collecting = false;
  }

  private add(piece: Uint8Array): void {
    this.sizeBytes += piece.length;
    if (this.sizeBytes > MAX_ACCESS_UNIT_BYTES || this.pieces.length >= MAX_PIECES) {
      this.lose();
      throw new ParseError('PES packet', 0, `exceeds ${MAX_ACCESS_UNIT_BYTES} bytes`);
    }
    this.pieces.push(piece);
    if (this.pieces.length === 1 && piece.length >= 6) {
      const length = (piece[4]! << 8) | piece[5]!;
      this.wantedBytes = length === 0 ? 0 : 6 + length;
    }
  }

  private take(): PesPacket {
    const bytes = this.slab.cut(this.sizeBytes);
    let at = 0;
    for (const piece of this.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const { wantedBytes } = this;
    this.lose();
    if (wantedBytes > bytes.length) throw new ParseError('PES packet', 4, `is ${wantedBytes} bytes, ${bytes.length} are there`);
    const header = parsePesHeader(bytes);
    return { header, payload: bytes.subarray(header.headerBytes, wantedBytes === 0 ? bytes.length : wantedBytes) };
  }
}
