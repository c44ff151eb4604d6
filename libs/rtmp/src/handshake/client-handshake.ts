import { ParseError, concatBytes } from '@mediamesh/bytes';
import type { RtmpCrypto } from '../crypto.ts';
import { Gathered } from './gathered.ts';
import { HANDSHAKE_PACKET_BYTES, RTMP_VERSION, VERSION_BYTES, digestPacket, findDigest, signedPacket } from './packet.ts';

/** Flash Player 11.2: servers that want a digest want a version. */
const CLIENT_VERSION = 0x80_00_07_02;

/**
 * The client's side of the handshake, with a digest; servers without one echo it, and get theirs echoed.
 *
 * Shape:  bytes in any chunking; `push` returns what is behind the handshake once it is over, before that undefined.
 * Errors: ParseError when the server answers with another version.
 * Source: RTMP 5.2; the digest as Flash Player has it. What the server answers to ours (S2) is not looked at.
 */
export class ClientHandshake {
  private readonly crypto: RtmpCrypto;
  private readonly send: (bytes: Uint8Array) => void;
  private readonly answer = new Gathered(VERSION_BYTES + 2 * HANDSHAKE_PACKET_BYTES);

  constructor(crypto: RtmpCrypto, send: (bytes: Uint8Array) => void) {
    this.crypto = crypto;
    this.send = send;
  }

  start(): void {
    this.send(concatBytes([Uint8Array.of(RTMP_VERSION), digestPacket('client', CLIENT_VERSION, this.crypto)]));
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    const rest = this.answer.take(chunk);
    const answer = this.answer.complete;
    if (answer === undefined) return undefined;
    if (answer[0] !== RTMP_VERSION) throw new ParseError('handshake', 0, `the server has the version ${answer[0]}`);
    const s1 = answer.subarray(VERSION_BYTES, VERSION_BYTES + HANDSHAKE_PACKET_BYTES);
    const digest = findDigest(s1, 'server', this.crypto);
    this.send(digest === undefined ? s1 : signedPacket('client', digest, this.crypto));
    return rest;
  }
}
