import { bytesFromUtf8, concatBytes } from '@mediamesh/bytes';

/** A playlist whose URIs get the same query: built once, and kept as bytes for clients without one. */
export class PlaylistText {
  /** Without a query. */
  private readonly plain: Uint8Array;
  /** Where each URI ends. */
  private readonly uriEnds: readonly number[];

  /** The text, cut behind each URI. */
  constructor(pieces: readonly string[]) {
    const encoded = pieces.map((piece) => bytesFromUtf8(piece));
    this.plain = concatBytes(encoded);
    let end = 0;
    this.uriEnds = encoded.filter((_, index) => index < encoded.length - 1).map((piece) => (end += piece.length));
  }

  /** Hot: once a client and part. */
  withQuery(query: string): Uint8Array {
    const { plain, uriEnds } = this;
    if (query === '') return plain;
    const inserted = bytesFromUtf8(`?${query}`);
    const bytes = new Uint8Array(plain.length + inserted.length * uriEnds.length);
    let from = 0;
    let at = 0;
    for (let i = 0; i < uriEnds.length; i++) {
      const end = uriEnds[i]!;
      bytes.set(plain.subarray(from, end), at);
      at += end - from;
      bytes.set(inserted, at);
      at += inserted.length;
      from = end;
    }
    bytes.set(plain.subarray(from), at);
    return bytes;
  }
}

/** Lines of a playlist, in order. */
export class PlaylistWriter {
  private readonly pieces: string[] = [];
  private text = '#EXTM3U\n';

  line(line: string): this {
    this.text += `${line}\n`;
    return this;
  }

  /** A line with a URI in it. */
  uriLine(before: string, uri: string, after: string): this {
    this.pieces.push(this.text + before + uri);
    this.text = `${after}\n`;
    return this;
  }

  finish(): PlaylistText {
    return new PlaylistText([...this.pieces, this.text]);
  }
}

/** Seconds as MediaMTX writes them. */
export function seconds(value: number): string {
  return value.toFixed(5);
}
