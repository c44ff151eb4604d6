import { ParseError } from '@mediamesh/bytes';
import { MAX_LINES, MAX_LINE_CHARS, MAX_MEDIAS, MAX_SDP_CHARS } from './limits.ts';

const STRUCTURE = 'SessionDescription';
const MEDIA_TYPES = new Set(['video', 'audio', 'application', 'metadata', 'meta', 'text']);
/** What we read of a description; anything else is left out before the grammar sees it, which bounds its work. */
const ATTRIBUTES = new Set(['rtpmap', 'fmtp', 'control', 'mid', 'key-mgmt', 'sendrecv', 'sendonly', 'recvonly', 'inactive']);
const KEYS = new Set('vosiuepcbtrzkam');
const PROTOCOL = /^(?:UDP|RTP|AVP|SAVP|SAVPF|MP2T|TLS|DTLS|SCTP|AVPF|TCP)(?:\/(?:UDP|RTP|AVP|SAVP|SAVPF|MP2T|TLS|DTLS|SCTP|AVPF|TCP))*$/;

/**
 * An SDP as senders write it, reduced to lines that a strict parser accepts.
 *
 * Shape:  any line ends and empty lines in; `x=value` lines out, CRLF between them.
 * Errors: ParseError when a line has no `x=` form or an unknown key, a media line is malformed, or a limit is exceeded.
 * Source: RFC 4566; tolerated because devices send it: no v=, s= or t=, an origin without address or with words (`RTSP Session 1 2`),
 *         `c=IN 1.2.3.4`, `c=IN IPV4 ...`, `m=application/VENDOR`, port ranges, attributes with blanks after the colon.
 */
export function lenientLines(text: string): string {
  if (text.length > MAX_SDP_CHARS) throw new ParseError(STRUCTURE, 0, `is ${text.length} characters, more than ${MAX_SDP_CHARS}`);
  const output: string[] = [];
  let medias = 0;
  let lines = 0;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/[\t\0]/g, ' ').trim();
    if (line === '') continue;
    if (++lines > MAX_LINES) throw new ParseError(STRUCTURE, 0, `has more than ${MAX_LINES} lines`);
    if (line.length > MAX_LINE_CHARS) throw new ParseError(STRUCTURE, 0, `has a line of more than ${MAX_LINE_CHARS} characters`);
    if (line[1] !== '=' || !KEYS.has(line[0]!))
      throw new ParseError(STRUCTURE, 0, `has the invalid line ${JSON.stringify(line.substring(0, 64))}`);
    const rewritten = rewriteLine(line[0]!, line.substring(2));
    if (line[0] === 'm' && ++medias > MAX_MEDIAS) throw new ParseError(STRUCTURE, 0, `has more than ${MAX_MEDIAS} medias`);
    if (rewritten !== undefined) output.push(rewritten);
  }
  return output.join('\r\n') + '\r\n';
}

function rewriteLine(key: string, value: string): string | undefined {
  if (key === 'v') {
    if (value.trim() !== '0') throw new ParseError(STRUCTURE, 0, `has the version ${JSON.stringify(value.substring(0, 16))}`);
    return 'v=0';
  }
  if (key === 's') return `s=${value}`;
  if (key === 'c') return connectionLine(value);
  if (key === 'm') return mediaLine(value);
  if (key === 'a') return attributeLine(value);
  return undefined;
}

function connectionLine(value: string): string | undefined {
  const words = value.replace(/^IN c=IN/, 'IN').split(/ +/);
  const address = words.at(-1)!;
  if (!/^IN$/i.test(words[0]!) || words.length < 2 || /^IP/i.test(address)) return undefined;
  return `c=IN IP${address.includes(':') ? 6 : 4} ${address}`;
}

function mediaLine(value: string): string {
  const words = value.split(/ +/);
  const [media, port, protocol] = words;
  const type = media!.startsWith('application/') ? 'application' : media!;
  if (words.length < 4 || !MEDIA_TYPES.has(type) || !/^\d{1,5}(?:\/\d+)?$/.test(port!) || !PROTOCOL.test(protocol!)) {
    throw new ParseError(STRUCTURE, 0, `has the malformed media ${JSON.stringify(value.substring(0, 64))}`);
  }
  return `m=${type} ${Number.parseInt(port!, 10)} ${protocol} ${words.filter((_, index) => index >= 3).join(' ')}`;
}

function attributeLine(value: string): string | undefined {
  const colon = value.indexOf(':');
  const name = colon < 0 ? value : value.substring(0, colon);
  if (!ATTRIBUTES.has(name)) return undefined;
  return colon < 0
    ? `a=${name}`
    : `a=${name}:${value
        .substring(colon + 1)
        .trim()
        .replace(/ +/, ' ')}`;
}
