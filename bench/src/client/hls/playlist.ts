/** A part or a segment that a playlist names. */
export interface PlaylistEntry {
  readonly uri: string;
  readonly mediaSequence: number;
  /** Undefined: the whole segment. */
  readonly part: number | undefined;
  readonly independent: boolean;
}

export interface MediaPlaylist {
  readonly init: string | undefined;
  readonly targetDurationS: number;
  readonly canSkip: boolean;
  readonly parts: readonly PlaylistEntry[];
  /** Without gaps. */
  readonly segments: readonly PlaylistEntry[];
  /** The part that comes next. */
  readonly next: { readonly mediaSequence: number; readonly part: number };
}

/** The URIs of a multivariant playlist: its first variant, then the audio renditions. */
export function streamsOf(text: string): readonly string[] {
  const variant = text.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  if (variant === undefined) throw new Error(`no variant in ${JSON.stringify(text)}`);
  const audio = [...text.matchAll(/^#EXT-X-MEDIA:TYPE=AUDIO.*URI="([^"]*)"/gm)].map(([, uri]) => uri!);
  return [variant, ...audio];
}

export function parseMediaPlaylist(text: string): MediaPlaylist {
  let mediaSequence = 0;
  let part = 0;
  let gap = false;
  let init: string | undefined;
  let targetDurationS = 1;
  let canSkip = false;
  const parts: PlaylistEntry[] = [];
  const segments: PlaylistEntry[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PART:')) {
      parts.push({ uri: uriIn(line), mediaSequence, part: part++, independent: line.includes('INDEPENDENT=YES') });
    } else if (line.startsWith('#EXT-X-MEDIA-SEQUENCE:')) mediaSequence = Number(line.substring(22));
    else if (line.startsWith('#EXT-X-SKIP:')) mediaSequence += Number(/SKIPPED-SEGMENTS=(\d+)/.exec(line)![1]);
    else if (line.startsWith('#EXT-X-TARGETDURATION:')) targetDurationS = Number(line.substring(22));
    else if (line.startsWith('#EXT-X-SERVER-CONTROL:')) canSkip = line.includes('CAN-SKIP-UNTIL');
    else if (line.startsWith('#EXT-X-MAP:')) init = uriIn(line);
    else if (line === '#EXT-X-GAP') gap = true;
    else if (line !== '' && !line.startsWith('#')) {
      if (!gap) segments.push({ uri: line, mediaSequence, part: undefined, independent: true });
      mediaSequence++;
      part = 0;
      gap = false;
    }
  }
  return { init, targetDurationS, canSkip, parts, segments, next: { mediaSequence, part } };
}

function uriIn(line: string): string {
  return /URI="([^"]*)"/.exec(line)![1]!;
}
