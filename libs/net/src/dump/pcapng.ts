/**
 * Blocks of a capture file.
 *
 * Units:   times in microseconds since 1970, as the format has them by default; numbers are little-endian.
 * Source:  PCAP Next Generation (draft-ietf-opsawg-pcapng) 4.1 section header, 4.2 interface description, 4.3 enhanced packet,
 *          4.7 decryption secrets; link type 1 is Ethernet.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const ETHERNET = 1;
const TLS_KEY_LOG = 0x544c534b;
/** Type and length before a body, the length again behind it. */
const FRAME_BYTES = 12;

/** What a file begins with: one section, one interface. */
export function serializeCaptureHeader(): Uint8Array {
  const section = block(SECTION_HEADER, 16);
  section.writeUInt32LE(BYTE_ORDER_MAGIC, 8);
  section.writeUInt16LE(1, 12); // version 1.0
  section.fill(0xff, 16, 24); // the section's length is not known
  const description = block(INTERFACE_DESCRIPTION, 8);
  description.writeUInt16LE(ETHERNET, 8);
  return Buffer.concat([section, description]);
}

export function serializePacket(timeUs: number, frame: Uint8Array): Uint8Array {
  const bytes = block(ENHANCED_PACKET, 20 + frame.length);
  bytes.writeUInt32LE(Math.floor(timeUs / 0x1_0000_0000), 12);
  bytes.writeUInt32LE(timeUs % 0x1_0000_0000, 16);
  bytes.writeUInt32LE(frame.length, 20);
  bytes.writeUInt32LE(frame.length, 24);
  bytes.set(frame, 28);
  return bytes;
}

/** Lines of a TLS key log, for the packets that come behind. */
export function serializeSecrets(keyLog: Uint8Array): Uint8Array {
  const bytes = block(DECRYPTION_SECRETS, 8 + keyLog.length);
  bytes.writeUInt32LE(TLS_KEY_LOG, 8);
  bytes.writeUInt32LE(keyLog.length, 12);
  bytes.set(keyLog, 16);
  return bytes;
}

/** An empty block; bodies are padded to 32 bits. */
function block(type: number, bodyBytes: number): Buffer {
  const length = FRAME_BYTES + Math.ceil(bodyBytes / 4) * 4;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(length, length - 4);
  return bytes;
}
