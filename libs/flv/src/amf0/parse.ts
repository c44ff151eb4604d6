import { ByteReader, ParseError, utf8FromBytes } from '@mediamesh/bytes';
import { AMF0_MARKER } from './value.ts';
import type { Amf0Object, Amf0Value } from './value.ts';

/** Objects in objects. Metadata of multitrack streams has three levels; each level costs a stack frame here. */
export const MAX_AMF0_DEPTH = 16;
/** Values and members of a message. Metadata with an index of key frames, which only files have, has some thousands. */
export const MAX_AMF0_VALUES = 10_000;
/** The longest that a short string can be; long ones are held to it too, since they are URLs and names. */
export const MAX_AMF0_STRING_BYTES = 65_535;

const DATE_BYTES = 10;

/**
 * All values of a message, one behind the other.
 *
 * Errors: ParseError when truncated, at a marker that has no meaning (references and AMF3 among them), or at a limit.
 * Source: AMF0 2.
 */
export function parseAmf0(bytes: Uint8Array): readonly Amf0Value[] {
  const parser = new Amf0Parser(bytes);
  const values: Amf0Value[] = [];
  while (parser.hasMore) values.push(parser.value(0));
  return values;
}

class Amf0Parser {
  private readonly reader: ByteReader;
  private values = 0;

  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes, 'AMF0');
  }

  get hasMore(): boolean {
    return this.reader.remaining > 0;
  }

  value(depth: number): Amf0Value {
    const { reader } = this;
    if (depth > MAX_AMF0_DEPTH) throw this.failed(`has more than ${MAX_AMF0_DEPTH} levels`);
    this.count();
    const marker = reader.u8();
    switch (marker) {
      case AMF0_MARKER.number:
        return this.number();
      case AMF0_MARKER.boolean:
        return reader.u8() !== 0;
      case AMF0_MARKER.string:
        return utf8FromBytes(reader.bytes(reader.u16()));
      case AMF0_MARKER.longString:
      case AMF0_MARKER.xmlDocument:
        return this.longString();
      case AMF0_MARKER.null:
        return null;
      case AMF0_MARKER.undefined:
      case AMF0_MARKER.unsupported:
        return undefined;
      case AMF0_MARKER.object:
        return this.members('object', depth);
      case AMF0_MARKER.typedObject:
        reader.skip(reader.u16());
        return this.members('object', depth);
      case AMF0_MARKER.ecmaArray:
        reader.skip(4); // how many members there are, which encoders get wrong
        return this.members('ecmaArray', depth);
      case AMF0_MARKER.strictArray:
        return this.strictArray(depth);
      case AMF0_MARKER.date:
        return this.date();
      default:
        throw this.failed(`has the marker ${marker}`);
    }
  }

  private number(): number {
    const { input, position } = this.reader;
    this.reader.skip(8);
    return new DataView(input.buffer, input.byteOffset + position, 8).getFloat64(0);
  }

  private date(): Amf0Value {
    if (this.reader.remaining < DATE_BYTES) throw this.failed('has a truncated date');
    const timeMs = this.number();
    this.reader.skip(2); // time zone, which is reserved
    return { kind: 'date', timeMs };
  }

  private longString(): string {
    const length = this.reader.u32();
    if (length > MAX_AMF0_STRING_BYTES) throw this.failed(`has a string of ${length} bytes`);
    return utf8FromBytes(this.reader.bytes(length));
  }

  private members(kind: Amf0Object['kind'], depth: number): Amf0Object {
    const { reader } = this;
    const members = new Map<string, Amf0Value>();
    for (;;) {
      const name = utf8FromBytes(reader.bytes(reader.u16()));
      if (name === '' && reader.remaining > 0 && reader.input[reader.position] === AMF0_MARKER.objectEnd) {
        reader.skip(1);
        return { kind, members };
      }
      members.set(name, this.value(depth + 1));
    }
  }

  private strictArray(depth: number): readonly Amf0Value[] {
    const length = this.reader.u32();
    if (length > MAX_AMF0_VALUES) throw this.failed(`has an array of ${length} values`);
    const values: Amf0Value[] = [];
    for (let i = 0; i < length; i++) values.push(this.value(depth + 1));
    return values;
  }

  private count(): void {
    if (++this.values > MAX_AMF0_VALUES) throw this.failed(`has more than ${MAX_AMF0_VALUES} values`);
  }

  private failed(problem: string): ParseError {
    return new ParseError('AMF0', this.reader.position, problem);
  }
}
