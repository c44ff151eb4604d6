/** An HLS client that takes nothing for granted: playlists and files as they come. */
export class HlsClient {
  private readonly base: string;
  private query = '';

  /** `base`: the folder of the path, `http://host:port/path/`. */
  constructor(base: string) {
    this.base = base;
  }

  /** Opens a session without cookies: playlists carry it in their URIs. */
  async open(): Promise<string> {
    const index = await this.text('index.m3u8?cookieCheck=1');
    this.query = /\?(session=[^"\n]+)/u.exec(index)?.[1] ?? '';
    return index;
  }

  fetch(uri: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(uri, this.base), { redirect: 'manual', signal: AbortSignal.timeout(20_000), ...init });
  }

  /** Errors: an answer other than 200. */
  async text(uri: string): Promise<string> {
    const response = await this.fetch(uri);
    if (response.status !== 200) throw new Error(`${uri}: ${response.status} ${await response.text()}`);
    return response.text();
  }

  /** A media playlist, with the session; `reload`: `_HLS_msn=7&_HLS_part=1`. */
  playlist(stream: string, reload = ''): Promise<string> {
    return this.text(this.uriOf(stream, reload));
  }

  uriOf(stream: string, reload = ''): string {
    const query = [this.query, reload].filter((part) => part !== '').join('&');
    return `${stream}_stream.m3u8?${query}`;
  }
}

/** What a playlist names, in order, except gaps and what is only hinted at. */
export function announcedUris(playlist: string): readonly string[] {
  const lines = playlist.split('\n').filter((line) => !line.startsWith('#EXT-X-PRELOAD-HINT'));
  const uris = lines.flatMap((line) => (line.startsWith('#') ? (/URI="([^"]+)"/u.exec(line)?.[1] ?? []) : line));
  return uris.filter((uri) => uri !== '' && !uri.startsWith('gap.'));
}

export function hintedUri(playlist: string): string {
  return /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/u.exec(playlist)![1]!;
}

/** Media sequence number of the segment that is being made, and how many of its parts are there. */
export function openSegment(playlist: string): { readonly msn: number; readonly parts: number } {
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/u.exec(playlist)![1]);
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/u.exec(playlist)?.[1] ?? 0);
  const complete = playlist.match(/#EXTINF/gu)?.length ?? 0;
  const tail = playlist.substring(playlist.lastIndexOf('#EXTINF'));
  return { msn: first + skipped + complete, parts: tail.match(/#EXT-X-PART:/gu)?.length ?? 0 };
}
