import { ByteWriter, bytesFromUtf8 } from '@mediamesh/bytes';
import { MAX_AMF0_STRING_BYTES } from './parse.ts';
import { AMF0_MARKER } from './value.ts';
import type { Amf0Object, Amf0Value } from './value.ts';

/**
 * Values, one behind the other, as messages have them.
 *
 * Errors: RangeError for a string beyond MAX_AMF0_STRING_BYTES.
 * Source: AMF0 2.
 */
export function serializeAmf0(values: readonly Amf0Value[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writeValue(writer, value);
  return writer.finish();
}

function writeValue(writer: ByteWriter, value: Amf0Value): void {
  switch (typeof value) {
    case 'number':
      writer.u8(AMF0_MARKER.number);
      return writeNumber(writer, value);
    case 'boolean':
      writer.u8(AMF0_MARKER.boolean).u8(value ? 1 : 0);
      return;
    case 'string':
      writer.u8(AMF0_MARKER.string);
      return writeString(writer, value);
    case 'undefined':
      writer.u8(AMF0_MARKER.undefined);
      return;
    default:
      return writeComposite(writer, value);
  }
}

function writeComposite(writer: ByteWriter, value: Exclude<Amf0Value, number | boolean | string | undefined>): void {
  if (value === null) writer.u8(AMF0_MARKER.null);
  else if ('members' in value) writeMembers(writer, value);
  else if ('timeMs' in value) {
    writer.u8(AMF0_MARKER.date);
    writeNumber(writer, value.timeMs);
    writer.u16(0);
  } else {
    writer.u8(AMF0_MARKER.strictArray).u32(value.length);
    for (const item of value) writeValue(writer, item);
  }
}

function writeMembers(writer: ByteWriter, { kind, members }: Amf0Object): void {
  if (kind === 'object') writer.u8(AMF0_MARKER.object);
  else writer.u8(AMF0_MARKER.ecmaArray).u32(members.size);
  for (const [name, value] of members) {
    writeString(writer, name);
    writeValue(writer, value);
  }
  writer.u16(0).u8(AMF0_MARKER.objectEnd);
}

function writeString(writer: ByteWriter, text: string): void {
  const bytes = bytesFromUtf8(text);
  if (bytes.length > MAX_AMF0_STRING_BYTES) throw new RangeError(`AMF0 strings have up to ${MAX_AMF0_STRING_BYTES} bytes`);
  writer.u16(bytes.length).bytes(bytes);
}

function writeNumber(writer: ByteWriter, value: number): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  writer.bytes(bytes);
}
