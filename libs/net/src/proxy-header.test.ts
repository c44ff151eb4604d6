import * as fc from 'fast-check';
import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { MALFORMED_HEADERS, text, VALID_HEADERS } from './proxy-header.cases.ts';
import { parseProxyHeader } from './proxy-header.ts';

describe('parseProxyHeader', () => {
  test.each(VALID_HEADERS)('$name', ({ bytes, source }) => {
    const header = parseProxyHeader(Buffer.concat([bytes, text('OPTIONS')]));
    if (typeof header === 'string') throw new Error(header);
    expect(header.sizeBytes).toBe(bytes.length);
    expect(header.source && `${header.source.address} ${header.source.port}`).toBe(source);
  });

  test.each(VALID_HEADERS)('$name, cut at any offset, is incomplete', ({ bytes }) => {
    for (let length = 0; length < bytes.length; length++) expect(parseProxyHeader(bytes.subarray(0, length))).toBe('incomplete');
  });

  test.each(MALFORMED_HEADERS)('$name', ({ bytes, problem }) => {
    expect(() => parseProxyHeader(bytes)).toThrow(ParseError);
    expect(() => parseProxyHeader(bytes)).toThrow(problem);
  });

  test.each(['OPTIONS rtsp://', 'PROXX', 'POST /', 'P\r', '\r\n\r\n\x01', '$', '\x16\x03\x01'])('%j is not a header', (start) => {
    expect(parseProxyHeader(text(start))).toBe('absent');
  });

  test('any bytes give a header, more to read, nothing, or a ParseError', () => {
    const starts = [...VALID_HEADERS, ...MALFORMED_HEADERS].map(({ bytes }) => bytes);
    const input = fc.record({
      start: fc.constantFrom(...starts),
      at: fc.nat(60),
      value: fc.integer({ min: 0, max: 255 }),
      cut: fc.nat(120),
    });
    fc.assert(
      fc.property(input, ({ start, at, value, cut }) => {
        const bytes = Uint8Array.from(start.subarray(0, cut));
        if (at < bytes.length) bytes[at] = value;
        try {
          const header = parseProxyHeader(bytes);
          if (typeof header !== 'string') expect(header.sizeBytes).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
