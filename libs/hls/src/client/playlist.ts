import { parseMediaPlaylist } from './media-playlist.ts';
import type { MediaPlaylist } from './media-playlist.ts';
import { parseMultivariantPlaylist } from './multivariant-playlist.ts';
import type { MultivariantPlaylist } from './multivariant-playlist.ts';
import { playlistLines } from './playlist-lines.ts';

/** A playlist of either kind. Errors: ParseError. Source: RFC 8216 4. */
export function parsePlaylist(bytes: Uint8Array): MediaPlaylist | MultivariantPlaylist {
  const lines = playlistLines(bytes);
  const isMultivariant = lines.some(({ tag }) => tag === 'EXT-X-STREAM-INF');
  return isMultivariant ? parseMultivariantPlaylist(lines) : parseMediaPlaylist(lines);
}
