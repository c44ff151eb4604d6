import { ByteWriter, ParseError, bytesFromHex, concatBytes, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MESSAGE_TYPE } from '../message/message.ts';
import type { RtmpMessage } from '../message/message.ts';
import { CHUNK_CASES, MALFORMED_CHUNKS } from './chunk.cases.ts';
import { ChunkReader, DEFAULT_CHUNK_SIZE, MAX_CHUNK_STREAMS, MAX_INCOMPLETE_BYTES, MAX_MESSAGE_BYTES } from './chunk-reader.ts';
import { ChunkedMessageWriter, inMessageStream, serializeMessage, sizeOfChunkedMessage } from './chunked-message.ts';

const bytesOf = (hex: string): Uint8Array => bytesFromHex(hex.replaceAll(' ', ''));
const shown = (message: RtmpMessage) => ({ ...message, body: hexFromBytes(message.body) });

/** All messages of bytes that come in pieces. */
function read(bytes: Uint8Array, size = bytes.length): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader((message) => messages.push(message));
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return messages;
}

/** Chunks of type 0. */
function chunk(chunkStreamId: number, length: number, payload: Uint8Array): Uint8Array {
  const id = chunkStreamId < 64 ? Uint8Array.of(chunkStreamId) : Uint8Array.of(0, chunkStreamId - 64);
  return concatBytes([id, new ByteWriter().u24(0).u24(length).u8(9).u32(0).finish(), payload]);
}

describe('ChunkReader', () => {
  test.each(CHUNK_CASES)('$name', ({ hex, messages }) => {
    expect(read(bytesOf(hex)).map(shown)).toEqual(messages);
  });

  test.each([1, 2, 3, 5, 11, 128])('in pieces of %i bytes', (size) => {
    for (const { hex, messages } of CHUNK_CASES) expect(read(bytesOf(hex), size).map(shown)).toEqual(messages);
  });

  test('truncated anywhere, complete messages come out and nothing else', () => {
    for (const { hex, messages } of CHUNK_CASES) {
      const bytes = bytesOf(hex);
      for (let length = 0; length < bytes.length; length++) {
        const found = read(bytes.subarray(0, length)).map(shown);
        expect(found).toEqual(messages.filter((_, index) => index < found.length));
        expect(found.length).toBeLessThan(messages.length);
      }
    }
  });

  test.each(MALFORMED_CHUNKS)('$name is refused, and nothing is read after it', ({ hex }) => {
    const messages: RtmpMessage[] = [];
    const reader = new ChunkReader((message) => messages.push(message));
    expect(() => reader.push(bytesOf(hex))).toThrow(ParseError);
    const before = messages.length;
    reader.push(bytesOf('06 000010 000002 09 01000000 aabb'));
    expect(messages).toHaveLength(before);
  });

  test('bodies do not alias what was pushed', () => {
    const bytes = bytesOf('06 000010 000002 09 01000000 aabb');
    const [message] = read(bytes);
    bytes.fill(0);
    expect(hexFromBytes(message!.body)).toBe('aabb');
  });

  test('a message of the largest size, and one byte more', () => {
    const whole = serializeMessage(
      { typeId: 9, streamId: 1, chunkStreamId: 6, timestampMs: 0 },
      new Uint8Array(MAX_MESSAGE_BYTES).fill(7),
      DEFAULT_CHUNK_SIZE,
    );
    expect(read(whole, 65_536)[0]!.body).toHaveLength(MAX_MESSAGE_BYTES);
    expect(() => read(chunk(6, MAX_MESSAGE_BYTES + 1, new Uint8Array(0)))).toThrow(`announces a message of ${MAX_MESSAGE_BYTES + 1} bytes`);
  });

  test('chunk streams', () => {
    const streams = (count: number) => concatBytes(Array.from({ length: count }, (_, index) => chunk(2 + index, 1, Uint8Array.of(1))));
    expect(read(streams(MAX_CHUNK_STREAMS))).toHaveLength(MAX_CHUNK_STREAMS);
    expect(() => read(streams(MAX_CHUNK_STREAMS + 1))).toThrow('streams');
  });

  test('incomplete messages: what is announced costs nothing, what is sent is bounded', () => {
    const setSize = bytesOf('02 000000 000004 01 00000000 7fffffff');
    const announced = Array.from({ length: MAX_CHUNK_STREAMS - 1 }, (_, index) => chunk(3 + index, MAX_MESSAGE_BYTES, new Uint8Array(0)));
    // Each is one chunk of 10 MiB, of which nothing has come: only one can be open at a time.
    expect(read(concatBytes([setSize, announced[0]!]))).toHaveLength(1);
    const size = 3 * 1024 * 1024;
    const smaller = bytesOf('02 000000 000004 01 00000000 00300000');
    const part = (index: number) => chunk(3 + index, MAX_MESSAGE_BYTES, new Uint8Array(size));
    const parts = Math.floor(MAX_INCOMPLETE_BYTES / size);
    expect(() => read(concatBytes([smaller, ...Array.from({ length: parts - 1 }, (_, index) => part(index))]))).not.toThrow();
    expect(() => read(concatBytes([smaller, ...Array.from({ length: parts + 1 }, (_, index) => part(index))]))).toThrow('incomplete');
  });
});

describe('ChunkedMessageWriter', () => {
  const header = { typeId: MESSAGE_TYPE.video, streamId: 1, chunkStreamId: 6 };

  test.each([0, 1, 127, 128, 129, 256, 257, 1_000])('a body of %i bytes is read as it was written', (length) => {
    const body = Uint8Array.from({ length }, (_, index) => index);
    for (const timestampMs of [0, 0xff_fffe, 0xff_ffff, 0xffff_ffff]) {
      const bytes = serializeMessage({ ...header, timestampMs }, body, DEFAULT_CHUNK_SIZE);
      expect(bytes).toHaveLength(sizeOfChunkedMessage(length, timestampMs, DEFAULT_CHUNK_SIZE));
      expect(read(bytes)).toEqual([{ ...header, timestampMs, body }]);
    }
  });

  test('fields may lie across chunks', () => {
    const chunkSize = 5;
    const size = sizeOfChunkedMessage(12, 0, chunkSize);
    const target = new Uint8Array(size);
    const writer = new ChunkedMessageWriter(target, chunkSize);
    writer.begin({ ...header, timestampMs: 0 }, 12);
    writer.u8(1);
    writer.u24(0x020304);
    writer.u32(0x05060708);
    writer.bytes(Uint8Array.of(9, 10, 11, 12));
    expect(writer.end()).toBe(size);
    const setSize = serializeMessage({ typeId: 1, streamId: 0, chunkStreamId: 2, timestampMs: 0 }, Uint8Array.of(0, 0, 0, 5), 128);
    expect(hexFromBytes(read(concatBytes([setSize, target]))[1]!.body)).toBe('0102030405060708090a0b0c');
  });

  test('messages follow each other', () => {
    const target = new Uint8Array(2 * sizeOfChunkedMessage(2, 0, 128));
    const writer = new ChunkedMessageWriter(target, 128);
    for (const value of [1, 2]) {
      writer.begin({ ...header, timestampMs: value }, 2);
      writer.u8(value);
      writer.u8(value);
      writer.end();
    }
    expect(read(target).map(({ timestampMs }) => timestampMs)).toEqual([1, 2]);
  });

  test.each([0, 2, 0xffff_ffff])('messages in the stream %i instead', (streamId) => {
    const messages = [0, 129, 256].flatMap((length) =>
      [7, 0xff_ffff, 0xffff_ffff].map((timestampMs) => ({ ...header, timestampMs, body: new Uint8Array(length).fill(length) })),
    );
    const bytes = concatBytes(messages.map(({ body, ...of }) => serializeMessage(of, body, DEFAULT_CHUNK_SIZE)));
    const before = hexFromBytes(bytes);
    expect(read(inMessageStream(bytes, streamId, DEFAULT_CHUNK_SIZE))).toEqual(messages.map((message) => ({ ...message, streamId })));
    expect(hexFromBytes(bytes)).toBe(before);
  });

  test('what does not fit is refused', () => {
    const writer = () => new ChunkedMessageWriter(new Uint8Array(16), 128);
    const begun = (length: number) => {
      const one = writer();
      one.begin({ ...header, timestampMs: 0 }, length);
      return one;
    };
    expect(() => begun(1).bytes(Uint8Array.of(1, 2))).toThrow('longer than announced');
    expect(() => begun(2).end()).toThrow('are missing');
    expect(() => begun(10).bytes(new Uint8Array(10))).toThrow('too small');
    expect(() => new ChunkedMessageWriter(new Uint8Array(4), 128).begin({ ...header, timestampMs: 0 }, 1)).toThrow('too small');
    for (const chunkStreamId of [1, 64]) {
      expect(() => writer().begin({ ...header, chunkStreamId, timestampMs: 0 }, 1)).toThrow('does not fit a byte');
    }
  });
});
