import { ParseError } from '@mediamesh/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_TURN_MESSAGE_BYTES, TurnStream, channelMessages, isChannelData, parseChannelData } from './channel-data.ts';
import { RFC_5769_REQUEST } from '../stun/stun.cases.ts';

const buffer = Uint8Array.from({ length: 16 }, (_, index) => index);

test('packets of a buffer become messages of a channel', () => {
  const batch = channelMessages(buffer, { offsets: [1, 8], sizes: [3, 2], count: 2 }, 0x4001, false);
  expect(batch).toEqual({
    bytes: Uint8Array.of(0x40, 1, 0, 3, 1, 2, 3, 0x40, 1, 0, 2, 8, 9),
    offsets: [0, 7],
    sizes: [7, 6],
  });
  expect(isChannelData(batch.bytes)).toBe(true);
  expect(parseChannelData(batch.bytes.subarray(0, 7))).toEqual({ channel: 0x4001, data: Uint8Array.of(1, 2, 3) });
  expect(parseChannelData(batch.bytes.subarray(0, 6))).toBeUndefined();
});

test('on a stream they are padded', () => {
  expect(channelMessages(buffer, { offsets: [1, 8], sizes: [3, 4], count: 2 }, 0x4000, true).bytes).toHaveLength(16);
});

test('a stream gives the same messages in any chunking', () => {
  const { bytes } = channelMessages(buffer, { offsets: [0, 3], sizes: [3, 5], count: 2 }, 0x4000, true);
  const whole = Buffer.concat([RFC_5769_REQUEST, bytes, RFC_5769_REQUEST]);
  const wanted = [RFC_5769_REQUEST, bytes.subarray(0, 7), bytes.subarray(8, 17), RFC_5769_REQUEST].map((message) => [...message]);
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
      const stream = new TurnStream();
      const ends = [...cuts, whole.length].sort((a, b) => a - b);
      const messages = ends.flatMap((end, index) => stream.push(new Uint8Array(whole.subarray(ends[index - 1] ?? 0, end))));
      expect(messages.map((message) => [...message])).toEqual(wanted);
    }),
  );
});

test('what is neither STUN nor ChannelData, or too long, is refused', () => {
  for (const first of [0x80, 0xff]) expect(() => new TurnStream().push(Uint8Array.of(first, 0, 0, 0))).toThrow(ParseError);
  const length = (size: number): Uint8Array => Uint8Array.of(0x40, 0, size >>> 8, size);
  expect(new TurnStream().push(length(MAX_TURN_MESSAGE_BYTES))).toEqual([]);
  expect(() => new TurnStream().push(length(MAX_TURN_MESSAGE_BYTES + 1))).toThrow(ParseError);
});

test('any bytes give messages, or are refused; nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      const stream = new TurnStream();
      try {
        for (const chunk of chunks) for (const message of stream.push(chunk)) if (isChannelData(message)) parseChannelData(message);
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
});
