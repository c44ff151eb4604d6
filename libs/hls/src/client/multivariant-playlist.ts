import { ParseError } from '@mediamesh/bytes';
import { parseAttributeList } from './attribute-list.ts';
import type { PlaylistLine } from './playlist-lines.ts';

/** Variants and renditions; real ones have some dozens. */
export const MAX_VARIANTS = 1_000;

export interface Variant {
  readonly uri: string;
  /** RFC 6381 names; empty: not said. */
  readonly codecs: readonly string[];
  /** Group of audio renditions that belongs to it. */
  readonly audioGroup: string | undefined;
}

export interface AudioRendition {
  readonly group: string;
  readonly name: string;
  /** Absent: it is in the variant itself. */
  readonly uri: string | undefined;
  readonly language: string | undefined;
}

export interface MultivariantPlaylist {
  readonly kind: 'multivariant';
  readonly variants: readonly Variant[];
  readonly audio: readonly AudioRendition[];
}

/** Errors: ParseError of a malformed tag, or past MAX_VARIANTS. Source: RFC 8216 4.3.4. */
export function parseMultivariantPlaylist(lines: readonly PlaylistLine[]): MultivariantPlaylist {
  const variants: Variant[] = [];
  const audio: AudioRendition[] = [];
  let pending: ReadonlyMap<string, string> | undefined;
  for (const { tag, value } of lines) {
    if (tag === 'EXT-X-STREAM-INF') pending = parseAttributeList(value, tag);
    else if (tag === 'EXT-X-MEDIA') {
      const attributes = parseAttributeList(value, tag);
      if (attributes.get('TYPE') === 'AUDIO') audio.push(renditionOf(attributes));
    } else if (tag === '' && pending !== undefined) {
      const codecs = (pending.get('CODECS') ?? '').split(',').map((codec) => codec.trim());
      variants.push({ uri: value, codecs: codecs.filter((codec) => codec !== ''), audioGroup: pending.get('AUDIO') });
      pending = undefined;
    }
    if (variants.length + audio.length > MAX_VARIANTS) {
      throw new ParseError('multivariant playlist', 0, `has more than ${MAX_VARIANTS} variants and renditions`);
    }
  }
  return { kind: 'multivariant', variants, audio };
}

function renditionOf(attributes: ReadonlyMap<string, string>): AudioRendition {
  const group = attributes.get('GROUP-ID');
  if (group === undefined) throw new ParseError('EXT-X-MEDIA', 0, 'has no GROUP-ID');
  return { group, name: attributes.get('NAME') ?? '', uri: attributes.get('URI') || undefined, language: attributes.get('LANGUAGE') };
}

/** What is pulled of a multivariant playlist: addresses of media playlists, the leading one first. */
export interface ChosenPlaylists {
  readonly leading: string;
  readonly audio: readonly AudioRendition[];
}

/** Codecs that the product carries, by the beginning of their RFC 6381 names. */
const SUPPORTED = /^(avc1|avc3|hvc1|hev1|av01|vp09|mp4a|opus|ac-3|fLaC|mp4v)/i;

/** The first variant whose codecs are all known, as MediaMTX takes it, with its audio group. Errors: ParseError when there is none. */
export function choosePlaylists({ variants, audio }: MultivariantPlaylist): ChosenPlaylists {
  const variant = variants.find(({ codecs }) => codecs.every((codec) => SUPPORTED.test(codec)));
  if (variant === undefined) throw new ParseError('multivariant playlist', 0, 'no variants with supported codecs found');
  const group = audio.filter((rendition) => rendition.group === variant.audioGroup);
  if (variant.audioGroup !== undefined && group.length === 0) {
    throw new ParseError('multivariant playlist', 0, `no playlist with Group ID "${variant.audioGroup}" found`);
  }
  return { leading: variant.uri, audio: group.filter(({ uri }) => uri !== undefined && uri !== variant.uri) };
}
