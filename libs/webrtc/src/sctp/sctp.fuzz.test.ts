import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { SctpAssociation } from './association.ts';
import { crc32c } from '../crc32.ts';
import { parseDataChannelMessage } from './data-channel-message.ts';
import { parseSctpPacket, serializeSctpPacket } from './packet.ts';
import { SCTP_CASES } from './sctp.cases.ts';

const orParseError = (read: () => unknown): void => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
  }
};

/** With a checksum that is right, so that more than the checksum is tried. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const packet = bytes.slice();
  if (packet.length < 12) return packet;
  packet.fill(0, 8, 12);
  new DataView(packet.buffer).setUint32(8, crc32c(packet), true);
  return packet;
}

const mutated = fc
  .tuple(fc.constantFrom(...SCTP_CASES), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat(200))
  .map(([{ verificationTag, chunks }, changes, cut]) => {
    const bytes = serializeSctpPacket(verificationTag, chunks).slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return withChecksum(bytes.subarray(0, Math.max(0, bytes.length - (cut % 8))));
  });

test('packets are read, or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => orParseError(() => parseSctpPacket(withChecksum(bytes)))));
  fc.assert(fc.property(mutated, (bytes) => orParseError(() => parseSctpPacket(bytes))));
});

test('control messages are read, or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => orParseError(() => parseDataChannelMessage(bytes))));
});

test('an association takes anything, in every state', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.array(mutated, { maxLength: 20 }), (progress, packets) => {
      const [ours, theirs] = [new SctpAssociation(nodeCrypto), new SctpAssociation(nodeCrypto)];
      let tag = 0;
      let bytes: Uint8Array | undefined;
      if (progress > 0) [bytes] = ours.open(0).send;
      for (let step = 1; step < progress && bytes !== undefined; step++) {
        const [answer] = theirs.receive(bytes, 0).send;
        tag = parseSctpPacket(answer!).verificationTag;
        [bytes] = ours.receive(answer!, 0).send;
      }
      packets.forEach((packet, index) => {
        const ofOurs = packet.slice();
        if (index % 2 === 1 && ofOurs.length >= 12) new DataView(ofOurs.buffer).setUint32(4, tag);
        ours.receive(withChecksum(ofOurs), index);
        ours.tick(1_000 * index);
      });
    }),
  );
});
