import { ByteWriter, bytesFromLatin1 } from '@mediamesh/bytes';

/** Size and type. */
export const BOX_HEADER_BYTES = 8;
/** Version and flags of a full box. */
export const FULL_BOX_BYTES = 4;

/** A box with its content. Source: ISO 14496-12 4.2. */
export function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  let size = BOX_HEADER_BYTES;
  for (const part of content) size += part.length;
  const writer = new ByteWriter(size).u32(size).bytes(bytesFromLatin1(type));
  for (const part of content) writer.bytes(part);
  return writer.finish();
}

/** A box whose content follows a version and 24 flags. */
export function fullBox(type: string, version: number, flags: number, ...content: readonly Uint8Array[]): Uint8Array {
  return box(type, new ByteWriter(FULL_BOX_BYTES).u8(version).u24(flags).finish(), ...content);
}
