import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { serializeOpusHead } from '@mediamesh/codecs';
import { parseAudioTag, parseVideoTag } from '@mediamesh/flv';
import { Ingest, startTimeline } from '@mediamesh/media';
import type { BusUnit, EpochState } from '@mediamesh/media';
import type { MediaMessage } from '@mediamesh/rtmp';
import { describe, expect, test } from 'vitest';
import { codecOfConfiguration } from './incoming-codec.ts';
import {
  AAC_CONFIGURATION,
  OTHER_SPS,
  PPS,
  SOUND_CONFIGURATION,
  VIDEO_CONFIGURATION,
  audio,
  picture,
  video,
} from './testing/tags.cases.ts';
import { ToStream } from './to-stream.ts';
import { TrackTable, parameterSets } from './track-table.ts';

/** A publisher's messages through the table of its tracks into an ingest. */
class Fed {
  readonly units: BusUnit[] = [];
  readonly states: EpochState[] = [];
  readonly errors: string[] = [];
  readonly skipped: string[] = [];
  readonly table = new TrackTable((label) => this.skipped.push(label));
  readonly ingest: Ingest;
  private readonly toStream: ToStream;

  constructor(first: readonly MediaMessage[]) {
    for (const message of first) for (const tag of tagsOf(message)) this.table.observe(tag);
    const state = startTimeline('cam', 1, { tracks: this.table.describe(), revision: 1 });
    const sink = { write: (unit: BusUnit) => this.units.push(unit), describe: (next: EpochState) => this.states.push(next) };
    this.ingest = new Ingest({ state, sink, segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 }, 0);
    this.toStream = new ToStream(this.table.tracks, this.ingest, { undecodable: (error) => this.errors.push(error.message) });
  }

  send(message: MediaMessage): void {
    for (const tag of tagsOf(message)) {
      const track = this.table.of(tag)!;
      if (tag.packet === 'frame') this.toStream.frame(track, tag, message.timestampMs, 0);
      else if (tag.kind === 'video') this.toStream.configure(track, parameterSets(codecOfConfiguration(tag)!.description), 0);
    }
  }

  times(trackId = 1): readonly (readonly [number, number])[] {
    return this.units.filter((unit) => unit.trackId === trackId).map(({ ptsTicks, dtsTicks }) => [ptsTicks, dtsTicks]);
  }

  payloads(trackId = 1): readonly string[] {
    return this.units.filter((unit) => unit.trackId === trackId).map(({ payload }) => payload.map(hexFromBytes).join(' '));
  }
}

function tagsOf({ kind, body }: MediaMessage) {
  return kind === 'video' ? parseVideoTag(body) : parseAudioTag(body);
}

describe('times', () => {
  test('decoding times are those of the messages, presentation times have the composition on top', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    for (const [timestampMs, compositionMs] of [
      [1_000, 80],
      [1_040, 160],
      [1_080, 40],
      [1_120, 0],
    ] as const) {
      fed.send(video(timestampMs, { key: timestampMs === 1_000, compositionMs }, picture(timestampMs === 1_000)));
    }
    expect(fed.times()).toEqual([
      [7_200, 0],
      [18_000, 3_600],
      [10_800, 7_200],
      [10_800, 10_800],
    ]);
    expect(fed.units.map(({ key }) => key)).toEqual([true, false, false, false]);
  });

  test('a negative composition time moves the decoding time', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    fed.send(video(0, { key: true }, picture(true)));
    fed.send(video(100, { compositionMs: -40 }, picture(false)));
    expect(fed.times()).toEqual([
      [0, 0],
      [5_400, 5_400],
    ]);
  });

  test('sound is placed by its samples', () => {
    const fed = new Fed([SOUND_CONFIGURATION]);
    for (const timestampMs of [0, 21, 43, 64, 85]) fed.send(audio(timestampMs, {}, Uint8Array.of(1, 2)));
    expect(fed.times().map(([pts]) => pts)).toEqual([0, 1_024, 2_048, 3_072, 4_096]);
  });

  test('nanoseconds count', () => {
    const fed = new Fed([video(0, { codec: 'AV1', packet: 'sequenceStart' }, bytesFromHex('81000c00'))]);
    const frame = bytesFromHex('970207a1200361763031' + '0a010b');
    fed.send({ kind: 'video', timestampMs: 10, body: frame });
    expect(fed.times()).toEqual([[45, 0]]);
  });

  test('a publisher that begins anew goes on, and its units say so', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    fed.send(video(50_000, { key: true }, picture(true)));
    fed.send(video(50_040, {}, picture(false)));
    fed.send(video(0, { key: true }, picture(true)));
    expect(fed.times().map(([pts]) => pts)).toEqual([0, 3_600, 3_601]);
    expect(fed.units.map(({ discontinuity }) => discontinuity)).toEqual([false, false, true]);
  });
});

describe('parameters', () => {
  test('stand before key pictures, and are those of the last configuration', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    fed.send(video(0, { key: true }, picture(true, 1)));
    const changed = video(40, { packet: 'sequenceStart' }, VIDEO_CONFIGURATION.body.subarray(5));
    fed.send(changed);
    expect(fed.states).toEqual([]);
    const configuration = parseVideoTag(VIDEO_CONFIGURATION.body)[0]!.body;
    const other = Uint8Array.from([
      ...configuration.subarray(0, 6),
      OTHER_SPS.length >> 8,
      OTHER_SPS.length,
      ...OTHER_SPS,
      1,
      0,
      PPS.length,
      ...PPS,
    ]);
    fed.send(video(40, { packet: 'sequenceStart' }, other));
    expect(fed.states.at(-1)!.description).toMatchObject({ revision: 2 });
    fed.send(video(80, { key: true }, picture(true, 2)));
    expect(fed.payloads()[1]).toBe(`${hexFromBytes(OTHER_SPS)} ${hexFromBytes(PPS)} 65880002`);
  });
});

describe('sound', () => {
  const config = (codec: 'Opus' | 'FLAC', body: Uint8Array) => audio(0, { codec, packet: 'sequenceStart' }, body);
  const sound = { bitDepth: 16, muLaw: false } as const;
  const streamInfo = bytesFromHex('04800480000000000000' + '0bb802f000000000' + '00'.repeat(16));
  const mp3 = bytesFromHex(`fffb9064${'00'.repeat(413)}`);
  const ac3 = bytesFromHex(`0b77000000405 0`.replace(' ', '') + '00'.repeat(121));

  test.each<[name: string, first: readonly MediaMessage[], frame: MediaMessage, track: object, payload: string]>([
    [
      'AAC',
      [SOUND_CONFIGURATION],
      audio(0, {}, bytesFromHex('0102')),
      { codec: 'MPEG-4 Audio', clockRateHz: 48_000, parameters: { config: AAC_CONFIGURATION } },
      '0102',
    ],
    [
      'Opus',
      [config('Opus', serializeOpusHead({ channelCount: 1 }))],
      audio(0, { codec: 'Opus' }, bytesFromHex('fc01')),
      { codec: 'Opus', clockRateHz: 48_000, parameters: { channelCount: 1 } },
      'fc01',
    ],
    [
      'FLAC, a frame as an RTP packet',
      [config('FLAC', streamInfo)],
      audio(0, { codec: 'FLAC' }, bytesFromHex('fff8')),
      { codec: 'FLAC', clockRateHz: 48_000, parameters: { rtpMap: 'flac/48000', fmtp: { streaminfo: hexFromBytes(streamInfo) } } },
      '80e000000000000000000000fff8',
    ],
    [
      'FLAC, its configuration behind the signature of a file',
      [config('FLAC', Uint8Array.from([...bytesFromHex('664c614300000022'), ...streamInfo]))],
      audio(0, { codec: 'FLAC' }, bytesFromHex('fff8')),
      { codec: 'FLAC', clockRateHz: 48_000 },
      '80e000000000000000000000fff8',
    ],
    [
      'two frames of MP3',
      [],
      audio(0, { codec: 'MPEG-1/2 Audio' }, Uint8Array.from([...mp3, ...mp3])),
      { codec: 'MPEG-1/2 Audio', clockRateHz: 90_000 },
      `${hexFromBytes(mp3)} ${hexFromBytes(mp3)}`,
    ],
    [
      'AC-3',
      [],
      audio(0, { codec: 'AC3' }, ac3),
      { codec: 'AC3', clockRateHz: 48_000, parameters: { sampleRateHz: 48_000, channelCount: 2 } },
      hexFromBytes(ac3),
    ],
    [
      'A-law',
      [],
      audio(0, { codec: 'G711', sound: { ...sound, sampleRateHz: 8_000, channelCount: 1 } }, bytesFromHex('d5d5')),
      { codec: 'G711', clockRateHz: 8_000, parameters: { muLaw: false, sampleRateHz: 8_000, channelCount: 1 } },
      'd5d5',
    ],
    [
      'samples, whose bytes are swapped',
      [],
      audio(0, { codec: 'LPCM', sound: { ...sound, sampleRateHz: 44_100, channelCount: 2 } }, bytesFromHex('0102030405')),
      { codec: 'LPCM', clockRateHz: 44_100, parameters: { bitDepth: 16, sampleRateHz: 44_100, channelCount: 2 } },
      '02010403',
    ],
  ])('%s', (_, first, frame, track, payload) => {
    const fed = new Fed(first.length > 0 ? first : [frame]);
    expect(fed.table.describe()).toMatchObject([{ id: 1, kind: 'audio', ...track }]);
    fed.send(frame);
    expect(fed.errors).toEqual([]);
    expect(fed.payloads()).toEqual([payload]);
  });
});

describe('what is malformed', () => {
  test('is counted and told, and the next frame is read', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    fed.send(video(0, { key: true }, bytesFromHex('000000ff65')));
    fed.send(video(40, { key: true }, picture(true)));
    expect(fed.errors).toHaveLength(1);
    expect(fed.ingest.framesInError).toBe(1);
    expect(fed.units).toHaveLength(1);
  });

  test('frames without bytes are none', () => {
    const fed = new Fed([VIDEO_CONFIGURATION]);
    fed.send(video(0, {}, new Uint8Array(0)));
    expect(fed.units).toEqual([]);
    expect(fed.errors).toEqual([]);
  });
});
