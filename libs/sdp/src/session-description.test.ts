import { ParseError } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { formatLines, parseSessionDescription, serializeFmtp, serializeSessionDescription, type SessionDescription } from './index.ts';
import { MAX_FMTP_PARAMETERS, MAX_FORMATS, MAX_LINES, MAX_LINE_CHARS, MAX_MEDIAS, MAX_SDP_CHARS } from './limits.ts';
import { FORMAT_CASES, MALFORMED, SDP_CASES } from './session-description.cases.ts';

describe('parseSessionDescription', () => {
  test.each(SDP_CASES)('$name', ({ text, title, media }) => {
    const description = parseSessionDescription(text);
    expect(description.title).toBe(title ?? '');
    expect(description.media.map(({ mediaType, control, formats }) => ({ mediaType, control, formats }))).toEqual(
      media.map((one) => ({ control: undefined, ...one })),
    );
  });

  test.each(MALFORMED)('refuses: %s', (_name, text, problem) => {
    expect(() => parseSessionDescription(text)).toThrow(ParseError);
    expect(() => parseSessionDescription(text)).toThrow(problem);
  });

  test.each(SDP_CASES)('what is written is read again: $name', ({ text }) => {
    const description = parseSessionDescription(text);
    const written = serializeSessionDescription(description);
    const again = parseSessionDescription(written);
    expect(serializeSessionDescription(again)).toBe(written);
    const { control: _control, ...withoutLost } = again;
    expect(withoutLost).toMatchObject({
      title: description.title,
      media: description.media.map(({ formats: _formats, ...media }) => media),
    });
  });

  test.each(SDP_CASES)('cut off at any character, it is read or refused: $name', ({ text }) => {
    for (let length = 0; length < text.length; length++) {
      try {
        parseSessionDescription(text.substring(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
  });

  test('connection, direction, mid, secure profile and keys', () => {
    const description = parseSessionDescription(
      'v=0\r\ns=x\r\nc=IN IP4 239.1.2.3/127\r\na=key-mgmt:mikey AQAF\r\na=sendrecv\r\nm=video 5000/2 RTP/SAVP 96\r\nc=IN 2001:db8::2\r\na=rtpmap:96  VP8/90000\r\na=mid:v\r\na=recvonly\r\na=key-mgmt:mikey AAAA\r\n',
    );
    expect(description).toMatchObject({ connectionAddress: '239.1.2.3/127', mikey: 'AQAF' });
    expect(description.media[0]).toMatchObject({
      port: 5000,
      protocol: 'RTP/SAVP',
      connectionAddress: '2001:db8::2',
      mid: 'v',
      direction: 'recvonly',
      mikey: 'AAAA',
      backChannel: false,
    });
  });

  test('a back channel is one only beside other medias', () => {
    const media = 'm=audio 0 RTP/AVP 0\r\na=sendonly\r\n';
    expect(parseSessionDescription(media).media[0]!.backChannel).toBe(false);
    expect(parseSessionDescription(`${media}m=audio 0 RTP/AVP 0\r\n`).media.map((one) => one.backChannel)).toEqual([true, false]);
  });

  test('limits hold at the limit and refuse one past it', () => {
    const media = 'm=audio 0 RTP/AVP 0\r\n';
    const types = (count: number): string => `m=audio 0 RTP/AVP ${Array.from({ length: count }, () => 0).join(' ')}\r\n`;
    const fmtp = (count: number): string =>
      `m=audio 0 RTP/AVP 96\r\na=rtpmap:96 x/1\r\na=fmtp:96 ${Array.from({ length: count }, (_, i) => `k${i}=v`).join(';')}\r\n`;
    const cases: readonly (readonly [string, string])[] = [
      [media.repeat(MAX_MEDIAS), media.repeat(MAX_MEDIAS + 1)],
      [types(MAX_FORMATS), types(MAX_FORMATS + 1)],
      [fmtp(MAX_FMTP_PARAMETERS), fmtp(MAX_FMTP_PARAMETERS + 1)],
      ['b=\r\n'.repeat(MAX_LINES), 'b=\r\n'.repeat(MAX_LINES + 1)],
      [`b=${'x'.repeat(MAX_LINE_CHARS - 2)}`, `b=${'x'.repeat(MAX_LINE_CHARS - 1)}`],
      ['\n'.repeat(MAX_SDP_CHARS), '\n'.repeat(MAX_SDP_CHARS + 1)],
    ];
    for (const [allowed, refused] of cases) {
      expect(parseSessionDescription(allowed)).toBeDefined();
      expect(() => parseSessionDescription(refused)).toThrow(ParseError);
    }
  });
});

describe('formats', () => {
  test.each(FORMAT_CASES)('$name', ({ media, payloadType, rtpMap, fmtp, format, written }) => {
    const text =
      `m=${media} 0 RTP/AVP ${payloadType}\r\n` +
      (rtpMap === undefined ? '' : `a=rtpmap:${payloadType} ${rtpMap}\r\n`) +
      (fmtp === undefined ? '' : `a=fmtp:${payloadType} ${fmtp}\r\n`);
    const [parsed] = parseSessionDescription(text).media[0]!.formats;
    expect(parsed).toStrictEqual({ payloadType, wire: {}, ...format });
    const lines = formatLines(parsed!);
    expect({ rtpMap: lines.rtpMap, fmtp: serializeFmtp(lines.fmtp) }).toEqual(written ?? { rtpMap: rtpMap ?? '', fmtp: fmtp ?? '' });
  });
});

describe('serializeSessionDescription', () => {
  test('writes what VLC and ffmpeg expect', () => {
    const description: SessionDescription = {
      title: 'cam',
      connectionAddress: '0.0.0.0',
      media: [
        {
          mediaType: 'video',
          port: 0,
          protocol: 'RTP/AVP',
          control: 'trackID=0',
          backChannel: false,
          formats: [{ payloadType: 96, clockRateHz: 90000, description: { codec: 'VP8', parameters: {} }, wire: {} }],
        },
      ],
    };
    expect(serializeSessionDescription(description)).toBe(
      'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:trackID=0\r\n',
    );
  });

  test('a title cannot add lines', () => {
    const text = serializeSessionDescription({ title: 'a\r\na=tool:x\nm=audio', media: [] });
    expect(text.split('\r\n')[2]).toBe('s=a a=tool:x m=audio');
  });
});
