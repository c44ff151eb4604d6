import { bytesFromUtf8, latin1FromBytes } from '@mediamesh/bytes';

/**
 * A playlist whose URIs get the same query: encoded once.
 *
 * Units: its strings are of bytes, a character each (latin1), so that the header of the answer and the playlist are one write.
 */
export class PlaylistText {
  private readonly pieces: readonly string[];
  /** Without a query. */
  private readonly plain: string;

  /** The text, cut behind each URI. */
  constructor(pieces: readonly string[]) {
    this.pieces = pieces.map((piece) => latin1FromBytes(bytesFromUtf8(piece)));
    this.plain = this.pieces.join('');
  }

  /** Hot: once a client and part. `query` as it came, percent-encoded or in bytes. */
  withQuery(query: string): string {
    return query === '' ? this.plain : this.pieces.join(`?${query}`);
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
