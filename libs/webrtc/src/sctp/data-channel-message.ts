import { ByteReader, ByteWriter, ParseError, bytesFromUtf8, utf8FromBytes } from '@mediamesh/bytes';

const STRUCTURE = 'DATA_CHANNEL_OPEN';
const OPEN = 3;
const ACK = 2;
const UNORDERED = 0x80;
/** W3C's limit of labels and protocols is 65 535; nobody writes so much. */
export const MAX_LABEL_BYTES = 1_024;

/** Of SCTP messages. Source: RFC 8831 8, RFC 8832 8.1. */
export const DataProtocol = { control: 50, text: 51, binary: 53, emptyText: 56, emptyBinary: 57 } as const;

/** What a channel is for, as its opener says. */
export interface DataChannelOpen {
  readonly label: string;
  readonly ordered: boolean;
}

/**
 * A message of the control protocol; undefined for the acknowledgement of an open.
 *
 * Errors: ParseError when it is neither, is truncated, or a name exceeds MAX_LABEL_BYTES.
 * Source: RFC 8832 5. How reliable the peer sends, and its priority, are its own matter.
 */
export function parseDataChannelMessage(bytes: Uint8Array): DataChannelOpen | undefined {
  const reader = new ByteReader(bytes, STRUCTURE);
  const type = reader.u8();
  if (type === ACK) return undefined;
  if (type !== OPEN) throw new ParseError(STRUCTURE, 0, `is of the unknown type ${type}`);
  const ordered = (reader.u8() & UNORDERED) === 0;
  reader.skip(6); // priority, reliability
  const [labelBytes, protocolBytes] = [reader.u16(), reader.u16()];
  if (Math.max(labelBytes, protocolBytes) > MAX_LABEL_BYTES)
    throw new ParseError(STRUCTURE, 8, `has a name of over ${MAX_LABEL_BYTES} bytes`);
  const label = utf8FromBytes(reader.bytes(labelBytes));
  reader.skip(protocolBytes);
  return { label, ordered };
}

/** A channel that loses nothing, of normal priority and no protocol. */
export function serializeDataChannelOpen({ label, ordered }: DataChannelOpen): Uint8Array {
  const name = bytesFromUtf8(label);
  const writer = new ByteWriter(12 + name.length).u8(OPEN).u8(ordered ? 0 : UNORDERED);
  return writer.u16(256).u32(0).u16(name.length).u16(0).bytes(name).finish();
}

export function serializeDataChannelAck(): Uint8Array {
  return Uint8Array.of(ACK);
}
