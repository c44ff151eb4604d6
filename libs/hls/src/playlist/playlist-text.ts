import { bytesFromUtf8 } from '@mediamesh/bytes';

/** A playlist whose URIs get the same query: built once, and kept as bytes for clients without one. */
export class PlaylistText {
  private readonly pieces: readonly string[];
  private plain: Uint8Array | undefined;

  /** The text, cut behind each URI. */
  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
  }

  withQuery(query: string): Uint8Array {
    if (query !== '') return bytesFromUtf8(this.pieces.join(`?${query}`));
    return (this.plain ??= bytesFromUtf8(this.pieces.join('')));
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
