import { amf0EcmaArray, amf0Object, serializeAmf0 } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';
import { trackLabel } from '@mediamesh/media';
import { ANY_FOUR_CC, CHUNK_STREAM, MESSAGE_STREAM_ID, MESSAGE_TYPE, OUTGOING_CHUNK_SIZE, serializeMessage } from '@mediamesh/rtmp';
import type { FromStream } from './from-stream.ts';
import type { OutgoingTrack } from './outgoing-track.ts';
import { codecId, mustBeFirst, requiredFourCc } from './outgoing-codec.ts';

/** Numbers of tracks are a byte. */
const MAX_TRACK_NUMBER = 255;

/** A track of one reader. */
export interface SelectedTrack {
  readonly outgoing: OutgoingTrack;
  /** Of its kind, as the messages have it: 0 is the first. */
  readonly number: number;
}

/**
 * Which tracks a reader gets: all of them when it knows Enhanced RTMP and their codecs, else one H.264 and one track of sound.
 * `skipped` is told of each other one.
 */
export function selectTracks(
  stream: FromStream,
  fourCcs: ReadonlySet<string>,
  skipped: (message: string) => void,
): readonly SelectedTrack[] {
  const enhanced = fourCcs.size > 0;
  const knows = (fourCc: string | undefined): boolean => fourCc === undefined || fourCcs.has(fourCc) || fourCcs.has(ANY_FOUR_CC);
  const next = { video: 0, audio: 0 };
  const selected: SelectedTrack[] = [];
  for (const [index, track] of stream.describedTracks.entries()) {
    const outgoing = stream.tracks.find((candidate) => candidate.track.id === track.id);
    const number = outgoing === undefined ? 0 : next[outgoing.codec.kind];
    const fits =
      outgoing !== undefined &&
      knows(requiredFourCc(outgoing.codec)) &&
      (number === 0 || (enhanced && !mustBeFirst(outgoing.codec) && number <= MAX_TRACK_NUMBER));
    if (!fits) skipped(`skipping track ${index + 1} (${trackLabel(track)})`);
    else {
      selected.push({ outgoing, number });
      next[outgoing.codec.kind]++;
    }
  }
  return selected;
}

/** `onMetaData` of these tracks, as a message. */
export function serializeMetadata(selected: readonly SelectedTrack[]): Uint8Array {
  const members: Record<string, Amf0Value> = {};
  addKind(members, selected.filter(isVideo), 'video');
  addKind(members, selected.filter(isAudio), 'audio');
  const header = { typeId: MESSAGE_TYPE.dataAmf0, streamId: MESSAGE_STREAM_ID, chunkStreamId: CHUNK_STREAM.audio, timestampMs: 0 };
  return serializeMessage(header, serializeAmf0(['@setDataFrame', 'onMetaData', amf0EcmaArray(members)]), OUTGOING_CHUNK_SIZE);
}

function isVideo({ outgoing }: SelectedTrack): boolean {
  return outgoing.codec.kind === 'video';
}

function isAudio({ outgoing }: SelectedTrack): boolean {
  return outgoing.codec.kind === 'audio';
}

function addKind(members: Record<string, Amf0Value>, tracks: readonly SelectedTrack[], kind: 'video' | 'audio'): void {
  const [first, ...others] = tracks;
  if (first === undefined) return;
  members[`${kind}codecid`] = codecId(first.outgoing.codec);
  members[`${kind}datarate`] = 0;
  if (others.length === 0) return;
  const infos = others.map(({ outgoing, number }): [string, Amf0Value] => [
    String(number),
    amf0Object({ [`${kind}codecid`]: codecId(outgoing.codec), [`${kind}datarate`]: 0 }),
  ]);
  members[`${kind}TrackIdInfoMap`] = amf0Object(Object.fromEntries(infos));
}
