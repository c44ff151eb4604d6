import { ParseError, concatBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { ClientHandshake } from './client-handshake.ts';
import { HANDSHAKE_PACKET_BYTES, digestPacket, findDigest, isSigned, plainPacket, signedPacket } from './packet.ts';
import { ServerHandshake } from './server-handshake.ts';

const crypto = nodeCrypto;
const BEHIND = Uint8Array.of(1, 2, 3);

/** What a side sent, all together. */
function recorder(): { readonly sent: Uint8Array[]; readonly send: (bytes: Uint8Array) => void; bytes(): Uint8Array } {
  const sent: Uint8Array[] = [];
  return { sent, send: (bytes) => sent.push(bytes), bytes: () => concatBytes(sent) };
}

describe('digests', () => {
  test.each(['client', 'server'] as const)('of a %s are found, and only there', (side) => {
    const packet = digestPacket(side, 0x0405_0001, crypto);
    const digest = findDigest(packet, side, crypto)!;
    expect(digest).toHaveLength(32);
    expect(findDigest(packet, side === 'client' ? 'server' : 'client', crypto)).toBeUndefined();
    const changed = Uint8Array.from(packet);
    changed[1_535]! ^= 1;
    expect(findDigest(changed, side, crypto)).toBeUndefined();
    expect(findDigest(plainPacket(crypto), side, crypto)).toBeUndefined();
  });

  test('a signature is of one digest', () => {
    const [one, other] = [crypto.randomBytes(32), crypto.randomBytes(32)];
    const packet = signedPacket('server', one, crypto);
    expect(isSigned(packet, 'server', one, crypto)).toBe(true);
    expect(isSigned(packet, 'server', other, crypto)).toBe(false);
    expect(isSigned(packet, 'client', one, crypto)).toBe(false);
  });
});

describe('server', () => {
  test('echoes a client without digest', () => {
    const out = recorder();
    const server = new ServerHandshake(crypto, out.send);
    const c1 = plainPacket(crypto);
    expect(server.push(concatBytes([Uint8Array.of(3), c1]))).toBeUndefined();
    const answer = out.bytes();
    expect(answer).toHaveLength(1 + 2 * HANDSHAKE_PACKET_BYTES);
    expect(answer[0]).toBe(3);
    expect(answer.subarray(1 + HANDSHAKE_PACKET_BYTES)).toEqual(c1);
    const c2 = answer.subarray(1, 1 + HANDSHAKE_PACKET_BYTES);
    expect(server.push(concatBytes([c2, BEHIND]))).toEqual(BEHIND);
  });

  test('signs for a client with digest', () => {
    const out = recorder();
    const server = new ServerHandshake(crypto, out.send);
    const c1 = digestPacket('client', 0x8000_0702, crypto);
    server.push(concatBytes([Uint8Array.of(3), c1]));
    const answer = out.bytes();
    expect(findDigest(answer.subarray(1, 1 + HANDSHAKE_PACKET_BYTES), 'server', crypto)).toBeDefined();
    expect(isSigned(answer.subarray(1 + HANDSHAKE_PACKET_BYTES), 'server', findDigest(c1, 'client', crypto)!, crypto)).toBe(true);
  });

  test('what C2 is does not matter', () => {
    const server = new ServerHandshake(crypto, () => {});
    server.push(concatBytes([Uint8Array.of(3), plainPacket(crypto)]));
    expect(server.push(new Uint8Array(HANDSHAKE_PACKET_BYTES))).toEqual(new Uint8Array(0));
  });

  test.each([
    [6, 'RTMPE'],
    [0x47, 'another protocol'],
    [32, 'another protocol'],
  ])('version %i is refused at its first byte', (version, message) => {
    expect(() => new ServerHandshake(crypto, () => {}).push(Uint8Array.of(version))).toThrow(message);
  });

  test.each([0, 3, 31])('version %i is answered with 3', (version) => {
    const out = recorder();
    new ServerHandshake(crypto, out.send).push(concatBytes([Uint8Array.of(version), plainPacket(crypto)]));
    expect(out.bytes()[0]).toBe(3);
  });
});

describe('client', () => {
  test('answers a server without digest with its packet', () => {
    const out = recorder();
    const client = new ClientHandshake(crypto, out.send);
    client.start();
    const s1 = plainPacket(crypto);
    expect(client.push(concatBytes([Uint8Array.of(3), s1, new Uint8Array(HANDSHAKE_PACKET_BYTES), BEHIND]))).toEqual(BEHIND);
    expect(out.sent[1]).toEqual(s1);
  });

  test('refuses another version', () => {
    const client = new ClientHandshake(crypto, () => {});
    client.start();
    expect(() => client.push(new Uint8Array(1 + 2 * HANDSHAKE_PACKET_BYTES))).toThrow(ParseError);
  });
});

test.each([1, 7, 1_000, 10_000])('both sides agree, in pieces of %i bytes', (size) => {
  const toServer = recorder();
  const toClient = recorder();
  const server = new ServerHandshake(crypto, toClient.send);
  const client = new ClientHandshake(crypto, toServer.send);
  client.start();
  let rest: Uint8Array | undefined;
  let delivered = { toServer: 0, toClient: 0 };
  const pump = (): void => {
    const serverInput = toServer.bytes();
    for (; delivered.toServer < serverInput.length; delivered = { ...delivered, toServer: delivered.toServer + size }) {
      const piece = serverInput.subarray(delivered.toServer, delivered.toServer + size);
      const ended = server.push(piece);
      if (ended !== undefined) rest = ended;
    }
    const clientInput = toClient.bytes();
    for (; delivered.toClient < clientInput.length; delivered = { ...delivered, toClient: delivered.toClient + size }) {
      client.push(clientInput.subarray(delivered.toClient, delivered.toClient + size));
    }
  };
  pump();
  toServer.send(BEHIND);
  delivered = { toServer: 1 + HANDSHAKE_PACKET_BYTES, toClient: delivered.toClient };
  pump();
  expect(rest).toEqual(BEHIND.subarray(BEHIND.length - rest!.length));
  expect(toServer.sent).toHaveLength(3);
  const c1 = toServer.sent[0]!.subarray(1);
  const s1 = toClient.bytes().subarray(1, 1 + HANDSHAKE_PACKET_BYTES);
  expect(isSigned(toClient.bytes().subarray(1 + HANDSHAKE_PACKET_BYTES), 'server', findDigest(c1, 'client', crypto)!, crypto)).toBe(true);
  expect(isSigned(toServer.sent[1]!, 'client', findDigest(s1, 'server', crypto)!, crypto)).toBe(true);
});
