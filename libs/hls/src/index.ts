export { parsePlaylist } from './client/playlist.ts';
export { MAX_PLAYLIST_BYTES } from './client/playlist-lines.ts';
export type { ByteRange, MediaPlaylist, MediaResource, PlaylistPart, PlaylistSegment } from './client/media-playlist.ts';
export { choosePlaylists } from './client/multivariant-playlist.ts';
export type { AudioRendition, ChosenPlaylists, MultivariantPlaylist, Variant } from './client/multivariant-playlist.ts';
export { PlaylistCursor } from './client/playlist-cursor.ts';
export type { CursorStep, WantedMedia } from './client/playlist-cursor.ts';
