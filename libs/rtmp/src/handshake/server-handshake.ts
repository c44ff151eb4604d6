import { ParseError, concatBytes } from '@mediamesh/bytes';
import type { RtmpCrypto } from '../crypto.ts';
import { Gathered } from './gathered.ts';
import {
  ENCRYPTED_VERSION,
  FIRST_INVALID_VERSION,
  HANDSHAKE_PACKET_BYTES,
  RTMP_VERSION,
  VERSION_BYTES,
  digestPacket,
  findDigest,
  plainPacket,
  signedPacket,
} from './packet.ts';

/** Flash Media Server 4.5.0.1: a version of 0 would say that there is no digest. */
const SERVER_VERSION = 0x04_05_00_01;

/**
 * The server's side of the handshake: with a digest for clients that have one, else the plain one.
 *
 * Shape:  bytes in any chunking; `push` returns what is behind the handshake once it is over, before that undefined.
 * Errors: ParseError for another protocol, and for the encrypted variant.
 * Source: RTMP 5.2; the digest as Flash Media Server has it. What the client answers (C2) is not looked at: several get it wrong.
 */
export class ServerHandshake {
  private readonly crypto: RtmpCrypto;
  private readonly send: (bytes: Uint8Array) => void;
  private readonly first = new Gathered(VERSION_BYTES + HANDSHAKE_PACKET_BYTES);
  private readonly second = new Gathered(HANDSHAKE_PACKET_BYTES);
  private answered = false;

  constructor(crypto: RtmpCrypto, send: (bytes: Uint8Array) => void) {
    this.crypto = crypto;
    this.send = send;
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    if (chunk.length === 0) return undefined;
    let rest = chunk;
    if (!this.answered) {
      if (!this.first.started) refuseVersion(chunk[0]!);
      rest = this.first.take(rest);
      const hello = this.first.complete;
      if (hello === undefined) return undefined;
      this.answered = true;
      this.answer(hello.subarray(VERSION_BYTES));
    }
    rest = this.second.take(rest);
    return this.second.complete === undefined ? undefined : rest;
  }

  private answer(c1: Uint8Array): void {
    const { crypto } = this;
    const digest = findDigest(c1, 'client', crypto);
    const s1 = digest === undefined ? plainPacket(crypto) : digestPacket('server', SERVER_VERSION, crypto);
    const s2 = digest === undefined ? c1 : signedPacket('server', digest, crypto);
    this.send(concatBytes([Uint8Array.of(RTMP_VERSION), s1, s2]));
  }
}

function refuseVersion(version: number): void {
  if (version === ENCRYPTED_VERSION) throw new ParseError('handshake', 0, 'is of RTMPE, which is not supported');
  if (version >= FIRST_INVALID_VERSION) throw new ParseError('handshake', 0, `has the version ${version}: this is another protocol`);
}
