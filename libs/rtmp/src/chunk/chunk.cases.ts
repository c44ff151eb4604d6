import type { RtmpMessage } from '../message/message.ts';

interface ChunkCase {
  readonly name: string;
  /** Bytes on the wire, in hexadecimal; blanks are for the reader. */
  readonly hex: string;
  readonly messages: readonly (Omit<RtmpMessage, 'body'> & { readonly body: string })[];
}

const video = { typeId: 9, streamId: 1, chunkStreamId: 6 };

/** What the reader makes of chunks, with the chunk size of the beginning (128). */
export const CHUNK_CASES: readonly ChunkCase[] = [
  {
    name: 'type 0',
    hex: '06 000010 000002 09 01000000 aabb',
    messages: [{ ...video, timestampMs: 16, body: 'aabb' }],
  },
  {
    name: 'a stream id, which is little-endian',
    hex: '06 000000 000001 09 04030201 aa',
    messages: [{ ...video, streamId: 0x0102_0304, timestampMs: 0, body: 'aa' }],
  },
  {
    name: 'type 1 adds to the time, and has a length and a type of its own',
    hex: '06 000010 000002 09 01000000 aabb  46 000028 000001 08 cc',
    messages: [
      { ...video, timestampMs: 16, body: 'aabb' },
      { ...video, typeId: 8, timestampMs: 56, body: 'cc' },
    ],
  },
  {
    name: 'type 2 adds to the time only',
    hex: '06 000010 000001 09 01000000 aa  86 000028 bb  86 000001 cc',
    messages: [
      { ...video, timestampMs: 16, body: 'aa' },
      { ...video, timestampMs: 56, body: 'bb' },
      { ...video, timestampMs: 57, body: 'cc' },
    ],
  },
  {
    name: 'type 3 repeats the distance',
    hex: '06 000010 000001 09 01000000 aa  86 000028 bb  c6 cc',
    messages: [
      { ...video, timestampMs: 16, body: 'aa' },
      { ...video, timestampMs: 56, body: 'bb' },
      { ...video, timestampMs: 96, body: 'cc' },
    ],
  },
  {
    name: 'type 3 behind type 0 repeats the time',
    hex: '06 000010 000001 09 01000000 aa  c6 bb',
    messages: [
      { ...video, timestampMs: 16, body: 'aa' },
      { ...video, timestampMs: 32, body: 'bb' },
    ],
  },
  {
    name: 'a message in two chunks, another stream in between',
    hex: `06 000010 000082 09 01000000 ${'11'.repeat(128)}  04 000011 000001 08 01000000 bb  c6 2222`,
    messages: [
      { typeId: 8, streamId: 1, chunkStreamId: 4, timestampMs: 17, body: 'bb' },
      { ...video, timestampMs: 16, body: `${'11'.repeat(128)}2222` },
    ],
  },
  {
    name: 'an empty message',
    hex: '06 000010 000000 09 01000000  04 000011 000001 08 01000000 bb',
    messages: [
      { ...video, timestampMs: 16, body: '' },
      { typeId: 8, streamId: 1, chunkStreamId: 4, timestampMs: 17, body: 'bb' },
    ],
  },
  {
    name: 'ids of two and three bytes',
    hex: '00 00 000000 000001 09 01000000 aa  01 ffff 000000 000001 09 01000000 bb',
    messages: [
      { ...video, chunkStreamId: 64, timestampMs: 0, body: 'aa' },
      { ...video, chunkStreamId: 65_599, timestampMs: 0, body: 'bb' },
    ],
  },
  {
    name: 'extended timestamps, repeated in each chunk',
    hex: `06 ffffff 000081 09 01000000 01000000 ${'11'.repeat(128)}  c6 01000000 22`,
    messages: [{ ...video, timestampMs: 0x0100_0000, body: `${'11'.repeat(128)}22` }],
  },
  {
    name: 'the last timestamp before the extension, and a distance behind it that wraps',
    hex: '06 fffffe 000001 09 01000000 aa  06 ffffff 000001 09 01000000 fffffff0 bb  86 000020 cc',
    messages: [
      { ...video, timestampMs: 0xff_fffe, body: 'aa' },
      { ...video, timestampMs: 0xffff_fff0, body: 'bb' },
      { ...video, timestampMs: 0x10, body: 'cc' },
    ],
  },
  {
    name: 'a distance that is extended',
    hex: '06 000001 000001 09 01000000 aa  86 ffffff 01000000 bb  c6 01000000 cc',
    messages: [
      { ...video, timestampMs: 1, body: 'aa' },
      { ...video, timestampMs: 0x0100_0001, body: 'bb' },
      { ...video, timestampMs: 0x0200_0001, body: 'cc' },
    ],
  },
  {
    name: 'another chunk size',
    hex: '02 000000 000004 01 00000000 00000002  06 000010 000005 09 01000000 aabb c6 ccdd c6 ee',
    messages: [
      { typeId: 1, streamId: 0, chunkStreamId: 2, timestampMs: 0, body: '00000002' },
      { ...video, timestampMs: 16, body: 'aabbccddee' },
    ],
  },
  {
    name: 'an aborted message',
    hex: `06 000010 000081 09 01000000 ${'11'.repeat(128)}  02 000000 000004 02 00000000 00000006  46 000000 000001 09 aa`,
    messages: [
      { typeId: 2, streamId: 0, chunkStreamId: 2, timestampMs: 0, body: '00000006' },
      { ...video, timestampMs: 16, body: 'aa' },
    ],
  },
];

export const MALFORMED_CHUNKS: readonly { readonly name: string; readonly hex: string }[] = [
  { name: 'type 1 without a header before it', hex: '46 000000 000001 09' },
  { name: 'type 2 without a header before it', hex: '86 000000' },
  { name: 'type 3 without a header before it', hex: 'c6' },
  { name: 'a header inside a message', hex: `06 000010 000081 09 01000000 ${'11'.repeat(128)} 06 000010 000081 09 01000000` },
  { name: 'a chunk size of 0', hex: '02 000000 000004 01 00000000 00000000' },
  { name: 'a chunk size with its first bit set', hex: '02 000000 000004 01 00000000 80000000' },
  { name: 'a chunk size that is cut', hex: '02 000000 000003 01 00000000 000000' },
];
