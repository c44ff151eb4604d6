import type { FromStream } from '../from-stream.ts';
import { requiredFourCc } from '../outgoing-codec.ts';

/** Contract 6.8, in its order. */
const FOUR_CCS: readonly string[] = ['av01', 'vp09', 'hvc1', 'avc1', 'Opus', 'fLaC', 'ac-3', 'mp4a', '.mp3'];
const NONE: readonly string[] = [];

/** What a server is told of Enhanced RTMP: nothing, so that old ones take it, unless the stream needs it. */
export function forwardFourCcs({ tracks }: FromStream): readonly string[] {
  const count = (kind: 'video' | 'audio'): number => tracks.filter(({ codec }) => codec.kind === kind).length;
  const isNeeded = tracks.some(({ codec }) => requiredFourCc(codec) !== undefined) || count('video') > 1 || count('audio') > 1;
  return isNeeded ? FOUR_CCS : NONE;
}
