import { ParseError, bytesFromLatin1, concatBytes, latin1FromBytes } from '@mediamesh/bytes';
import { parseHeaderLines, type RtspHeaders } from '../message/headers.ts';

/** First line and headers of a tunnel's HTTP message: browsers and cameras send up to 1 KB. */
export const MAX_HTTP_HEAD_BYTES = 16 * 1024;

const LF = 0x0a;
const CR = 0x0d;

export interface HttpHead {
  readonly firstLine: string;
  readonly headers: RtspHeaders;
  /** What came behind the empty line. */
  readonly rest: Uint8Array;
}

/**
 * Gathers the head of an HTTP message.
 *
 * Shape:    bytes in any chunking in; undefined until the empty line has arrived.
 * Errors:   ParseError when a header is malformed, or the head exceeds MAX_HTTP_HEAD_BYTES.
 * Aliasing: `rest` is a view of the last chunk.
 */
export class HttpHeadReader {
  private readonly parts: Uint8Array[] = [];
  private length = 0;
  /** Characters of the last line, CR not counted. */
  private lineLength = 0;

  push(chunk: Uint8Array): HttpHead | undefined {
    for (let position = 0; position < chunk.length; position++) {
      const byte = chunk[position]!;
      if (byte !== LF) {
        if (byte !== CR) this.lineLength++;
      } else if (this.lineLength === 0) {
        this.append(chunk.subarray(0, position + 1));
        return parseHttpHead(concatBytes(this.parts), chunk.subarray(position + 1));
      } else this.lineLength = 0;
    }
    // The chunk may be reused before the next one comes.
    this.append(concatBytes([chunk]));
    return undefined;
  }

  private append(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.length > MAX_HTTP_HEAD_BYTES) throw new ParseError('HttpHead', 0, `exceeds ${MAX_HTTP_HEAD_BYTES} bytes`);
    this.parts.push(bytes);
  }
}

function parseHttpHead(bytes: Uint8Array, rest: Uint8Array): HttpHead {
  const [firstLine = '', ...lines] = latin1FromBytes(bytes)
    .split(/\r?\n/)
    .filter((line) => line !== '');
  return { firstLine, headers: parseHeaderLines(lines), rest };
}

/** A head without body. */
export function serializeHttpHead(firstLine: string, headers: readonly (readonly [name: string, value: string])[]): Uint8Array {
  const lines = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`);
  return bytesFromLatin1(`${firstLine}\r\n${lines.join('')}\r\n`);
}

/** Status of a response's first line. Errors: ParseError when it is none. */
export function httpStatus(firstLine: string): number {
  const match = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(firstLine);
  if (match === null) throw new ParseError('HttpHead', 0, `begins with ${JSON.stringify(firstLine.substring(0, 32))}`);
  return Number.parseInt(match[1]!, 10);
}
