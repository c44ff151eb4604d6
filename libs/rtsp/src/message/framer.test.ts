import { ParseError, bytesFromLatin1, latin1FromBytes } from '@mediamesh/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAMER_CASES } from './framer.cases.ts';
import { RtspFramer } from './framer.ts';
import * as limits from './limits.ts';

/** Events as text, `!` for the error that ends them. */
function cut(chunks: readonly Uint8Array[]): readonly string[] {
  const events: string[] = [];
  const framer = new RtspFramer({
    request: (request) => events.push(`${request.method} ${request.url} ${JSON.stringify(latin1FromBytes(request.body))}`),
    response: (response) => events.push(`${response.status} ${JSON.stringify(latin1FromBytes(response.body))}`),
    interleaved: (channel, payload) => events.push(`${channel} ${JSON.stringify(latin1FromBytes(payload))}`),
  });
  try {
    for (const chunk of chunks) framer.push(chunk);
  } catch (error) {
    expect(error).toBeInstanceOf(ParseError);
    events.push('!');
    framer.push(bytesFromLatin1('OPTIONS * RTSP/1.0\r\n\r\n'));
  }
  return events;
}

function split(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const bounds = [0, ...at.map((one) => one % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index]!, end));
}

describe('RtspFramer', () => {
  test.each(FRAMER_CASES)('%s', (_name, stream, events) => {
    const bytes = bytesFromLatin1(stream);
    expect(cut([bytes])).toEqual(events);
    expect(cut([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(events);
    for (let at = 0; at <= bytes.length; at++) expect(cut(split(bytes, [at]))).toEqual(events);
  });

  test('any chunking of any stream gives the same events', () => {
    const pieces = fc.oneof(
      fc.constantFrom(...FRAMER_CASES.map(([, stream]) => stream)),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom('$', 'R', 'T', '\r\n\r\n', 'OP'),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (chosen, at) => {
        const bytes = bytesFromLatin1(chosen.join(''));
        expect(cut(split(bytes, at))).toEqual(cut([bytes]));
      }),
      { numRuns: 1500 },
    );
  });

  test('a frame that is complete in a chunk is a view of it, another one is not', () => {
    const frames: Uint8Array[] = [];
    const framer = new RtspFramer({ request: () => {}, response: () => {}, interleaved: (_channel, payload) => frames.push(payload) });
    const chunk = bytesFromLatin1('$\x00\x00\x02ab$\x00\x00\x02c');
    framer.push(chunk);
    framer.push(bytesFromLatin1('d'));
    chunk.fill(0);
    expect(frames.map((frame) => latin1FromBytes(frame))).toEqual(['\0\0', 'cd']);
    expect(frames[0]!.buffer).toBe(chunk.buffer);
  });

  test('nothing is read after stop, not even of the same chunk', () => {
    const events: string[] = [];
    const framer: RtspFramer = new RtspFramer({
      request: (request) => {
        events.push(request.method);
        framer.stop();
      },
      response: () => events.push('response'),
      interleaved: () => events.push('frame'),
    });
    framer.push(bytesFromLatin1('OPTIONS * RTSP/1.0\r\n\r\n$\x00\x00\x00OPTIONS * RTSP/1.0\r\n\r\n'));
    expect(events).toEqual(['OPTIONS']);
  });

  const line = (text: string): string => `OPTIONS * RTSP/1.0\r\n${text}\r\n\r\n`;
  const headers = (count: number): string => Array.from({ length: count }, () => 'A: b').join('\r\n');
  const LIMITS: readonly (readonly [string, (size: number) => string, number])[] = [
    ['method', (size) => `${'OP'.padEnd(size, 'X')} * RTSP/1.0\r\n\r\n`, limits.MAX_METHOD_CHARS],
    ['URL', (size) => `OPTIONS ${'u'.repeat(size)} RTSP/1.0\r\n\r\n`, limits.MAX_URL_CHARS],
    ['headers', (size) => line(headers(size)), limits.MAX_HEADERS],
    ['header name', (size) => line(`${'n'.repeat(size)}: v`), limits.MAX_HEADER_NAME_CHARS],
    ['header value', (size) => line(`n: ${'v'.repeat(size)}`), limits.MAX_HEADER_VALUE_CHARS],
    ['body', (size) => `${line(`Content-Length: ${size}`)}${'b'.repeat(size)}`, limits.MAX_BODY_BYTES],
    [
      'head',
      (size) => {
        const start = `OPTIONS * RTSP/1.0\r\n${`A: ${'b'.repeat(2000)}\r\n`.repeat(32)}`;
        return `${start}A: ${'b'.repeat(size - start.length - 7)}\r\n\r\n`;
      },
      limits.MAX_HEAD_BYTES,
    ],
  ];

  test.each(LIMITS)('the limit of the %s', (_name, message, limit) => {
    expect(cut([bytesFromLatin1(message(limit))])).toHaveLength(1);
    expect(cut([bytesFromLatin1(message(limit))])).not.toEqual(['!']);
    expect(cut([bytesFromLatin1(message(limit + 1))])).toEqual(['!']);
  });

  test('a head without end is refused at its limit', () => {
    expect(cut([bytesFromLatin1('OPTIONS '), new Uint8Array(limits.MAX_HEAD_BYTES).fill(0x61)])).toEqual(['!']);
  });
});
