import { bytesFromHex, copyBytes, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { serializeRtpPacket } from '../packet.ts';
import { deriveSessionKeys } from './master-key.ts';
import { nodeCrypto } from './node-crypto.cases.ts';
import { REPLAY_WINDOW_PACKETS, ReplayWindow } from './replay-window.ts';
import { SrtcpContext } from './srtcp-context.ts';
import { MAX_SRTP_SOURCES, SrtpContext } from './srtp-context.ts';
import { SrtpError } from './srtp-error.ts';
import type { SrtpFailure } from './srtp-error.ts';
import { COUNTER_BLOCK_BYTES, writeCounterBlockInto } from './counter-block.ts';

// Key, packets and their protected forms: the published vectors of libsrtp's test driver.
const KEY_AND_SALT = bytesFromHex('e1f97a0d3e018be0d64fa32c06de4139' + '0ec675ad498afeebb6960b3aabe6');
const RTP = bytesFromHex('800f1234decafbadcafebabe' + 'ab'.repeat(16));
const SRTP = '800f1234decafbadcafebabe' + '4e55dc4ce79978d88ca4d215949d2402' + 'b78d6acc99ea179b8dbb';
const RTCP = bytesFromHex('81c8000bcafebabe' + 'ab'.repeat(16));
const SRTCP = '81c8000bcafebabe' + '7128035be487b9bdbef89041f977a5a8' + '80000001' + '993e08cd54d6c1230798';

const rtp = (sequenceNumber: number, ssrc = 7): Uint8Array =>
  serializeRtpPacket({ marker: false, payloadType: 96, sequenceNumber, timestamp: 1, ssrc, payload: bytesFromHex('0102030405') });

function failureOf(action: () => unknown): SrtpFailure | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof SrtpError) return error.failure;
    throw error;
  }
  return undefined;
}

describe('SRTP', () => {
  test('derives the session keys of RFC 3711 B.3', () => {
    const keys = deriveSessionKeys(nodeCrypto, KEY_AND_SALT, 'rtp');
    expect(hexFromBytes(keys.encryption)).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(hexFromBytes(keys.salt)).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(hexFromBytes(keys.authentication)).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  });

  test('makes the key stream of RFC 3711 B.2', () => {
    const counter = new Uint8Array(COUNTER_BLOCK_BYTES);
    writeCounterBlockInto(counter, bytesFromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'), 0, 0, 0);
    const stream = nodeCrypto.aesCtr(bytesFromHex('2b7e151628aed2a6abf7158809cf4f3c'), counter, new Uint8Array(32));
    expect(hexFromBytes(stream)).toBe('e03ead0935c95e80e166b16dd92b4eb4' + 'd23513162b02d0f72a43a2fe4a5f97ab');
  });

  test('protects and unprotects a known packet', () => {
    expect(hexFromBytes(new SrtpContext(nodeCrypto, KEY_AND_SALT).protect(RTP))).toBe(SRTP);
    expect(new SrtpContext(nodeCrypto, KEY_AND_SALT).unprotect(bytesFromHex(SRTP))).toEqual(RTP);
  });

  test('protects and unprotects a known compound packet', () => {
    expect(hexFromBytes(new SrtcpContext(nodeCrypto, KEY_AND_SALT).protect(RTCP))).toBe(SRTCP);
    expect(new SrtcpContext(nodeCrypto, KEY_AND_SALT).unprotect(bytesFromHex(SRTCP))).toEqual(RTCP);
  });

  test('what came in stays as it was, also as a Buffer, whose slices are views', () => {
    for (const [context, hex] of [
      [new SrtpContext(nodeCrypto, KEY_AND_SALT), SRTP],
      [new SrtcpContext(nodeCrypto, KEY_AND_SALT), SRTCP],
    ] as const) {
      const received = Buffer.from(hex, 'hex');
      context.unprotect(received);
      expect(received.toString('hex')).toBe(hex);
    }
  });

  test('the wrong length of key and salt is refused', () => {
    expect(() => new SrtpContext(nodeCrypto, KEY_AND_SALT.subarray(1))).toThrow(RangeError);
  });

  test('a packet with any bit changed is refused, and the packet itself is accepted afterwards', () => {
    const receiver = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const bytes = bytesFromHex(SRTP);
    for (let i = 0; i < bytes.length; i++) {
      const tampered = copyBytes(bytes);
      tampered[i]! ^= 0x01;
      expect(
        failureOf(() => receiver.unprotect(tampered)),
        `byte ${i}`,
      ).toMatch(/authentication|malformed/);
    }
    expect(receiver.unprotect(bytes)).toEqual(RTP);
  });

  test('a compound packet with any bit changed is refused', () => {
    const receiver = new SrtcpContext(nodeCrypto, KEY_AND_SALT);
    const bytes = bytesFromHex(SRTCP);
    for (let i = 0; i < bytes.length; i++) {
      const tampered = copyBytes(bytes);
      tampered[i]! ^= 0x80;
      expect(
        failureOf(() => receiver.unprotect(tampered)),
        `byte ${i}`,
      ).toMatch(/authentication|malformed/);
    }
    expect(receiver.unprotect(bytes)).toEqual(RTCP);
    expect(failureOf(() => receiver.unprotect(bytes))).toBe('replay');
  });

  test('truncated packets are refused', () => {
    const bytes = bytesFromHex(SRTP);
    const compound = bytesFromHex(SRTCP);
    for (let length = 0; length < bytes.length; length++)
      expect(failureOf(() => new SrtpContext(nodeCrypto, KEY_AND_SALT).unprotect(bytes.subarray(0, length)))).toMatch(
        /malformed|authentication/,
      );
    for (let length = 0; length < compound.length; length++)
      expect(failureOf(() => new SrtcpContext(nodeCrypto, KEY_AND_SALT).unprotect(compound.subarray(0, length)))).toMatch(
        /malformed|authentication/,
      );
  });

  test('the roll-over counter follows over two wraps, with reordering at the wrap', () => {
    const sender = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const receiver = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    for (let index = 0xff00; index < 0x2_0800; index += 0x400) {
      const first = rtp(index & 0xffff);
      const second = rtp((index + 1) & 0xffff);
      const [a, b] = [sender.protect(first), sender.protect(second)];
      expect(receiver.unprotect(b)).toEqual(second);
      expect(receiver.unprotect(a)).toEqual(first);
    }
    expect(sender.rocOf(7)).toBe(2);
    expect(receiver.rocOf(7)).toBe(2);
  });

  test('a packet that comes again, or too late, is refused', () => {
    const sender = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const receiver = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const packets = Array.from({ length: 70 }, (_, i) => sender.protect(rtp(65_500 + i)));
    receiver.unprotect(packets[1]!);
    expect(failureOf(() => receiver.unprotect(packets[1]!))).toBe('replay');
    receiver.unprotect(packets[69]!);
    expect(failureOf(() => receiver.unprotect(packets[0]!))).toBe('replay');
    expect(failureOf(() => receiver.unprotect(packets[5]!))).toBe('replay');
    expect(receiver.unprotect(packets[6]!)).toEqual(rtp(65_506));
    expect(failureOf(() => receiver.unprotect(packets[69]!))).toBe('replay');
  });

  test('a packet from before the wrap is read after it', () => {
    const sender = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const receiver = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const packets = [0xfffe, 0xffff, 0, 1].map((sequenceNumber) => sender.protect(rtp(sequenceNumber)));
    for (const i of [0, 2, 1, 3]) receiver.unprotect(packets[i]!);
    expect(receiver.rocOf(7)).toBe(1);
  });

  test('a reader that joins late needs the initial roll-over counter', () => {
    const sender = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    sender.setInitialRoc(7, 3);
    const bytes = sender.protect(rtp(100));
    expect(failureOf(() => new SrtpContext(nodeCrypto, KEY_AND_SALT).unprotect(bytes))).toBe('authentication');
    const late = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    late.setInitialRoc(7, 3);
    expect(late.unprotect(bytes)).toEqual(rtp(100));
  });

  test('SSRCs are counted apart, up to the limit, and forged ones cost nothing', () => {
    const sender = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const receiver = new SrtpContext(nodeCrypto, KEY_AND_SALT);
    const last = sender.protect(rtp(5, MAX_SRTP_SOURCES));
    const forged = copyBytes(last);
    forged[11]! ^= 0xff;
    expect(failureOf(() => receiver.unprotect(forged))).toBe('authentication');
    for (let ssrc = 1; ssrc < MAX_SRTP_SOURCES; ssrc++) receiver.unprotect(sender.protect(rtp(5, ssrc)));
    receiver.unprotect(last);
    expect(failureOf(() => sender.protect(rtp(5, MAX_SRTP_SOURCES + 1)))).toBe('tooManySources');
    const other = new SrtpContext(nodeCrypto, KEY_AND_SALT).protect(rtp(5, MAX_SRTP_SOURCES + 1));
    expect(failureOf(() => receiver.unprotect(other))).toBe('tooManySources');
  });

  test('CSRCs and extension stay in the clear', () => {
    const packet = bytesFromHex('91600001000000010000000700000009bede000111223344aabbcc');
    const bytes = new SrtpContext(nodeCrypto, KEY_AND_SALT).protect(packet);
    expect(hexFromBytes(bytes).startsWith('91600001000000010000000700000009bede000111223344')).toBe(true);
    expect(new SrtpContext(nodeCrypto, KEY_AND_SALT).unprotect(bytes)).toEqual(packet);
  });

  test('protectInto writes between its neighbours', () => {
    const target = new Uint8Array(RTP.length + 20).fill(0x55);
    expect(new SrtpContext(nodeCrypto, KEY_AND_SALT).protectInto(RTP, target, 5)).toBe(RTP.length + 10);
    expect(hexFromBytes(target)).toBe('55'.repeat(5) + SRTP + '55'.repeat(5));
  });
});

describe('replay window', () => {
  test.each([0, 1, 31, 32, 33, 62, 63])('a packet %i behind is accepted once', (age) => {
    const window = new ReplayWindow();
    window.record(1000);
    expect(window.accepts(1000)).toBe(false);
    expect(window.accepts(1000 - age)).toBe(age !== 0);
    window.record(1000 - age);
    expect(window.accepts(1000 - age)).toBe(false);
    window.record(1000 + 63 - age);
    expect(window.accepts(1000 - age)).toBe(false);
  });

  test('what is older than the window is refused', () => {
    const window = new ReplayWindow();
    window.record(1000);
    expect(window.accepts(1000 - REPLAY_WINDOW_PACKETS)).toBe(false);
    expect(window.accepts(1000 - REPLAY_WINDOW_PACKETS + 1)).toBe(true);
  });

  test('agrees with a set of seen indexes', () => {
    const window = new ReplayWindow();
    const seen = new Set<number>();
    let highest = -1;
    let state = 1;
    for (let i = 0; i < 20_000; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const index = Math.max(0, highest + ((state >>> 8) % 160) - 120);
      const expected = index > highest || (index > highest - REPLAY_WINDOW_PACKETS && !seen.has(index));
      expect(window.accepts(index)).toBe(expected);
      if (!expected) continue;
      window.record(index);
      seen.add(index);
      highest = Math.max(highest, index);
    }
    expect(highest).toBeGreaterThan(1000);
  });
});
