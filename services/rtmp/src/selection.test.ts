import { amf0EcmaArray, amf0Object, parseAmf0 } from '@mediamesh/flv';
import type { Track } from '@mediamesh/media';
import { expect, test } from 'vitest';
import { FromStream } from './from-stream.ts';
import { selectTracks, serializeMetadata } from './selection.ts';
import { SOUND, VIDEO, epochState, messagesIn } from './testing/streams.cases.ts';

const TRACKS: readonly Track[] = [
  { ...VIDEO, id: 1 },
  { id: 2, kind: 'video', clockRateHz: 90_000, codec: 'H265', parameters: {} },
  { ...VIDEO, id: 3 },
  { id: 4, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} },
  { id: 5, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } },
  { ...SOUND, id: 6 },
  { id: 7, kind: 'audio', clockRateHz: 8_000, codec: 'G711', parameters: { muLaw: true, sampleRateHz: 8_000, channelCount: 1 } },
];

function select(fourCcs: readonly string[], tracks = TRACKS) {
  const stream = new FromStream();
  stream.describe(epochState(tracks));
  const skipped: string[] = [];
  const selected = selectTracks(stream, new Set(fourCcs), (message) => skipped.push(message));
  return { selected, ids: selected.map(({ outgoing, number }) => `${outgoing.track.id} as ${number}`), skipped };
}

test('a reader that knows no extension gets the first H264 and the first of the old kinds of sound', () => {
  const { ids, skipped } = select([]);
  expect(ids).toEqual(['1 as 0', '6 as 0']);
  expect(skipped).toEqual([
    'skipping track 2 (H265)',
    'skipping track 3 (H264)',
    'skipping track 4 (VP8)',
    'skipping track 5 (Opus)',
    'skipping track 7 (G711)',
  ]);
});

test('one that does gets all tracks of the codecs that it names', () => {
  expect(select(['hvc1']).ids).toEqual(['1 as 0', '2 as 1', '3 as 2', '6 as 0']);
  const { ids, skipped } = select(['hvc1', 'Opus']);
  expect(ids).toEqual(['1 as 0', '2 as 1', '3 as 2', '5 as 0', '6 as 1']);
  // There are no four characters for it, so that it can only be the first.
  expect(skipped).toEqual(['skipping track 4 (VP8)', 'skipping track 7 (G711)']);
  expect(select(['*']).ids).toEqual(ids);
});

test('nothing is selected of what RTMP cannot carry', () => {
  expect(select(['*'], [TRACKS[3]!]).ids).toEqual([]);
});

test('metadata of one track each', () => {
  const [message] = messagesIn(serializeMetadata(select([]).selected));
  expect(message).toMatchObject({ typeId: 18, streamId: 1, chunkStreamId: 4 });
  expect(parseAmf0(message!.body)).toEqual([
    '@setDataFrame',
    'onMetaData',
    amf0EcmaArray({ videocodecid: 7, videodatarate: 0, audiocodecid: 10, audiodatarate: 0 }),
  ]);
});

test('metadata of several tracks', () => {
  const [message] = messagesIn(serializeMetadata(select(['*']).selected));
  expect(parseAmf0(message!.body)[2]).toEqual(
    amf0EcmaArray({
      videocodecid: 7,
      videodatarate: 0,
      videoTrackIdInfoMap: amf0Object({
        1: amf0Object({ videocodecid: 0x68766331, videodatarate: 0 }),
        2: amf0Object({ videocodecid: 7, videodatarate: 0 }),
      }),
      audiocodecid: 0x4f707573,
      audiodatarate: 0,
      audioTrackIdInfoMap: amf0Object({ 1: amf0Object({ audiocodecid: 10, audiodatarate: 0 }) }),
    }),
  );
});
