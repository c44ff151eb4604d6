import { ParseError } from '@mediamesh/bytes';
import { MAX_LINES, MAX_LINE_CHARS, MAX_MEDIAS, MAX_SDP_CHARS } from '@mediamesh/sdp';

const STRUCTURE = 'WebRTC SDP';

/** `a=name:value`, or `a=name`. */
export interface SdpAttribute {
  readonly name: string;
  /** Empty when there is none. */
  readonly value: string;
}

/** A section of the text: the session, or one `m=`. */
export interface SdpSection {
  readonly attributes: readonly SdpAttribute[];
}

export interface SdpMediaSection extends SdpSection {
  /** `audio`, `video`, `application`, ... */
  readonly mediaType: string;
  readonly port: number;
  /** `UDP/TLS/RTP/SAVPF` */
  readonly protocol: string;
  readonly formats: readonly string[];
}

export interface SdpSections {
  readonly session: SdpSection;
  readonly media: readonly SdpMediaSection[];
}

/**
 * The lines of an SDP, or of a fragment of one, by section. `o=`, `s=`, `t=`, `c=` say nothing to WebRTC, and are skipped.
 *
 * Errors: ParseError when a line has no type, a `m=` is malformed, or a limit is exceeded.
 * Source: RFC 8866, RFC 8840 9 (fragments).
 */
export function parseSdpSections(text: string): SdpSections {
  if (text.length > MAX_SDP_CHARS) throw new ParseError(STRUCTURE, MAX_SDP_CHARS, `has more than ${MAX_SDP_CHARS} characters`);
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES) throw new ParseError(STRUCTURE, 0, `has more than ${MAX_LINES} lines`);
  const session: SdpAttribute[] = [];
  const media: (Omit<SdpMediaSection, 'attributes'> & { readonly attributes: SdpAttribute[] })[] = [];
  let offset = 0;
  for (const line of lines) {
    if (line.length > MAX_LINE_CHARS) throw new ParseError(STRUCTURE, offset, `has a line of more than ${MAX_LINE_CHARS} characters`);
    if (line !== '' && line[1] !== '=') throw new ParseError(STRUCTURE, offset, `has the line ${JSON.stringify(line.substring(0, 32))}`);
    const value = line.substring(2);
    if (line.startsWith('m=')) {
      if (media.length === MAX_MEDIAS) throw new ParseError(STRUCTURE, offset, `has more than ${MAX_MEDIAS} medias`);
      media.push({ ...mediaLine(value, offset), attributes: [] });
    } else if (line.startsWith('a=')) {
      (media.at(-1)?.attributes ?? session).push(attributeOf(value));
    }
    offset += line.length + 1;
  }
  return { session: { attributes: session }, media };
}

/** The first of that name. */
export function attribute({ attributes }: SdpSection, name: string): string | undefined {
  return attributes.find((candidate) => candidate.name === name)?.value;
}

export function attributes(section: SdpSection, name: string): readonly string[] {
  return section.attributes.filter((candidate) => candidate.name === name).map(({ value }) => value);
}

function attributeOf(text: string): SdpAttribute {
  const colon = text.indexOf(':');
  return colon < 0 ? { name: text, value: '' } : { name: text.substring(0, colon), value: text.substring(colon + 1) };
}

function mediaLine(value: string, offset: number): Omit<SdpMediaSection, 'attributes'> {
  const [mediaType = '', port = '', protocol = '', ...formats] = value.trim().split(/ +/);
  if (mediaType === '' || protocol === '' || !/^\d{1,5}$/.test(port))
    throw new ParseError(STRUCTURE, offset, `has the media ${JSON.stringify(value.substring(0, 64))}`);
  return { mediaType, port: Number(port), protocol, formats };
}
